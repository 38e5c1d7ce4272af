-- Where it comes from, and how those places are doing.

CREATE OR REPLACE VIEW sources AS
SELECT source, name, publisher, official, tier, kind, url, language, every, max_silence, document, first_known AS known_from
FROM base.sources;
COMMENT ON VIEW sources IS 'The catalogue as it was when a source last ran';
COMMENT ON COLUMN sources.source IS 'Id: the name of its TOML';
COMMENT ON COLUMN sources.name IS 'Name for people';
COMMENT ON COLUMN sources.publisher IS 'Who publishes there';
COMMENT ON COLUMN sources.official IS 'Whether the publisher acts itself, rather than reporting on others';
COMMENT ON COLUMN sources.tier IS 'official, court, un, ngo, press or blog';
COMMENT ON COLUMN sources.kind IS 'rss, html or json';
COMMENT ON COLUMN sources.url IS 'What is asked';
COMMENT ON COLUMN sources.language IS 'Its language';
COMMENT ON COLUMN sources.every IS 'How often it is asked';
COMMENT ON COLUMN sources.max_silence IS 'Longer silence is a warning; null: no expectation';
COMMENT ON COLUMN sources.document IS 'What it gives of an act: release, list or register; null: it reports on others';
COMMENT ON COLUMN sources.known_from IS 'When it first ran here';

CREATE OR REPLACE VIEW source_health AS
SELECT h.source, s.name, s.official, h.state, h.reason, h.last_run_at, h.last_success_at, h.last_item_at, h.next_due_at,
    h.failures, h.trouble_since, h.incident_opened_at, h.items, h.accepted_at AS baseline_at,
    h.moved_to, h.moved_since
FROM base.source_state AS h JOIN base.sources AS s USING (source);
COMMENT ON VIEW source_health IS 'How each source is doing now';
COMMENT ON COLUMN source_health.source IS 'The source';
COMMENT ON COLUMN source_health.name IS 'Name for people';
COMMENT ON COLUMN source_health.official IS 'Whether it is official';
COMMENT ON COLUMN source_health.state IS 'ok, quiet, empty, changed_layout, blocked, wait, moved, gone, dead or failed';
COMMENT ON COLUMN source_health.reason IS 'One sentence';
COMMENT ON COLUMN source_health.last_run_at IS 'When it was last asked';
COMMENT ON COLUMN source_health.last_success_at IS 'Last healthy answer';
COMMENT ON COLUMN source_health.last_item_at IS 'Publication of its newest item';
COMMENT ON COLUMN source_health.next_due_at IS 'When it is asked next';
COMMENT ON COLUMN source_health.failures IS 'Troubles in a row';
COMMENT ON COLUMN source_health.trouble_since IS 'Start of the first of them';
COMMENT ON COLUMN source_health.incident_opened_at IS 'When people were told; null: no told trouble';
COMMENT ON COLUMN source_health.items IS 'Items first seen there';
COMMENT ON COLUMN source_health.baseline_at IS 'Its first accepted run';
COMMENT ON COLUMN source_health.moved_to IS 'Where its address has moved for good, says its server; null: nowhere';
COMMENT ON COLUMN source_health.moved_since IS 'When its server first said so';

CREATE OR REPLACE VIEW source_runs AS
SELECT run_id, source, outcome, started_at, finished_at, runs, status, note, listed, new, revised, dropped, bytes,
    baseline, backfill, coalesce(gap, false) AS gap
FROM base.runs
UNION ALL
SELECT source || '@' || strftime(streak_since, '%Y-%m-%dT%H:%M:%S.%fZ'), source, streak_outcome, streak_since,
    streak_until, streak_runs, streak_status, streak_note, NULL, 0, 0, 0, 0, false, false, false
FROM base.source_state WHERE streak_since IS NOT NULL;
COMMENT ON VIEW source_runs IS 'Every source run; uneventful ones of one outcome and day share a row';
COMMENT ON COLUMN source_runs.run_id IS 'Source and start';
COMMENT ON COLUMN source_runs.source IS 'The source';
COMMENT ON COLUMN source_runs.outcome IS 'ok, not_modified, empty, changed_layout, blocked, wait, moved, gone or failed';
COMMENT ON COLUMN source_runs.started_at IS 'Start of the first run that the row stands for';
COMMENT ON COLUMN source_runs.finished_at IS 'End of the last';
COMMENT ON COLUMN source_runs.runs IS 'How many runs the row stands for';
COMMENT ON COLUMN source_runs.status IS 'HTTP status';
COMMENT ON COLUMN source_runs.note IS 'What went wrong and what was seen';
COMMENT ON COLUMN source_runs.listed IS 'Items shown; null when not looked at';
COMMENT ON COLUMN source_runs.new IS 'Items never seen before';
COMMENT ON COLUMN source_runs.revised IS 'Items whose text changed';
COMMENT ON COLUMN source_runs.dropped IS 'Entries that could not be read';
COMMENT ON COLUMN source_runs.bytes IS 'Size of the bodies received';
COMMENT ON COLUMN source_runs.baseline IS 'First accepted run of the source';
COMMENT ON COLUMN source_runs.backfill IS 'A burst of old items';
COMMENT ON COLUMN source_runs.gap IS 'Nothing it showed was known: older pages were read, and the note says whether they closed the gap';

CREATE OR REPLACE VIEW source_incidents AS
SELECT source, state, reason, since, opened_at, closed_at, epoch(closed_at - since) / 3600 AS hours
FROM base.incidents;
COMMENT ON VIEW source_incidents IS 'Troubles of sources that people were told of: coverage gaps';
COMMENT ON COLUMN source_incidents.source IS 'The source';
COMMENT ON COLUMN source_incidents.state IS 'The trouble';
COMMENT ON COLUMN source_incidents.reason IS 'One sentence';
COMMENT ON COLUMN source_incidents.since IS 'Start of the first troubled run';
COMMENT ON COLUMN source_incidents.opened_at IS 'When it was told';
COMMENT ON COLUMN source_incidents.closed_at IS 'First healthy answer; null: it lasts';
COMMENT ON COLUMN source_incidents.hours IS 'How long it lasted; null: it lasts';

CREATE OR REPLACE VIEW sightings AS
SELECT item_id, source, kind, noticed_at, note, run_id FROM base.sightings;
COMMENT ON VIEW sightings IS 'Disappearances from listings, take-downs and reappearances';
COMMENT ON COLUMN sightings.item_id IS 'The item';
COMMENT ON COLUMN sightings.source IS 'The source';
COMMENT ON COLUMN sightings.kind IS 'unlisted, relisted, taken_down (404 or 410 in two runs) or restored';
COMMENT ON COLUMN sightings.noticed_at IS 'When';
COMMENT ON COLUMN sightings.note IS 'What was seen';
COMMENT ON COLUMN sightings.run_id IS 'The run that saw it';
