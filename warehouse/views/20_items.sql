-- Items with their newest text and conclusion, as they are known now and as they were known at any moment.
-- The newest row of an item is the one that has no successor: cheaper at a million items than sorting them, because
-- nearly all items have a single row and only successors are looked up. They are looked up by ANTI JOIN: NOT EXISTS
-- has DuckDB keep a copy of all rows, texts included, before it looks.
-- Texts come last: what a question asks of the event or the conclusion leaves fewer of them to be read.

CREATE OR REPLACE MACRO base.items_known(ts) AS TABLE
    WITH texts AS (
        SELECT r.*, r.rowid AS place
        FROM base.revisions AS r
        ANTI JOIN (
            SELECT item_no, number - 1 AS number FROM base.revisions WHERE number > 1 AND stored_at <= ts::TIMESTAMPTZ
        ) AS n USING (item_no, number)
        WHERE r.stored_at <= ts::TIMESTAMPTZ
    ), conclusions AS (
        SELECT v.*
        FROM base.verdicts AS v
        ANTI JOIN (
            SELECT item_no, number - 1 AS number FROM base.verdicts WHERE number > 1 AND judged_at <= ts::TIMESTAMPTZ
        ) AS n USING (item_no, number)
        WHERE v.judged_at <= ts::TIMESTAMPTZ
    ), overrides AS (
        SELECT
            target,
            arg_max(value, correction_id) FILTER (field = 'category') ->> '$' AS category,
            (arg_max(value, correction_id) FILTER (field = 'about_court'))::BOOLEAN AS about_court
        FROM base.corrections
        WHERE target_kind = 'item' AND made_at <= ts::TIMESTAMPTZ
        GROUP BY target
    ), members AS (
        SELECT item_no, min(event_id) AS event_id FROM base.event_items
        WHERE known_from <= ts::TIMESTAMPTZ AND (known_to IS NULL OR known_to > ts::TIMESTAMPTZ)
        GROUP BY item_no
    ), presence AS (
        SELECT item_no, arg_max(kind, noticed_at) AS kind, max(noticed_at) AS noticed_at FROM base.sightings
        WHERE kind IN ('taken_down', 'restored') AND noticed_at <= ts::TIMESTAMPTZ
        GROUP BY item_no
    )
    SELECT
        t.place,
        i.item_id,
        i.source,
        i.publisher,
        i.tier,
        t.url,
        t.title,
        t.text,
        t.language,
        t.author,
        t.published_at,
        t.published_precision,
        t.published_origin,
        t.published_raw,
        i.first_seen_at,
        t.number AS revision,
        t.seen_at AS revised_at,
        coalesce(o.category, c.category) AS category,
        coalesce(o.about_court, c.about_court) AS about_court,
        c.confidence,
        c.needs_review,
        o.target IS NOT NULL AS corrected,
        m.event_id,
        CASE WHEN p.kind = 'taken_down' THEN p.noticed_at END AS taken_down_at,
        i.baseline,
        i.backfill,
        i.stored_at AS known_from
    FROM base.items AS i
    LEFT JOIN members AS m USING (item_no)
    LEFT JOIN presence AS p USING (item_no)
    LEFT JOIN overrides AS o ON o.target = i.item_id
    LEFT JOIN conclusions AS c USING (item_no)
    JOIN texts AS t USING (item_no)
    WHERE i.stored_at <= ts::TIMESTAMPTZ;

CREATE OR REPLACE MACRO items_as_of(ts) AS TABLE SELECT * EXCLUDE (place) FROM base.items_known(ts);
COMMENT ON MACRO TABLE items_as_of IS 'The items as they were known at a moment: same columns as the view items';

