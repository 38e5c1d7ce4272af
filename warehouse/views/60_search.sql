-- Search without an index: always up to date, in any language and script, at about a second for 100,000 texts.
-- Narrow it by WHERE on the columns that it returns.

CREATE OR REPLACE MACRO search_items(words) AS TABLE
    SELECT item_id, source, publisher, tier, language, category, event_id, published_at, first_seen_at, title, url,
        list_sum(list_transform(wanted, lambda w:
            10 * contains(low_title, w)::INTEGER
            + (length(low_text) - length(replace(low_text, w, ''))) / length(w)))::INTEGER AS score
    FROM (
        SELECT *, lower(title) AS low_title, lower(text) AS low_text,
            list_distinct(list_filter(string_split_regex(lower(words), '\s+'), lambda w: w <> '')) AS wanted
        FROM items
    )
    WHERE len(wanted) > 0
        AND len(list_filter(wanted, lambda w: contains(low_title, w) OR contains(low_text, w))) = len(wanted);
COMMENT ON MACRO TABLE search_items IS 'Items in which all of the words occur, in title or text; score counts them, ten for one in the title: ORDER BY score DESC';
