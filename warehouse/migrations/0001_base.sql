-- The base tables. Analysts are promised the views of schema main; what is in schema base is ours to change.
--
-- Habits: history tables are only appended to and carry no index (an index costs 20-200 ms at every close of the file,
-- and grows with history); long ids are found by key, 64 bits of their hash, or by item_no, which rises with time, so
-- that a look-up of recent items skips all older row groups. Uniqueness is kept by the one writer and tested.
-- JSON is text, written by us with sorted keys. All times are instants; the session's time zone is UTC.

-- The catalogue as it was when a source last ran.
CREATE TABLE base.sources (
    source       TEXT PRIMARY KEY,      -- the TOML's file name
    name         TEXT NOT NULL,
    publisher    TEXT NOT NULL,
    official     BOOLEAN NOT NULL,
    tier         TEXT NOT NULL,         -- official, court, un, ngo, press, blog
    kind         TEXT NOT NULL,         -- rss, html, json
    url          TEXT NOT NULL,
    language     TEXT NOT NULL,
    every        INTERVAL NOT NULL,     -- how often it is asked
    max_silence  INTERVAL,              -- healthy answers without news for longer are a warning; null: no expectation
    first_known  TIMESTAMPTZ NOT NULL   -- when this warehouse first ran it
);

-- One row a source: how it is doing, when it is due.
CREATE TABLE base.source_state (
    source             TEXT PRIMARY KEY,
    state              TEXT NOT NULL,        -- ok, quiet, or the trouble's name
    reason             TEXT NOT NULL,        -- one sentence for people
    last_run_at        TIMESTAMPTZ NOT NULL,
    last_success_at    TIMESTAMPTZ,          -- last healthy answer
    last_item_at       TIMESTAMPTZ,          -- publication, else first sight, of the newest item
    next_due_at        TIMESTAMPTZ NOT NULL,
    failures           INTEGER NOT NULL,     -- troubles in a row
    trouble_since      TIMESTAMPTZ,          -- start of the first of them
    incident_opened_at TIMESTAMPTZ,          -- null while nobody has been told of a trouble
    accepted_at        TIMESTAMPTZ,          -- first accepted run, the baseline; null before it
    items              BIGINT NOT NULL,      -- items first seen here
    streak_outcome     TEXT,                 -- uneventful runs of one outcome since the last row in base.runs
    streak_note        TEXT,
    streak_status      INTEGER,
    streak_since       TIMESTAMPTZ,          -- start of the first of them
    streak_until       TIMESTAMPTZ,          -- end of the last of them
    streak_runs        INTEGER NOT NULL
);

-- What the spiders want handed back at the next run, verbatim; only from accepted answers.
CREATE TABLE base.source_memory (
    source    TEXT PRIMARY KEY,
    memory    TEXT NOT NULL,                 -- JSON, the spiders' own
    stored_at TIMESTAMPTZ NOT NULL
);

-- What the source showed last, in its order: set difference with it finds disappearances.
CREATE TABLE base.source_listing (
    source       TEXT PRIMARY KEY,
    listed       TEXT NOT NULL,              -- JSON list of item ids
    oldest_first BOOLEAN NOT NULL,           -- the order of the listing, from the dates of its items
    seen_at      TIMESTAMPTZ NOT NULL
);

-- Runs that brought news or trouble; uneventful ones of one outcome and day share a row.
CREATE TABLE base.runs (
    run_id      TEXT NOT NULL,               -- source@start
    source      TEXT NOT NULL,
    outcome     TEXT NOT NULL,               -- of spiders.items.Outcome
    started_at  TIMESTAMPTZ NOT NULL,        -- of the first run that the row stands for
    finished_at TIMESTAMPTZ NOT NULL,        -- of the last
    runs        INTEGER NOT NULL,            -- how many it stands for
    status      INTEGER,                     -- HTTP status
    note        TEXT NOT NULL,
    listed      INTEGER,                     -- items shown; null when not looked at
    new         INTEGER NOT NULL,
    revised     INTEGER NOT NULL,
    dropped     INTEGER NOT NULL,            -- entries that could not be read
    bytes       BIGINT NOT NULL,
    baseline    BOOLEAN NOT NULL,            -- first accepted run: alerts nothing
    backfill    BOOLEAN NOT NULL             -- a burst of old items: alerts nothing
);

-- A trouble that people were told of, until it ended.
CREATE TABLE base.incidents (
    source    TEXT NOT NULL,
    state     TEXT NOT NULL,                 -- the trouble's name when it was told
    reason    TEXT NOT NULL,
    since     TIMESTAMPTZ NOT NULL,          -- start of the first troubled run
    opened_at TIMESTAMPTZ NOT NULL,          -- when it was told
    closed_at TIMESTAMPTZ                    -- first healthy answer after it; null while it lasts
);

