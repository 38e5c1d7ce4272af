-- Facts of events, one a row, with the time in which each was what we knew; and the three that have a table of their own.

CREATE OR REPLACE VIEW facts AS
WITH stated AS (
    SELECT event_id, version, known_from, unnest(json_keys(facts)) AS fact, facts
    FROM base.event_versions WHERE merged_into IS NULL
), runs AS (
    SELECT event_id, fact, value, min(known_from) AS known_from, max(version) AS last_version
    FROM (
        SELECT event_id, version, known_from, fact, value,
            version - row_number() OVER (PARTITION BY event_id, fact, value ORDER BY version) AS island
        FROM (SELECT *, json_extract(facts, '$."' || fact || '"')::VARCHAR AS value FROM stated)
    )
    GROUP BY event_id, fact, value, island
)
SELECT r.event_id, e.category, r.fact, r.value::JSON AS value, r.known_from, n.known_from AS known_to
FROM runs AS r
JOIN events AS e USING (event_id)
LEFT JOIN base.event_versions AS n ON n.event_id = r.event_id AND n.version = r.last_version + 1;
COMMENT ON VIEW facts IS 'What is stated about events, one fact a row, with the time in which it was what we knew';
COMMENT ON COLUMN facts.event_id IS 'The event';
COMMENT ON COLUMN facts.category IS 'Its category';
COMMENT ON COLUMN facts.fact IS 'Name of the fact, e.g. imposed_by, designees, notified_on';
COMMENT ON COLUMN facts.value IS 'JSON value';
COMMENT ON COLUMN facts.known_from IS 'When this value became known';
COMMENT ON COLUMN facts.known_to IS 'When it was replaced or withdrawn; null: still known so';

CREATE OR REPLACE VIEW designees AS
WITH named AS (
    SELECT event_id, unnest(from_json(value, '[{"name":"VARCHAR","role":"VARCHAR","nationality":"VARCHAR"}]')) AS who,
        known_from, known_to
    FROM facts WHERE fact = 'designees'
)
SELECT n.event_id, n.who.name AS name, arg_max(n.who.role, n.known_from) AS role,
    arg_max(n.who.nationality, n.known_from) AS nationality, any_value(e.facts ->> 'imposed_by') AS imposed_by,
    any_value(e.facts ->> 'action') AS action, any_value(e.facts ->> 'authority') AS authority,
    any_value(TRY_CAST(e.facts ->> 'round' AS INTEGER)) AS round, any_value(e.about_court) AS about_court,
    any_value(e.event_date) AS event_date, any_value(e.status) AS status, any_value(e.official_url) AS official_url,
    min(n.known_from) AS known_from,
    CASE WHEN count(*) > count(n.known_to) THEN NULL ELSE max(n.known_to) END AS known_to
FROM named AS n JOIN events AS e USING (event_id)
GROUP BY n.event_id, n.who.name;
COMMENT ON VIEW designees IS 'Who was put under sanctions (or taken off) in which round';
COMMENT ON COLUMN designees.event_id IS 'The round';
COMMENT ON COLUMN designees.name IS 'Person or body, in its canonical spelling';
COMMENT ON COLUMN designees.role IS 'judge, prosecutor, NGO ...; null when not stated';
COMMENT ON COLUMN designees.nationality IS 'Nationality or seat; null when not stated';
COMMENT ON COLUMN designees.imposed_by IS 'State or organisation that acts';
COMMENT ON COLUMN designees.action IS 'imposed, delisted, lifted, suspended, licence, extended, regulations';
COMMENT ON COLUMN designees.authority IS 'Executive order or law';
COMMENT ON COLUMN designees.round IS 'Number of the round under this authority; null when not known';
COMMENT ON COLUMN designees.about_court IS 'Whether the round concerns the ICC';
COMMENT ON COLUMN designees.event_date IS 'Day of the round';
COMMENT ON COLUMN designees.status IS 'How far the round has come';
COMMENT ON COLUMN designees.official_url IS 'Best official document';
COMMENT ON COLUMN designees.known_from IS 'When the name became known';
COMMENT ON COLUMN designees.known_to IS 'When it was withdrawn from the round; null: it stands';

