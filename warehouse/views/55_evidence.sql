-- What official sources answered, byte for byte, and what shows that nothing was changed since.

CREATE OR REPLACE VIEW responses AS
SELECT r.response_id, r.source, s.publisher, r.url, r.status, r.headers::JSON AS headers, r.fetched_at, r.sha256, r.bytes,
    b.sha256 IS NOT NULL AS kept, octet_length(b.gzip) AS gzip_bytes, r.run_id, r.stored_at AS known_from
FROM base.responses AS r
LEFT JOIN base.sources AS s USING (source)
LEFT JOIN base.bodies AS b ON b.sha256 = r.sha256;
COMMENT ON VIEW responses IS 'Answers of official sources that brought something new or show that it is gone: evidence';
COMMENT ON COLUMN responses.response_id IS 'Rises with time';
COMMENT ON COLUMN responses.source IS 'The source';
COMMENT ON COLUMN responses.publisher IS 'Who publishes there';
COMMENT ON COLUMN responses.url IS 'The address that answered, after redirects';
COMMENT ON COLUMN responses.status IS 'HTTP status; 404 and 410 prove take-downs';
COMMENT ON COLUMN responses.headers IS 'JSON list of [name, value], as received, cookies left out';
COMMENT ON COLUMN responses.fetched_at IS 'When it was received';
COMMENT ON COLUMN responses.sha256 IS 'Hash of the content, after transfer and content decoding';
COMMENT ON COLUMN responses.bytes IS 'Size of the same';
COMMENT ON COLUMN responses.kept IS 'Whether the content is here; false: too large, or its time was over and no event needs it';
COMMENT ON COLUMN responses.gzip_bytes IS 'Size of the kept content, compressed; null: not kept';
COMMENT ON COLUMN responses.run_id IS 'The source run that received it';
COMMENT ON COLUMN responses.known_from IS 'When this warehouse stored it';

CREATE OR REPLACE VIEW response_items AS SELECT response_id, item_id, revision FROM base.response_items;
COMMENT ON VIEW response_items IS 'Which revisions were read from which answer';
COMMENT ON COLUMN response_items.response_id IS 'The answer';
COMMENT ON COLUMN response_items.item_id IS 'The item';
COMMENT ON COLUMN response_items.revision IS 'Number of the revision; null: the answer shows that the item is gone';

CREATE OR REPLACE VIEW response_bodies AS SELECT sha256, gzip, stored_at AS known_from FROM base.bodies;
COMMENT ON VIEW response_bodies IS 'The kept contents of answers, each once; courtwatch export --evidence writes those of an event as WARC';
COMMENT ON COLUMN response_bodies.sha256 IS 'Hash of the content';
COMMENT ON COLUMN response_bodies.gzip IS 'The content in gzip; in Python gzip.decompress(value)';
COMMENT ON COLUMN response_bodies.known_from IS 'When it was stored';

CREATE OR REPLACE VIEW seals AS SELECT number, revisions, responses, seal, sealed_at AS known_from FROM base.seals;
COMMENT ON VIEW seals IS 'One hash a storing over all it stored and over the seal before: compare one that you noted with the same number later';
COMMENT ON COLUMN seals.number IS '1, 2, 3 ...';
COMMENT ON COLUMN seals.revisions IS 'Revisions stored so far';
COMMENT ON COLUMN seals.responses IS 'Answers stored so far';
COMMENT ON COLUMN seals.seal IS 'sha256 over the seal before, the chain of each new revision and the hash of each new answer';
COMMENT ON COLUMN seals.known_from IS 'When it was made';

CREATE OR REPLACE VIEW maintenances AS SELECT ran_at AS known_from, bodies, bytes, runs, faults FROM base.maintenances;
COMMENT ON VIEW maintenances IS 'What maintenance removed because its time was over; items, revisions, verdicts, events and alerts are never removed';
COMMENT ON COLUMN maintenances.known_from IS 'When it ran';
COMMENT ON COLUMN maintenances.bodies IS 'Contents of answers that were removed; their rows and hashes stay';
COMMENT ON COLUMN maintenances.bytes IS 'That they took, compressed';
COMMENT ON COLUMN maintenances.runs IS 'Rows of uneventful source runs that were removed';
COMMENT ON COLUMN maintenances.faults IS 'Found by the integrity check';