-- Identity: survives every edit. Appended only.
CREATE TABLE base.items (
    item_no       BIGINT NOT NULL,           -- rises with first sight; joins the item tables
    key           UBIGINT NOT NULL,          -- of item_id
    item_id       TEXT NOT NULL,
    source        TEXT NOT NULL,             -- where it was seen first
    guid          TEXT,
    url           TEXT NOT NULL,
    publisher     TEXT NOT NULL,
    tier          TEXT NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,      -- end of the fetch that brought it
    stored_at     TIMESTAMPTZ NOT NULL,      -- when this warehouse came to know it
    run_id        TEXT NOT NULL,
    baseline      BOOLEAN NOT NULL,          -- came with the source's first accepted run
    backfill      BOOLEAN NOT NULL           -- came in a burst of old items
);

-- Each distinct text an item has had. Appended only: A, B, A are three rows.
CREATE TABLE base.revisions (
    item_no             BIGINT NOT NULL,
    item_id             TEXT NOT NULL,
    number              INTEGER NOT NULL,    -- 1, 2, 3 ... for each item
    content_hash        TEXT NOT NULL,       -- of title and normalised text
    title               TEXT NOT NULL,
    text                TEXT NOT NULL,
    url                 TEXT NOT NULL,
    language            TEXT NOT NULL,
    author              TEXT,
    tags                TEXT NOT NULL,       -- JSON list
    published_raw       TEXT,                -- as stated
    published_at        TIMESTAMPTZ,         -- as believed; null when nothing believable was stated
    published_precision TEXT,                -- instant, day, month
    published_origin    TEXT,                -- feed, page, json-ld, meta, url, api
    seen_at             TIMESTAMPTZ NOT NULL,
    stored_at           TIMESTAMPTZ NOT NULL,
    run_id              TEXT NOT NULL,
    chain               TEXT NOT NULL        -- sha256 over the item's previous chain value and this revision
);

-- What was noticed about an item's presence at its source. Appended only.
CREATE TABLE base.sightings (
    item_no  BIGINT NOT NULL,
    item_id  TEXT NOT NULL,
    source   TEXT NOT NULL,
    kind     TEXT NOT NULL,                  -- unlisted, relisted, taken_down, restored
    noticed_at TIMESTAMPTZ NOT NULL,
    run_id   TEXT NOT NULL,
    note     TEXT NOT NULL
);

-- Articles to look at again: young ones of watched sources, and those that vanished from a listing. Small, changed in place.
CREATE TABLE base.watches (
    item_id       TEXT NOT NULL,
    item_no       BIGINT NOT NULL,
    source        TEXT NOT NULL,
    url           TEXT NOT NULL,
    kind          TEXT NOT NULL,             -- young, missing, taken_down
    since         TIMESTAMPTZ NOT NULL,
    next_probe_at TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL,
    gone          INTEGER NOT NULL           -- definite absences in different runs, in a row
);

-- What was concluded about a revision, with the version that concluded it. Appended only.
CREATE TABLE base.verdicts (
    item_no          BIGINT NOT NULL,
    item_id          TEXT NOT NULL,
    number           INTEGER NOT NULL,       -- 1, 2, 3 ... for each item
    revision         INTEGER NOT NULL,       -- of base.revisions
    category         TEXT NOT NULL,
    about_court      BOOLEAN NOT NULL,
    confidence       DOUBLE NOT NULL,
    about_confidence DOUBLE NOT NULL,
    needs_review     BOOLEAN NOT NULL,
    step             TEXT,
    event_date       DATE,
    event_date_basis TEXT,                   -- stated, relative, published
    facts            TEXT NOT NULL,          -- JSON object
    keys             TEXT NOT NULL,          -- JSON list of hard legal keys
    actors           TEXT NOT NULL,          -- JSON list
    evidence         TEXT NOT NULL,          -- JSON list of {quote, reason}
    fact_evidence    TEXT NOT NULL,          -- the same for the facts
    probabilities    TEXT NOT NULL,          -- JSON object
    version          TEXT NOT NULL,          -- of the judge and the fact rules
    judged_at        TIMESTAMPTZ NOT NULL
);

-- Every state an event has been in. Appended only; the highest version is the present.
CREATE TABLE base.event_versions (
    event_id      TEXT NOT NULL,
    version       INTEGER NOT NULL,          -- 1, 2, 3 ... for each event
    known_from    TIMESTAMPTZ NOT NULL,
    category      TEXT NOT NULL,
    about_court   BOOLEAN NOT NULL,
    title         TEXT NOT NULL,
    status        TEXT NOT NULL,
    severity      TEXT NOT NULL,
    step          TEXT,
    event_date    DATE,
    first_item_at TIMESTAMPTZ NOT NULL,
    last_item_at  TIMESTAMPTZ NOT NULL,
    item_count    INTEGER NOT NULL,
    publishers    TEXT NOT NULL,             -- JSON list
    official_url  TEXT,
    quote         TEXT NOT NULL,
    quote_url     TEXT NOT NULL,
    facts         TEXT NOT NULL,             -- JSON object
    keys          TEXT NOT NULL,             -- JSON list
    actors        TEXT NOT NULL,             -- JSON list
    clocks        TEXT NOT NULL,             -- JSON list
    merged_into   TEXT,                      -- the event that absorbed it
    first_known   TIMESTAMPTZ NOT NULL,      -- known_from of its first version
    told          BOOLEAN NOT NULL           -- false: opened by a baseline or backfill
);