CREATE OR REPLACE VIEW items AS SELECT * FROM items_as_of('infinity');
COMMENT ON VIEW items IS 'One row per release, article or list entry: newest text, newest conclusion, corrections applied';
COMMENT ON COLUMN items.item_id IS 'Identity: survives every edit';
COMMENT ON COLUMN items.source IS 'Source that showed it first';
COMMENT ON COLUMN items.publisher IS 'Who published it';
COMMENT ON COLUMN items.tier IS 'official, court, un, ngo, press or blog';
COMMENT ON COLUMN items.url IS 'Its address';
COMMENT ON COLUMN items.title IS 'Its newest title';
COMMENT ON COLUMN items.text IS 'Its newest text';
COMMENT ON COLUMN items.language IS 'Its language';
COMMENT ON COLUMN items.author IS 'As stated';
COMMENT ON COLUMN items.published_at IS 'Publication as believed; null when nothing believable was stated';
COMMENT ON COLUMN items.published_precision IS 'instant, day or month';
COMMENT ON COLUMN items.published_origin IS 'feed, page, json-ld, meta, url or api';
COMMENT ON COLUMN items.published_raw IS 'The date as it was stated';
COMMENT ON COLUMN items.first_seen_at IS 'When it was fetched first';
COMMENT ON COLUMN items.revision IS 'Number of its newest text; 1: it has had one text only';
COMMENT ON COLUMN items.revised_at IS 'When that text was fetched';
COMMENT ON COLUMN items.category IS 'What it reports as news; null while not judged';
COMMENT ON COLUMN items.about_court IS 'Whether that concerns the ICC';
COMMENT ON COLUMN items.confidence IS 'Calibrated probability that the category is right';
COMMENT ON COLUMN items.needs_review IS 'Too uncertain to alert';
COMMENT ON COLUMN items.corrected IS 'Whether a person corrected the conclusion';
COMMENT ON COLUMN items.event_id IS 'The event it reports, if any';
COMMENT ON COLUMN items.taken_down_at IS 'When its publisher was found to have removed it; null: still there, as far as known';
COMMENT ON COLUMN items.baseline IS 'Came with the first run of its source: never alerted';
COMMENT ON COLUMN items.backfill IS 'Came in a burst of old items: never alerted';
COMMENT ON COLUMN items.known_from IS 'When this warehouse stored it';

CREATE OR REPLACE VIEW item_revisions AS
SELECT r.item_id, r.number, i.source, i.publisher, i.tier, r.title, r.text, r.url, r.language, r.author,
    from_json(r.tags, '["VARCHAR"]') AS tags, r.published_at, r.published_precision, r.published_origin,
    r.published_raw, r.seen_at, r.content_hash, r.chain, r.run_id, r.stored_at AS known_from, n.stored_at AS known_to,
    split_part(r.run_id, '@', 1) AS shown_by, r.replaces
FROM base.revisions AS r
JOIN base.items AS i USING (item_no)
LEFT JOIN (SELECT item_no, number, stored_at FROM base.revisions WHERE number > 1) AS n
    ON n.item_no = r.item_no AND n.number = r.number + 1;
COMMENT ON VIEW item_revisions IS 'Every distinct text that an item has had: A, B, A are three rows. A release that several sources of its publisher show is one item; where another source words it otherwise, that text is a row too';
COMMENT ON COLUMN item_revisions.item_id IS 'The item';
COMMENT ON COLUMN item_revisions.number IS '1, 2, 3 ... for each item';
COMMENT ON COLUMN item_revisions.source IS 'Source that showed the item first';
COMMENT ON COLUMN item_revisions.publisher IS 'Who published it';
COMMENT ON COLUMN item_revisions.tier IS 'official, court, un, ngo, press or blog';
COMMENT ON COLUMN item_revisions.title IS 'Title of this revision';
COMMENT ON COLUMN item_revisions.text IS 'Text of this revision';
COMMENT ON COLUMN item_revisions.url IS 'Address of this revision';
COMMENT ON COLUMN item_revisions.language IS 'Language';
COMMENT ON COLUMN item_revisions.author IS 'As stated';
COMMENT ON COLUMN item_revisions.tags IS 'As stated by the publisher';
COMMENT ON COLUMN item_revisions.published_at IS 'Publication as believed';
COMMENT ON COLUMN item_revisions.published_precision IS 'instant, day or month';
COMMENT ON COLUMN item_revisions.published_origin IS 'Where the date was stated';
COMMENT ON COLUMN item_revisions.published_raw IS 'The date as it was stated';
COMMENT ON COLUMN item_revisions.seen_at IS 'When this text was fetched first';
COMMENT ON COLUMN item_revisions.content_hash IS 'Hash of title and normalised text';
COMMENT ON COLUMN item_revisions.chain IS 'sha256 over the previous chain value and this revision: a later change of the store breaks it';
COMMENT ON COLUMN item_revisions.run_id IS 'The source run that brought it';
COMMENT ON COLUMN item_revisions.known_from IS 'When this warehouse stored it';
COMMENT ON COLUMN item_revisions.known_to IS 'When a newer text replaced it; null: newest';
COMMENT ON COLUMN item_revisions.shown_by IS 'Source that showed this text';
COMMENT ON COLUMN item_revisions.replaces IS 'Number of the revision of which it is an edit; null: the first text that its source showed';

