-- One release is one item, whatever it was read from: what else its sources call it, and which texts are edits.

-- Where else an item was read: another source of its publisher that shows it under a name of its own. Appended only.
CREATE TABLE base.doors (
    item_no       BIGINT NOT NULL,
    key           UBIGINT NOT NULL,          -- of door_id
    door_id       TEXT NOT NULL,             -- what the item would be called had it been seen here first
    source        TEXT NOT NULL,
    guid          TEXT,
    url           TEXT NOT NULL,
    content_hash  TEXT NOT NULL,             -- of the text that it showed first; stored as a revision only where it says more
    first_seen_at TIMESTAMPTZ NOT NULL,
    stored_at     TIMESTAMPTZ NOT NULL,
    run_id        TEXT NOT NULL
);

-- What an item can be found by besides its id: its addresses, permalinks included. Appended only.
CREATE TABLE base.addresses (
    key     UBIGINT NOT NULL,                -- base.address_key of a canonical address
    item_no BIGINT NOT NULL
);

-- Scheme, a leading www. and a final slash name no other page. Every row of base.addresses was made with this.
CREATE MACRO base.address_key(url) AS (
    '0x' || left(md5(regexp_replace(regexp_replace(url, '^https?://(www\.)?', ''), '/+(\?|#|$)', '\1')), 16)
)::UBIGINT;

INSERT INTO base.addresses SELECT base.address_key(url), item_no FROM base.items ORDER BY item_no;

-- Which revision a revision is an edit of; null for the first text that a source shows.
ALTER TABLE base.revisions ADD COLUMN replaces INTEGER;
UPDATE base.revisions SET replaces = number - 1 WHERE number > 1;