-- Grouping's own notes on an event, verbatim; only the newest is kept.
CREATE TABLE base.event_profiles (
    event_id TEXT NOT NULL,
    version  INTEGER NOT NULL,
    profile  TEXT NOT NULL                   -- JSON
);

-- Which reports belong to which event, and since when we think so.
CREATE TABLE base.event_items (
    event_id   TEXT NOT NULL,
    item_no    BIGINT NOT NULL,
    item_id    TEXT NOT NULL,
    known_from TIMESTAMPTZ NOT NULL,
    known_to   TIMESTAMPTZ,                  -- when it was taken out; null: still in
    reason     TEXT NOT NULL                 -- the key or likeness that decided
);

-- Hard legal keys of events: what finds an old event without reading it.
CREATE TABLE base.event_keys (
    key        TEXT NOT NULL,                -- e.g. fr:2025-02612
    event_id   TEXT NOT NULL,
    known_from TIMESTAMPTZ NOT NULL
);

-- The life of events, step by step. Appended only.
CREATE TABLE base.event_changes (
    change_id      TEXT NOT NULL,            -- event id # number
    event_id       TEXT NOT NULL,
    number         INTEGER NOT NULL,         -- 1, 2, 3 ... for each event
    kind           TEXT NOT NULL,            -- opened, joined, status, document, facts, merged, split, edited, taken_down, restored, corrected
    changed_at     TIMESTAMPTZ NOT NULL,
    summary        TEXT NOT NULL,
    reason         TEXT NOT NULL,
    item_id        TEXT,
    item_no        BIGINT,
    before         TEXT NOT NULL,            -- JSON object of the changed fields
    after          TEXT NOT NULL,
    diff           TEXT NOT NULL,            -- of sentences, for edits
    other_event_id TEXT,
    told           BOOLEAN NOT NULL          -- false: came with a baseline or backfill
);

-- The outbox. A row is written with the change it tells and never dropped.
CREATE TABLE base.deliveries (
    delivery_id BIGINT NOT NULL,             -- rises: the order within a thread
    key         TEXT PRIMARY KEY,            -- unique for ever: what makes "never twice" true
    kind        TEXT NOT NULL,               -- root, reply, update, notice, notice_reply
    channel     TEXT NOT NULL,
    event_id    TEXT,
    change_id   TEXT,
    thread_key  TEXT,                        -- the root's key
    payload     TEXT NOT NULL,               -- JSON object
    severity    TEXT NOT NULL,
    state       TEXT NOT NULL,               -- due, sending, sent, unknown, held, refused, expired
    attempts    INTEGER NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    not_before  TIMESTAMPTZ,
    updated_at  TIMESTAMPTZ NOT NULL,
    sent_at     TIMESTAMPTZ,
    external_id TEXT,                        -- Slack's ts
    last_error  TEXT
);

-- One row a digest and one for each of its recipients.
CREATE TABLE base.digests (
    period     TEXT PRIMARY KEY,             -- e.g. 2025-W35
    first_at   TIMESTAMPTZ NOT NULL          -- when it was first made
);
CREATE TABLE base.digest_recipients (
    period     TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    state      TEXT NOT NULL,                -- claimed, sent, refused, later
    claimed_at TIMESTAMPTZ NOT NULL,
    marked_at  TIMESTAMPTZ,
    error      TEXT,
    PRIMARY KEY (period, recipient)
);

-- What people said against the machine. Appended only; the newest for a field wins in every view.
CREATE TABLE base.corrections (
    correction_id BIGINT NOT NULL,
    target        TEXT NOT NULL,             -- an item id or event id
    target_kind   TEXT NOT NULL,             -- item, event
    field         TEXT NOT NULL,             -- category, about_court, title, status, severity, event_date, merged_into, dismissed, note
    value         TEXT NOT NULL,             -- JSON
    author        TEXT NOT NULL,
    note          TEXT NOT NULL,
    made_at       TIMESTAMPTZ NOT NULL
);

-- Who may run a cycle: beside the scheduler's own limits, which do not survive every crash.
CREATE TABLE base.locks (
    name        TEXT PRIMARY KEY,
    owner       TEXT NOT NULL,
    acquired_at TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL
);

-- Finished cycles.
CREATE TABLE base.cycles (
    started_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    counts      TEXT NOT NULL                -- JSON object: sources, items, events, deliveries ...
);