CREATE OR REPLACE VIEW withdrawals AS
SELECT event_id, unnest(coalesce(from_json(facts -> 'states', '["VARCHAR"]'), [NULL])) AS state,
    facts ->> 'from' AS withdraws_from, step, status, event_date, TRY_CAST(facts ->> 'notified_on' AS DATE) AS notified_on,
    TRY_CAST(facts ->> 'effective_on' AS DATE) AS effective_on,
    coalesce(TRY_CAST(facts ->> 'effective_computed' AS BOOLEAN), false) AS effective_computed,
    facts ->> 'effective_claimed' AS effective_claimed, about_court, title, official_url, known_from, known_to
FROM events WHERE category = 'withdrawal';
COMMENT ON VIEW withdrawals IS 'Withdrawals from the Rome Statute (and other treaties), one row per event and state';
COMMENT ON COLUMN withdrawals.event_id IS 'The event';
COMMENT ON COLUMN withdrawals.state IS 'Who leaves';
COMMENT ON COLUMN withdrawals.withdraws_from IS 'What is left';
COMMENT ON COLUMN withdrawals.step IS 'announced, legislated, notified, effective, suspended, revoked';
COMMENT ON COLUMN withdrawals.status IS 'How far the event has come';
COMMENT ON COLUMN withdrawals.event_date IS 'Day of the step';
COMMENT ON COLUMN withdrawals.notified_on IS 'Day on which the depositary received the notification';
COMMENT ON COLUMN withdrawals.effective_on IS 'Day on which it takes effect';
COMMENT ON COLUMN withdrawals.effective_computed IS 'True: one year after notification, Rome Statute article 127(1); false: stated';
COMMENT ON COLUMN withdrawals.effective_claimed IS 'What the state itself claims, e.g. immediate: a claim, not a date';
COMMENT ON COLUMN withdrawals.about_court IS 'Whether it concerns the ICC';
COMMENT ON COLUMN withdrawals.title IS 'What happened';
COMMENT ON COLUMN withdrawals.official_url IS 'Best official document';
COMMENT ON COLUMN withdrawals.known_from IS 'Since when it is known as shown';
COMMENT ON COLUMN withdrawals.known_to IS 'Null: still known so';

CREATE OR REPLACE VIEW rulings AS
SELECT event_id, facts ->> 'court' AS court, facts ->> 'chamber' AS chamber, facts ->> 'case' AS case_number,
    facts ->> 'filing' AS filing_number, facts ->> 'kind' AS kind, from_json(facts -> 'persons', '["VARCHAR"]') AS persons,
    from_json(facts -> 'states', '["VARCHAR"]') AS states, coalesce(event_date, TRY_CAST(facts ->> 'date' AS DATE)) AS ruled_on,
    status, about_court, title, official_url, keys, known_from, known_to
FROM events WHERE category = 'ruling';
COMMENT ON VIEW rulings IS 'Decisions of courts';
COMMENT ON COLUMN rulings.event_id IS 'The event';
COMMENT ON COLUMN rulings.court IS 'The court';
COMMENT ON COLUMN rulings.chamber IS 'Its chamber; null when not stated';
COMMENT ON COLUMN rulings.case_number IS 'E.g. ICC-02/05-01/20';
COMMENT ON COLUMN rulings.filing_number IS 'E.g. ICC-01/11-209';
COMMENT ON COLUMN rulings.kind IS 'conviction, acquittal, sentence, warrant issued, non compliance ...';
COMMENT ON COLUMN rulings.persons IS 'Persons concerned';
COMMENT ON COLUMN rulings.states IS 'States concerned';
COMMENT ON COLUMN rulings.ruled_on IS 'Day of the decision';
COMMENT ON COLUMN rulings.status IS 'How far the event has come';
COMMENT ON COLUMN rulings.about_court IS 'Whether it concerns the ICC';
COMMENT ON COLUMN rulings.title IS 'What happened';
COMMENT ON COLUMN rulings.official_url IS 'Best official document';
COMMENT ON COLUMN rulings.keys IS 'Hard legal keys';
COMMENT ON COLUMN rulings.known_from IS 'Since when it is known as shown';
COMMENT ON COLUMN rulings.known_to IS 'Null: still known so';

CREATE OR REPLACE VIEW about AS
SELECT max(name) FILTER (name <> 'views') AS schema_version, max(applied_at) AS schema_applied_at,
    max(sha256) FILTER (name = 'views') AS views_hash
FROM base.migrations;
COMMENT ON VIEW about IS 'What this file is: its schema version, for tools';
COMMENT ON COLUMN about.schema_version IS 'Name of the newest migration';
COMMENT ON COLUMN about.schema_applied_at IS 'When the schema last changed';
COMMENT ON COLUMN about.views_hash IS 'Hash of the definitions of all views';
