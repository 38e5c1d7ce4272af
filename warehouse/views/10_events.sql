-- Events, as they are known now and as they were known at any moment.

CREATE OR REPLACE MACRO events_as_of(ts) AS TABLE
    WITH overrides AS (
        SELECT
            target,
            arg_max(value, correction_id) FILTER (field = 'category') ->> '$' AS category,
            (arg_max(value, correction_id) FILTER (field = 'about_court'))::BOOLEAN AS about_court,
            arg_max(value, correction_id) FILTER (field = 'title') ->> '$' AS title,
            arg_max(value, correction_id) FILTER (field = 'severity') ->> '$' AS severity,
            (arg_max(value, correction_id) FILTER (field = 'event_date') ->> '$')::DATE AS event_date,
            arg_max(value, correction_id) FILTER (field = 'dismissed') = 'true' AS dismissed
        FROM base.corrections
        WHERE target_kind = 'event' AND made_at <= ts::TIMESTAMPTZ
        GROUP BY target
    ), versions AS (
        SELECT *, lead(known_from) OVER (PARTITION BY event_id ORDER BY version) AS known_to
        FROM base.event_versions
        WHERE known_from <= ts::TIMESTAMPTZ
    )
    SELECT
        v.event_id,
        coalesce(o.category, v.category) AS category,
        coalesce(o.about_court, v.about_court) AS about_court,
        coalesce(o.title, v.title) AS title,
        v.status,
        coalesce(o.severity, v.severity) AS severity,
        v.step,
        coalesce(o.event_date, v.event_date) AS event_date,
        v.first_item_at,
        v.last_item_at,
        v.item_count,
        from_json(v.publishers, '["VARCHAR"]') AS publishers,
        v.official_url,
        v.quote,
        v.quote_url,
        v.facts::JSON AS facts,
        from_json(v.keys, '["VARCHAR"]') AS keys,
        from_json(v.actors, '["VARCHAR"]') AS actors,
        v.clocks::JSON AS clocks,
        v.event_id IN (
            SELECT d.event_id FROM base.deliveries AS d WHERE d.kind = 'root' AND d.sent_at <= ts::TIMESTAMPTZ
        ) AS told,
        o.target IS NOT NULL AS corrected,
        v.first_known AS first_known_at,
        v.version,
        v.known_from,
        v.known_to,
        v.told AS news
    FROM versions AS v LEFT JOIN overrides AS o ON o.target = v.event_id
    WHERE v.known_to IS NULL AND v.merged_into IS NULL AND coalesce(o.dismissed, false) = false;
COMMENT ON MACRO TABLE events_as_of IS 'The events as they were known at a moment: same columns as the view events';

CREATE OR REPLACE VIEW events AS SELECT * FROM events_as_of('infinity');
COMMENT ON VIEW events IS 'One row per real-world event as it is known now; corrections by people applied, merged and dismissed ones left out';
COMMENT ON COLUMN events.event_id IS 'Readable and permanent';
COMMENT ON COLUMN events.category IS 'sanction_round, withdrawal, cyber_incident, ruling, reprisal, threat, non_cooperation, custody or protective_measure';
COMMENT ON COLUMN events.about_court IS 'Whether it concerns the ICC, its people, Statute, cases or supporters';
COMMENT ON COLUMN events.title IS 'One line: what happened';
COMMENT ON COLUMN events.status IS 'How far it has come: reported, announced, officially_published, in_force, suspended, lifted';
COMMENT ON COLUMN events.severity IS 'critical, high, normal or low';
COMMENT ON COLUMN events.step IS 'The link of a chain: announced, notified, imposed, lifted, enjoined, convicted ...';
COMMENT ON COLUMN events.event_date IS 'When it happened, as stated or derived; null when unknown';
COMMENT ON COLUMN events.first_item_at IS 'Publication (else first sight) of its earliest report; of one dated to the day, the beginning of that day: event_items has the precision';
COMMENT ON COLUMN events.last_item_at IS 'Publication (else first sight) of its latest report, as first_item_at';
COMMENT ON COLUMN events.item_count IS 'Number of reports';
COMMENT ON COLUMN events.publishers IS 'Who reported it';
COMMENT ON COLUMN events.official_url IS 'Best official document so far';
COMMENT ON COLUMN events.quote IS 'The sentence that triggered it, verbatim';
COMMENT ON COLUMN events.quote_url IS 'Where that sentence stands';
COMMENT ON COLUMN events.facts IS 'JSON object of facts by category; see the view facts';
COMMENT ON COLUMN events.keys IS 'Hard legal keys, e.g. fr:2025-02612';
COMMENT ON COLUMN events.actors IS 'Canonical ids of the persons, states and bodies in the act';
COMMENT ON COLUMN events.clocks IS 'JSON list of dates coming due; see the view clocks';
COMMENT ON COLUMN events.told IS 'Whether an alert of it was sent; see the view deliveries for where and when';
COMMENT ON COLUMN events.corrected IS 'Whether a person corrected something of it';
COMMENT ON COLUMN events.first_known_at IS 'When this warehouse came to know of it';
COMMENT ON COLUMN events.version IS 'How often its record was written';
COMMENT ON COLUMN events.known_from IS 'Since when it is known as shown';
COMMENT ON COLUMN events.known_to IS 'Null: still known so';
COMMENT ON COLUMN events.news IS 'False for what a baseline or backfill brought, which is stored and alerted nobody; true: it was new, whether or not a route told anybody';

