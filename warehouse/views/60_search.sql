-- Search by the inverted index: the same words as those stored (base.words), ranked by BM25. Narrow it by WHERE on the
-- columns that it returns. Items are looked up for the best hits only, because looking up a million takes longer than
-- finding them; superseded texts are left out before, or they would take the place of others. Of equals, the one stored
-- last is the better one. best is a constant, so that DuckDB drops the branch that does not apply.
-- Stems are bounded by their least and greatest one, too, because such bounds let whole row groups be skipped.
-- How rare a term is follows from the lengths of its lists. When one of several is rare, the hits of the others are
-- dropped where it does not stand before anything is summed up: most of a common word's hits are. A term that is alone
-- needs no summing. place and term stay columns of their own: packed into one number, DuckDB misjudges how few the
-- best are and looks up every item.

CREATE OR REPLACE MACRO search_items(words, best := 10000) AS TABLE
    WITH asked AS (
        SELECT unnest(list_distinct(base.words(regexp_replace(words, '[^\s*]+\*', ' ', 'g')))) AS word, false AS begins
        UNION ALL
        SELECT unnest(list_distinct(base.stems(words))), true
    ), terms AS (
        SELECT word, begins, row_number() OVER () AS term FROM asked
    ), wholes AS (
        SELECT word, term FROM terms WHERE NOT begins
    ), stems AS (
        SELECT word AS stem, term FROM terms WHERE begins
    ), lists AS (
        SELECT term, hits FROM base.postings AS p JOIN wholes AS w ON p.key = base.word_key(w.word)
        UNION ALL
        SELECT term, [(place * 256 + weight)::UBIGINT] FROM base.recent_postings JOIN wholes USING (word)
        UNION ALL
        SELECT term, hits
        FROM (
            SELECT word, hits FROM base.postings
            UNION ALL
            SELECT word, [(place * 256 + weight)::UBIGINT] FROM base.recent_postings
        ) JOIN stems ON starts_with(word, stem)
        WHERE word >= list_min(base.stems(words)) AND word <= list_max(base.stems(words)) || chr(1114111)
    ), counts AS (
        SELECT term, begins, coalesce(sum(len(hits)), 0) AS said, (SELECT count(*) FROM base.revisions) AS stored
        FROM terms LEFT JOIN lists USING (term) GROUP BY term, begins
    ), weights AS (
        SELECT term, ln(1 + (stored - least(said, stored) + 0.5) / (least(said, stored) + 0.5)) / 100 AS rarity,
            begins, count(*) OVER () = 1 AS alone, row_number() OVER (ORDER BY said, term) = 1 AS rarest,
            count(*) OVER () > 1 AND min(said) OVER () < stored / 10 AS narrow
        FROM counts
    ), weighed AS (
        SELECT term, hits, begins, rarest, narrow FROM lists JOIN weights USING (term)
    ), hits AS (
        SELECT term, begins, unnest(hits) AS hit FROM weighed WHERE NOT narrow
        UNION ALL
        SELECT term, begins, hit FROM (SELECT term, begins, unnest(hits) AS hit FROM weighed WHERE narrow)
        WHERE hit >> 8 IN (SELECT hit >> 8 FROM (SELECT unnest(hits) AS hit FROM weighed WHERE narrow AND rarest))
    ), best_hits AS (
        SELECT term, (hit >> 8)::BIGINT AS place, (hit & 255)::UTINYINT AS weight FROM hits WHERE NOT begins
        UNION ALL
        SELECT term, (hit >> 8)::BIGINT AS place, max((hit & 255)::UTINYINT) FROM hits WHERE begins GROUP BY ALL
    ), scores AS (
        SELECT place, weight * rarity AS score, alone FROM best_hits JOIN weights USING (term)
    ), found AS (
        SELECT place, score FROM scores WHERE alone
        UNION ALL
        SELECT place, sum(score) FROM scores WHERE NOT alone
        GROUP BY place HAVING count(*) = (SELECT count(*) FROM terms)
    ), superseded AS (
        SELECT r.rowid AS place FROM base.revisions AS r
        JOIN (SELECT item_no, number - 1 AS number FROM base.revisions WHERE number > 1) USING (item_no, number)
    ), ranked AS (
        (SELECT place, score FROM found ANTI JOIN superseded USING (place)
        ORDER BY score DESC, place DESC LIMIT coalesce(best, 0))
        UNION ALL
        SELECT place, score FROM found WHERE best IS NULL
    )
    SELECT item_id, source, publisher, tier, language, category, about_court, event_id, published_at, first_seen_at,
        taken_down_at, title, url, score, published_precision
    FROM ranked JOIN base.items_known('infinity') USING (place);
COMMENT ON MACRO TABLE search_items IS 'Items whose title and newest text hold all of the words, in any case and with or without accents; a word that ends in * stands for all that begin so. score is BM25, a word in the title counts five times: ORDER BY score DESC. A beginning counts in an item as the weightiest of its words there, and is as common as all of them together. It returns the best 10,000 items, of which WHERE then chooses; best := 100 returns fewer, sooner, and best := NULL all';
