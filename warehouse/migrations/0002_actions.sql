-- What people did in Slack. Appended only; the id is the same however often Slack delivers the action.
CREATE TABLE base.actions (
    action_id TEXT PRIMARY KEY,
    user_id   TEXT NOT NULL,                 -- Slack's
    channel   TEXT NOT NULL,                 -- where it was done
    event_id  TEXT,                          -- null: about no event
    kind      TEXT NOT NULL,                 -- acknowledge, snooze, correct, mute, command
    payload   TEXT NOT NULL,                 -- JSON object: what was chosen or written, until when
    done_at   TIMESTAMPTZ NOT NULL
);
