-- Raw answers of sources whose releases are evidence, seals over all that was stored, and what maintenance did.

-- One row an answer that brought something new, or that shows that an item is gone. Appended only.
CREATE TABLE base.responses (
    response_id BIGINT NOT NULL,             -- rises
    source      TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    url         TEXT NOT NULL,               -- that answered, after redirects
    status      INTEGER NOT NULL,
    headers     TEXT NOT NULL,               -- JSON list of [name, value], cookies left out
    fetched_at  TIMESTAMPTZ NOT NULL,
    stored_at   TIMESTAMPTZ NOT NULL,
    sha256      TEXT NOT NULL,               -- of the content, after transfer and content decoding
    bytes       BIGINT NOT NULL              -- of the same
);

-- Which revisions were read from an answer. Appended only.
CREATE TABLE base.response_items (
    response_id BIGINT NOT NULL,
    item_no     BIGINT NOT NULL,
    item_id     TEXT NOT NULL,
    revision    INTEGER                      -- null: the answer shows that the item is gone
);

-- The contents, each once. Only retention deletes here; the rows of base.responses stay.
CREATE TABLE base.bodies (
    key       UBIGINT NOT NULL,              -- of sha256
    sha256    TEXT NOT NULL,
    gzip      BLOB NOT NULL,
    stored_at TIMESTAMPTZ NOT NULL
);

-- One row a transaction that stored revisions or answers: a hash over all of them and over the seal before. Appended only.
CREATE TABLE base.seals (
    number    BIGINT NOT NULL,               -- 1, 2, 3 ...
    revisions BIGINT NOT NULL,               -- stored so far
    responses BIGINT NOT NULL,               -- stored so far
    seal      TEXT NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL
);

-- One row a maintenance. Appended only.
CREATE TABLE base.maintenances (
    ran_at TIMESTAMPTZ NOT NULL,
    bodies BIGINT NOT NULL,                  -- raw contents removed
    bytes  BIGINT NOT NULL,                  -- that they took, compressed
    runs   BIGINT NOT NULL,                  -- rows of uneventful source runs removed
    faults INTEGER NOT NULL                  -- found by the integrity check
);
