-- What was told, what people said against it, and how long it took.

CREATE OR REPLACE VIEW deliveries AS
SELECT delivery_id, key, kind, channel, event_id, change_id, thread_key, severity, state, attempts, created_at,
    not_before, sent_at, external_id, last_error, payload::JSON AS payload
FROM base.deliveries;
COMMENT ON VIEW deliveries IS 'The outbox: every alert that was to be told, and what became of it';
COMMENT ON COLUMN deliveries.delivery_id IS 'Rises with time';
COMMENT ON COLUMN deliveries.key IS 'Unique for ever';
COMMENT ON COLUMN deliveries.kind IS 'root, reply, update, notice or notice_reply';
COMMENT ON COLUMN deliveries.channel IS 'Where it goes';
COMMENT ON COLUMN deliveries.event_id IS 'The event it tells';
COMMENT ON COLUMN deliveries.change_id IS 'The change it tells';
COMMENT ON COLUMN deliveries.thread_key IS 'Key of the root it replies to';
COMMENT ON COLUMN deliveries.severity IS 'critical, high, normal or low';
COMMENT ON COLUMN deliveries.state IS 'due, sending, sent, unknown, held, refused or expired';
COMMENT ON COLUMN deliveries.attempts IS 'How often sending was tried';
COMMENT ON COLUMN deliveries.created_at IS 'When it was written, in the transaction of its change';
COMMENT ON COLUMN deliveries.not_before IS 'Held back until then';
COMMENT ON COLUMN deliveries.sent_at IS 'When it was accepted';
COMMENT ON COLUMN deliveries.external_id IS 'The message''s id at its destination';
COMMENT ON COLUMN deliveries.last_error IS 'Why it was not accepted';
COMMENT ON COLUMN deliveries.payload IS 'JSON object: text of notices; events are rendered from their row';

CREATE OR REPLACE VIEW corrections AS
SELECT correction_id, target, target_kind, field, value::JSON AS value, author, note, made_at AS known_from,
    lead(made_at) OVER (PARTITION BY target, target_kind, field ORDER BY correction_id) AS known_to
FROM base.corrections;
COMMENT ON VIEW corrections IS 'What people said against the machine; the newest for a field wins in every view';
COMMENT ON COLUMN corrections.correction_id IS 'Rises with time';
COMMENT ON COLUMN corrections.target IS 'Item id or event id';
COMMENT ON COLUMN corrections.target_kind IS 'item or event';
COMMENT ON COLUMN corrections.field IS 'category, about_court, title, severity, event_date, dismissed, merged_into or note';
COMMENT ON COLUMN corrections.value IS 'JSON value that is right';
COMMENT ON COLUMN corrections.author IS 'Who said so';
COMMENT ON COLUMN corrections.note IS 'Why';
COMMENT ON COLUMN corrections.known_from IS 'When it was said';
COMMENT ON COLUMN corrections.known_to IS 'When a newer correction of the field replaced it; null: it holds';

CREATE OR REPLACE VIEW actions AS
SELECT action_id, done_at, user_id, channel, kind, event_id, payload::JSON AS payload
FROM base.actions;
COMMENT ON VIEW actions IS 'What people did in Slack: each action once, however often it was delivered';
COMMENT ON COLUMN actions.action_id IS 'The same however often it was delivered';
COMMENT ON COLUMN actions.done_at IS 'When it was handled';
COMMENT ON COLUMN actions.user_id IS 'Slack''s id of the person, or the name given to courtwatch correct';
COMMENT ON COLUMN actions.channel IS 'Where it was done';
COMMENT ON COLUMN actions.kind IS 'acknowledge, snooze, correct, mute or command; refused: what somebody might not do, or what could not be done';
COMMENT ON COLUMN actions.event_id IS 'The event it is about; null: none';
COMMENT ON COLUMN actions.payload IS 'JSON object: what was chosen or written; until when; of a refused one, what was asked and why not';

CREATE OR REPLACE VIEW latency AS
WITH judged AS (
    SELECT item_no, min(judged_at) AS judged_at FROM base.verdicts WHERE number = 1 GROUP BY item_no
), told AS (
    SELECT event_id, min(sent_at) AS delivered_at FROM base.deliveries
    WHERE kind = 'root' AND sent_at IS NOT NULL GROUP BY event_id
)
SELECT m.event_id, v.category, i.item_id, i.source, i.tier, r.published_at, i.first_seen_at AS fetched_at, j.judged_at,
    t.delivered_at,
    CASE WHEN r.published_precision = 'instant' THEN epoch(i.first_seen_at - r.published_at) END AS publish_to_fetch_s,
    epoch(j.judged_at - i.first_seen_at) AS fetch_to_judge_s,
    epoch(t.delivered_at - j.judged_at) AS judge_to_deliver_s,
    CASE WHEN r.published_precision = 'instant' THEN epoch(t.delivered_at - r.published_at) END AS publish_to_deliver_s,
    r.published_precision
