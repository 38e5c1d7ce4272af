-- Search by the inverted index: the same words as those stored (base.words), ranked by BM25. Narrow it by WHERE on the
-- columns that it returns. Items are looked up for the best hits only, because looking up a million takes longer than
-- finding them; superseded texts are left out before, or they would take the place of others. Of equals, the one stored
-- last is the better one. best is a constant, so that DuckDB drops the branch that does not apply.
-- Stems are bounded by their least and greatest one, too, because such bounds let whole row groups be skipped.

CREATE OR REPLACE MACRO search_items(words, best := 10000) AS TABLE
    WITH wanted AS (
        SELECT DISTINCT unnest(base.words(regexp_replace(words, '[^\s*]+\*', ' ', 'g'))) AS term
    ), stems AS (
        SELECT DISTINCT unnest(base.stems(words)) AS term
    ), hits AS (
        SELECT term, (hit >> 8)::BIGINT AS place, (hit & 255)::UTINYINT AS weight
        FROM (SELECT term, unnest(hits) AS hit FROM base.postings JOIN wanted ON key = base.word_key(term))
        UNION ALL
        SELECT term, place, weight FROM base.recent_postings JOIN wanted ON word = term
        UNION ALL
        SELECT term || '*', place, max(weight)
        FROM (
            SELECT word, (hit >> 8)::BIGINT AS place, (hit & 255)::UTINYINT AS weight
            FROM (
                SELECT word, unnest(hits) AS hit FROM base.postings
                WHERE word >= list_min(base.stems(words)) AND word <= list_max(base.stems(words)) || chr(1114111)
            )
            UNION ALL
            SELECT word, place, weight FROM base.recent_postings
        ) JOIN stems ON starts_with(word, term)
        GROUP BY ALL
    ), terms AS (
        SELECT term, ln(1 + (stored - count(*) + 0.5) / (count(*) + 0.5)) AS rarity
        FROM hits, (SELECT count(*) AS stored FROM base.revisions) GROUP BY term, stored
    ), found AS (
        SELECT place, sum(weight * rarity) / 100 AS score FROM hits JOIN terms USING (term)
        GROUP BY place
        HAVING count(*) = (SELECT count(*) FROM wanted) + (SELECT count(*) FROM stems)
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
        taken_down_at, title, url, score
    FROM ranked JOIN base.items_known('infinity') USING (place);
COMMENT ON MACRO TABLE search_items IS 'Items whose title and newest text hold all of the words, in any case and with or without accents; a word that ends in * stands for all that begin so. score is BM25, a word in the title counts five times: ORDER BY score DESC. It returns the best 10,000 items, of which WHERE then chooses; best := 100 returns fewer, sooner, and best := NULL all';