CREATE OR REPLACE VIEW event_items AS
SELECT m.event_id, m.item_id, i.source, i.publisher, i.tier, r.title, r.url, r.language, r.published_at, i.first_seen_at,
    m.reason, m.known_from, m.known_to, r.published_precision
FROM base.event_items AS m
JOIN base.items AS i USING (item_no)
JOIN base.revisions AS r ON r.item_no = m.item_no AND r.number = 1;
COMMENT ON VIEW event_items IS 'Which reports belong to which event, and why';
COMMENT ON COLUMN event_items.event_id IS 'The event';
COMMENT ON COLUMN event_items.item_id IS 'The report';
COMMENT ON COLUMN event_items.source IS 'Source that showed the report first';
COMMENT ON COLUMN event_items.publisher IS 'Its publisher';
COMMENT ON COLUMN event_items.tier IS 'official, court, un, ngo, press or blog';
COMMENT ON COLUMN event_items.title IS 'Its title when first seen';
COMMENT ON COLUMN event_items.url IS 'Its address when first seen';
COMMENT ON COLUMN event_items.language IS 'Its language';
COMMENT ON COLUMN event_items.published_at IS 'Publication as believed; null when nothing believable was stated';
COMMENT ON COLUMN event_items.first_seen_at IS 'When it was fetched first';
COMMENT ON COLUMN event_items.reason IS 'The key or likeness that decided that it belongs here';
COMMENT ON COLUMN event_items.known_from IS 'Since when it is counted to the event';
COMMENT ON COLUMN event_items.known_to IS 'Until when; null: still';
COMMENT ON COLUMN event_items.published_precision IS 'What of published_at was stated: instant, day (the hour is not known, whatever stands there) or month';

CREATE OR REPLACE VIEW event_changes AS
SELECT c.change_id, c.event_id, c.number, c.kind, c.changed_at, c.summary, c.reason, c.item_id, i.publisher, i.url,
    c.before::JSON AS before, c.after::JSON AS after, c.diff, c.other_event_id, c.told
FROM base.event_changes AS c LEFT JOIN base.items AS i ON i.item_no = c.item_no;
COMMENT ON VIEW event_changes IS 'The life of events step by step, appended only';
COMMENT ON COLUMN event_changes.change_id IS 'Event id, #, number';
COMMENT ON COLUMN event_changes.event_id IS 'The event';
COMMENT ON COLUMN event_changes.number IS '1 is how it opened';
COMMENT ON COLUMN event_changes.kind IS 'opened, joined, status, document, facts, merged, split, edited, taken_down, restored';
COMMENT ON COLUMN event_changes.changed_at IS 'When it was recorded';
COMMENT ON COLUMN event_changes.summary IS 'One sentence';
COMMENT ON COLUMN event_changes.reason IS 'What decided';
COMMENT ON COLUMN event_changes.item_id IS 'The report that brought it';
COMMENT ON COLUMN event_changes.publisher IS 'Who published that report';
COMMENT ON COLUMN event_changes.url IS 'Where it stands';
COMMENT ON COLUMN event_changes.before IS 'JSON object: old values of the fields that changed';
COMMENT ON COLUMN event_changes.after IS 'JSON object: new values of the same fields';
COMMENT ON COLUMN event_changes.diff IS 'For edits: sentences that went (-) and came (+)';
COMMENT ON COLUMN event_changes.other_event_id IS 'For merged and split: the other event';
COMMENT ON COLUMN event_changes.told IS 'False when a baseline or backfill brought it';

CREATE OR REPLACE VIEW clocks AS
SELECT event_id, title AS event_title, category, clock.kind, clock.subject, clock.due_on, clock.computed, clock.basis
FROM (
    SELECT event_id, title, category, unnest(from_json(clocks,
        '[{"kind":"VARCHAR","subject":"VARCHAR","due_on":"DATE","computed":"BOOLEAN","basis":"VARCHAR"}]')) AS clock
    FROM events
);
COMMENT ON VIEW clocks IS 'Dates coming due: withdrawal effect, licence expiry, deadlines';
COMMENT ON COLUMN clocks.event_id IS 'The event';
COMMENT ON COLUMN clocks.event_title IS 'Its title';
COMMENT ON COLUMN clocks.category IS 'Its category';
COMMENT ON COLUMN clocks.kind IS 'withdrawal_effective, licence_expiry, deadline ...';
COMMENT ON COLUMN clocks.subject IS 'Whom it concerns, e.g. a state';
COMMENT ON COLUMN clocks.due_on IS 'The day';
COMMENT ON COLUMN clocks.computed IS 'True when a rule gave it, false when a document states it';
COMMENT ON COLUMN clocks.basis IS 'The rule or the sentence';