FROM base.event_changes AS m
JOIN base.event_versions AS v ON v.event_id = m.event_id AND v.version = 1
JOIN base.items AS i ON i.item_no = m.item_no
JOIN base.revisions AS r ON r.item_no = i.item_no AND r.number = 1
LEFT JOIN judged AS j ON j.item_no = i.item_no
LEFT JOIN told AS t ON t.event_id = m.event_id
WHERE m.kind = 'opened' AND m.told;
COMMENT ON VIEW latency IS 'From publication to alert, for the report that opened each event; baselines and backfills left out';
COMMENT ON COLUMN latency.event_id IS 'The event';
COMMENT ON COLUMN latency.category IS 'Its category when it opened';
COMMENT ON COLUMN latency.item_id IS 'The report that opened it';
COMMENT ON COLUMN latency.source IS 'Where it was seen';
COMMENT ON COLUMN latency.tier IS 'official, court, un, ngo, press or blog';
COMMENT ON COLUMN latency.published_at IS 'As believed; null when nothing believable was stated';
COMMENT ON COLUMN latency.fetched_at IS 'When it was fetched first';
COMMENT ON COLUMN latency.judged_at IS 'When it was first judged';
COMMENT ON COLUMN latency.delivered_at IS 'When the event''s first alert was accepted';
COMMENT ON COLUMN latency.publish_to_fetch_s IS 'Seconds; null where the hour of publication is not known';
COMMENT ON COLUMN latency.fetch_to_judge_s IS 'Seconds';
COMMENT ON COLUMN latency.judge_to_deliver_s IS 'Seconds';
COMMENT ON COLUMN latency.publish_to_deliver_s IS 'Seconds; null where the hour of publication is not known';
COMMENT ON COLUMN latency.published_precision IS 'What of published_at was stated: instant, day or month; null: nothing believable';

CREATE OR REPLACE VIEW latency_percentiles AS
SELECT source, category, count(*) AS events, count(delivered_at) AS told,
    quantile_cont(publish_to_fetch_s, 0.5) AS publish_to_fetch_p50_s,
    quantile_cont(publish_to_fetch_s, 0.95) AS publish_to_fetch_p95_s,
    quantile_cont(fetch_to_judge_s, 0.5) AS fetch_to_judge_p50_s,
    quantile_cont(fetch_to_judge_s, 0.95) AS fetch_to_judge_p95_s,
    quantile_cont(judge_to_deliver_s, 0.5) AS judge_to_deliver_p50_s,
    quantile_cont(judge_to_deliver_s, 0.95) AS judge_to_deliver_p95_s,
    quantile_cont(publish_to_deliver_s, 0.5) AS publish_to_deliver_p50_s,
    quantile_cont(publish_to_deliver_s, 0.95) AS publish_to_deliver_p95_s,
    max(publish_to_deliver_s) AS publish_to_deliver_max_s
FROM latency GROUP BY source, category;
COMMENT ON VIEW latency_percentiles IS 'The view latency by source and category: half of the events, and 95 of 100, were no slower than this';
COMMENT ON COLUMN latency_percentiles.source IS 'Source of the report that opened the events';
COMMENT ON COLUMN latency_percentiles.category IS 'Their category when they opened';
COMMENT ON COLUMN latency_percentiles.events IS 'Number of events';
COMMENT ON COLUMN latency_percentiles.told IS 'How many of them were told';
COMMENT ON COLUMN latency_percentiles.publish_to_fetch_p50_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.publish_to_fetch_p95_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.fetch_to_judge_p50_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.fetch_to_judge_p95_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.judge_to_deliver_p50_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.judge_to_deliver_p95_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.publish_to_deliver_p50_s IS 'Seconds; null when none was told or the hour of publication is not known of any';
COMMENT ON COLUMN latency_percentiles.publish_to_deliver_p95_s IS 'Seconds';
COMMENT ON COLUMN latency_percentiles.publish_to_deliver_max_s IS 'Seconds';
