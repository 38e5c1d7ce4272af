-- Is everybody who was listed named by all who must name them? Release, list and register held against each other.

CREATE OR REPLACE MACRO words_of(name) AS
    list_sort(list_distinct(list_filter(
        string_split(regexp_replace(strip_accents(lower(name)), '[^\p{L}\p{N}]+', ' ', 'g'), ' '), lambda w: w <> '')));
COMMENT ON MACRO words_of IS 'The words of a name without case, accents and order: what two spellings have in common';

CREATE OR REPLACE MACRO reconciliation_as_of(ts) AS TABLE
    WITH naming AS (
        SELECT s.document, v.facts ->> 'imposed_by' AS imposed_by, v.facts ->> 'action' AS action,
            coalesce(r.published_at, i.first_seen_at) AS at,
            unnest(from_json(v.facts -> 'designees', '[{"name":"VARCHAR"}]')).name AS name
        FROM base.verdicts AS v
        JOIN base.items AS i USING (item_no)
        JOIN base.revisions AS r ON r.item_no = v.item_no AND r.number = v.revision
        JOIN base.sources AS s ON s.source = i.source
        WHERE v.category = 'sanction_round' AND v.about_court AND s.document IS NOT NULL AND v.judged_at <= ts::TIMESTAMPTZ
        QUALIFY row_number() OVER (PARTITION BY v.item_no ORDER BY v.number DESC) = 1
    ), named AS (
        SELECT *, words_of(name) AS words FROM naming
    ), rounds AS (
        SELECT event_id, event_date, title, round, told, name, action, imposed_by, words_of(name) AS words
        FROM (
            SELECT d.*, e.title, e.news AS told,
                row_number() OVER (PARTITION BY d.event_id, words_of(d.name) ORDER BY d.known_from) AS spelling
            FROM designees AS d JOIN events AS e USING (event_id)
            WHERE d.about_court AND d.known_to IS NULL AND d.event_date IS NOT NULL
                AND d.known_from <= ts::TIMESTAMPTZ AND d.action IN ('imposed', 'delisted')
        )
        WHERE spelling = 1 AND imposed_by IN (SELECT imposed_by FROM named WHERE document = 'list')
    ), seen AS (
        SELECT r.event_id, r.event_date, r.title, r.round, r.told, r.action, r.imposed_by, r.name,
            min(n.at) AS first_named_at,
            min(n.at) FILTER (n.document = 'release') AS released_at,
            min(n.at) FILTER (n.document = 'list') AS listed_at,
            min(n.at) FILTER (n.document = 'register') AS registered_at
        FROM rounds AS r
        LEFT JOIN named AS n ON n.action = r.action AND n.imposed_by = r.imposed_by
            AND n.at BETWEEN r.event_date - INTERVAL 10 DAY AND r.event_date + INTERVAL 180 DAY
            AND (list_has_all(n.words, r.words) OR list_has_all(r.words, n.words))
        GROUP BY ALL
    )
    SELECT event_id, event_date, title, round, action, name, released_at, listed_at, registered_at,
        list_filter([
            CASE WHEN released_at IS NULL THEN 'release' END,
            CASE WHEN listed_at IS NULL THEN 'list' END,
            CASE WHEN registered_at IS NULL THEN 'register' END], lambda kind: kind IS NOT NULL) AS missing,
        list_filter([
            CASE WHEN released_at IS NULL AND since + INTERVAL 2 DAY < ts::TIMESTAMPTZ THEN 'release' END,
            CASE WHEN listed_at IS NULL AND since + INTERVAL 2 DAY < ts::TIMESTAMPTZ THEN 'list' END,
            CASE WHEN registered_at IS NULL AND since + INTERVAL 60 DAY < ts::TIMESTAMPTZ
                AND imposed_by IN (SELECT imposed_by FROM named WHERE document = 'register') THEN 'register' END],
            lambda kind: kind IS NOT NULL) AS overdue,
        since AS named_since, told
    FROM (SELECT *, coalesce(first_named_at, event_date::TIMESTAMPTZ) AS since FROM seen);
COMMENT ON MACRO TABLE reconciliation_as_of IS 'The names of each round in release, list and register as they stood at a moment: same columns as the view reconciliation';

CREATE OR REPLACE VIEW reconciliation AS FROM reconciliation_as_of(now());
COMMENT ON VIEW reconciliation IS 'Every name of every round on the Court by a state whose sanctions list is read: which official documents name it, and which should by now';
COMMENT ON COLUMN reconciliation.event_id IS 'The round';
COMMENT ON COLUMN reconciliation.event_date IS 'Day of the round';
COMMENT ON COLUMN reconciliation.title IS 'What happened';
COMMENT ON COLUMN reconciliation.round IS 'Number of the round under its authority; null when not known';
COMMENT ON COLUMN reconciliation.action IS 'imposed or delisted';
COMMENT ON COLUMN reconciliation.name IS 'Person or body';
COMMENT ON COLUMN reconciliation.released_at IS 'When a release first named it; null: none does';
COMMENT ON COLUMN reconciliation.listed_at IS 'When the sanctions list first named it; null: it does not';
COMMENT ON COLUMN reconciliation.registered_at IS 'When the official register first named it; null: it does not';
COMMENT ON COLUMN reconciliation.missing IS 'Which of release, list and register do not name it';
COMMENT ON COLUMN reconciliation.overdue IS 'Which of them should by now: a release or list two days after the first document, the register after sixty if it has named anybody yet; empty: nothing to explain';
COMMENT ON COLUMN reconciliation.named_since IS 'When any of them first named it, else the day of the round';
COMMENT ON COLUMN reconciliation.told IS 'False for rounds that a baseline or backfill brought, whose documents may lie before it';