CREATE OR REPLACE VIEW item_sources AS
SELECT item_id, source, guid, url, first_seen_at, true AS first, stored_at AS known_from FROM base.items
UNION ALL
SELECT i.item_id, d.source, d.guid, d.url, d.first_seen_at, false, d.stored_at
FROM base.doors AS d JOIN base.items AS i USING (item_no);
COMMENT ON VIEW item_sources IS 'Every source that an item was read from: a release in a feed and in a listing of one publisher, at one address, is one item with two rows here';
COMMENT ON COLUMN item_sources.item_id IS 'The item';
COMMENT ON COLUMN item_sources.source IS 'A source that showed it';
COMMENT ON COLUMN item_sources.guid IS 'What that source calls it; null: its address is its name';
COMMENT ON COLUMN item_sources.url IS 'Its address as that source gave it';
COMMENT ON COLUMN item_sources.first_seen_at IS 'When it was fetched there first';
COMMENT ON COLUMN item_sources.first IS 'Whether this source was the first to show it';
COMMENT ON COLUMN item_sources.known_from IS 'When this warehouse stored that';

CREATE OR REPLACE VIEW verdicts AS
SELECT v.item_id, v.number, v.revision, v.category, v.about_court, v.confidence, v.about_confidence, v.needs_review,
    v.step, v.event_date, v.event_date_basis, v.facts::JSON AS facts, from_json(v.keys, '["VARCHAR"]') AS keys,
    from_json(v.actors, '["VARCHAR"]') AS actors,
    from_json(v.evidence, '[{"quote":"VARCHAR","reason":"VARCHAR"}]') AS evidence,
    from_json(v.fact_evidence, '[{"quote":"VARCHAR","reason":"VARCHAR"}]') AS fact_evidence,
    v.probabilities::JSON AS probabilities, v.version, v.judged_at AS known_from, n.judged_at AS known_to
FROM base.verdicts AS v
LEFT JOIN (SELECT item_no, number, judged_at FROM base.verdicts WHERE number > 1) AS n
    ON n.item_no = v.item_no AND n.number = v.number + 1;
COMMENT ON VIEW verdicts IS 'Everything the machine concluded about an item, with the version that concluded it; before corrections';
COMMENT ON COLUMN verdicts.item_id IS 'The item';
COMMENT ON COLUMN verdicts.number IS '1, 2, 3 ... for each item';
COMMENT ON COLUMN verdicts.revision IS 'The revision that was judged';
COMMENT ON COLUMN verdicts.category IS 'What it reports as news';
COMMENT ON COLUMN verdicts.about_court IS 'Whether that concerns the ICC';
COMMENT ON COLUMN verdicts.confidence IS 'Calibrated probability that the category is right';
COMMENT ON COLUMN verdicts.about_confidence IS 'The same for about_court';
COMMENT ON COLUMN verdicts.needs_review IS 'Too uncertain to alert';
COMMENT ON COLUMN verdicts.step IS 'The link of a chain';
COMMENT ON COLUMN verdicts.event_date IS 'When the event happened';
COMMENT ON COLUMN verdicts.event_date_basis IS 'stated, relative or published';
COMMENT ON COLUMN verdicts.facts IS 'JSON object of facts by category';
COMMENT ON COLUMN verdicts.keys IS 'Hard legal keys';
COMMENT ON COLUMN verdicts.actors IS 'Canonical ids of who acts and is acted upon';
COMMENT ON COLUMN verdicts.evidence IS 'Sentences that decided the category, verbatim, with the reason';
COMMENT ON COLUMN verdicts.fact_evidence IS 'Sentences that the facts were read from';
COMMENT ON COLUMN verdicts.probabilities IS 'JSON object: probability of each category';
COMMENT ON COLUMN verdicts.version IS 'Version of the judge and the fact rules';
COMMENT ON COLUMN verdicts.known_from IS 'When it was concluded';
COMMENT ON COLUMN verdicts.known_to IS 'When a newer conclusion replaced it; null: newest';
