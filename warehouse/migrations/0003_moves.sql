-- Where a source's address has moved for good, says its server, and since when it says so.
ALTER TABLE base.source_state ADD COLUMN moved_to TEXT;
ALTER TABLE base.source_state ADD COLUMN moved_since TIMESTAMPTZ;
