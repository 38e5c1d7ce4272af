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
