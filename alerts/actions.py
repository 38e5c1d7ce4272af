"""What people do in Slack: buttons under an event, the form behind "Wrong…", the command. Read here, not decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from alerts.blocks import Block
from alerts.text import clean, cut
from alerts.wording import CATEGORIES

Kind = Literal["acknowledge", "snooze", "wrong", "correct", "command"]
COMMAND = "/courtwatch"
SNOOZES: Mapping[str, tuple[str, timedelta]] = {  # every snooze ends; none is longer than a week
    "1h": ("1 hour", timedelta(hours=1)),
    "8h": ("8 hours", timedelta(hours=8)),
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("1 week", timedelta(days=7)),
}
_NOT_COURT = "not_about_court"
_EVENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,120}")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person did. ``id`` is the same however often Slack delivers it: act on it once."""

    id: str
    kind: Kind
    user: str  # Slack user id
    channel: str
    event_id: str | None = None
    message_ts: str | None = None
    trigger: str | None = None  # opens the form, once, within 3 seconds
    values: Mapping[str, str] = field(default_factory=dict)


def action_block(event_id: str) -> Block:
    """Make the buttons of a root: Acknowledge, Snooze…, Wrong…; nothing else stands there."""
    return {
        "type": "actions",
        "block_id": f"courtwatch:{event_id}"[:255],
        "elements": [
            _button("acknowledge", "Acknowledge", event_id),
            {
                "type": "static_select",
                "action_id": "snooze",
                "placeholder": _plain("Snooze…"),
                "options": [{"text": _plain(words), "value": key} for key, (words, _) in SNOOZES.items()],
            },
            _button("wrong", "Wrong…", event_id),
        ],
    }


def correction_form(event_id: str, title: str, *, channel: str, message_ts: str) -> dict[str, Any]:
    """Make the form behind "Wrong…": another category or not about the Court, a merge, a split, a note."""
    categories = [{"text": _plain(words), "value": key} for key, words in CATEGORIES.items()]
    not_court = {"text": _plain("Not about the Court"), "value": _NOT_COURT}
    what = {
        "type": "static_select",
        "action_id": "value",
        "placeholder": _plain("as it is"),
        "options": [*categories, not_court],
    }
    return {
        "type": "modal",
        "callback_id": "correct",
        "private_metadata": "|".join((event_id, channel, message_ts)),
        "title": _plain("What is wrong?"),
        "submit": _plain("Correct it"),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "section", "text": _plain(cut(clean(title), 300) or event_id)},
            _input("category", "It should be", what),
            _input(
                "same_as",
                "It is the same event as (event id)",
                {"type": "plain_text_input", "action_id": "value", "max_length": 120},
            ),
            _input(
                "split",
                "This report does not belong to it (address)",
                {"type": "plain_text_input", "action_id": "value", "max_length": 500},
            ),
            _input(
                "note",
                "Note for the colleagues",
                {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": 1000},
            ),
        ],
    }


def parse_action(kind: str, payload: Mapping[str, Any]) -> Action | None:
    """Read the payload of a Socket Mode envelope; None for whatever is not ours."""
    if kind == "slash_commands" and payload.get("command") == COMMAND:
        text, trigger = clean(payload.get("text")), str(payload.get("trigger_id", ""))
        return Action(
            f"command:{trigger}",
            "command",
            str(payload.get("user_id", "")),
            str(payload.get("channel_id", "")),
            values={"text": text},
        )
    if kind != "interactive":
        return None
    if payload.get("type") == "block_actions":
        return _pressed(payload)
    view = payload.get("view")
    if payload.get("type") == "view_submission" and isinstance(view, Mapping) and view.get("callback_id") == "correct":
        return _submitted(payload, view)
    return None


def _pressed(payload: Mapping[str, Any]) -> Action | None:
    pressed = (payload.get("actions") or [{}])[0]
    kind = pressed.get("action_id")
    container = payload.get("container") or {}
    ts, channel = str(container.get("message_ts", "")), str((payload.get("channel") or {}).get("id", ""))
    event_id = str(pressed.get("value") or str(pressed.get("block_id", "")).removeprefix("courtwatch:"))
    user = str((payload.get("user") or {}).get("id", ""))
    if (
        kind not in ("acknowledge", "snooze", "wrong")
        or not _EVENT_ID.fullmatch(event_id)
        or not (user and channel and ts)
    ):
        return None
    values = {}
    if kind == "snooze":
        chosen = str((pressed.get("selected_option") or {}).get("value", ""))
        if chosen not in SNOOZES:
            return None
        values = {"for": chosen}
    done = f"{kind}:{channel}:{ts}:{user}:{pressed.get('action_ts', '')}"
    return Action(done, kind, user, channel, event_id, ts, str(payload.get("trigger_id", "")), values)


def _submitted(payload: Mapping[str, Any], view: Mapping[str, Any]) -> Action | None:
    event_id, _, rest = str(view.get("private_metadata", "")).partition("|")
    channel, _, ts = rest.partition("|")
    user = str((payload.get("user") or {}).get("id", ""))
    if not _EVENT_ID.fullmatch(event_id) or not (user and channel and ts):
        return None
    state = (view.get("state") or {}).get("values") or {}
    written = {name: _value(state.get(name)) for name in ("category", "same_as", "split", "note")}
    values = {name: value for name, value in written.items() if value}
    if values.pop("category", None) == _NOT_COURT:
        values["about_court"] = "false"
    elif written["category"]:
        values["category"] = written["category"]
    return Action(f"correct:{view.get('id', '')}", "correct", user, channel, event_id, ts, None, values)


def _value(block: Any) -> str:
    element = (block or {}).get("value") or {}
    return clean(element.get("value") or (element.get("selected_option") or {}).get("value"))


def _button(action_id: str, words: str, value: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": _plain(words), "value": value}


def _input(block_id: str, words: str, element: Block) -> Block:
    return {"type": "input", "block_id": block_id, "optional": True, "label": _plain(words), "element": element}


def _plain(words: str) -> Block:
    return {"type": "plain_text", "text": words, "emoji": False}
