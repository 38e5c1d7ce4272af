"""What the watch says about itself, to the operations channel: each trouble once when it starts, once when it ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from alerts.outcomes import SendOutcome
from alerts.text import clean
from alerts.wording import count, instant
from warehouse.rows import Delivery, IncidentChange, NewDelivery, SourceHealth

STATES = {
    "empty": "shows fewer items than it should",
    "changed_layout": "answers, but nothing on its page can be read any more",
    "blocked": "blocks us",
    "wait": "keeps asking us to wait",
    "moved": "has moved or no longer serves a feed",
    "gone": "is gone (404 or 410)",
    "dead": "is dead (410, or 404 for a month): it is asked once a month",
    "failed": "cannot be reached",
    "silent": "is silent for longer than usual",
}


OUTAGE = 10  # sources that stop answering at once, half of those asked or more: then it is our own connection
_NAMED = 10


def source_notices(
    incidents: Sequence[IncidentChange],
    *,
    channel: str,
    asked: int,
    told: Collection[str],
    outages: Mapping[str, Mapping[str, Any]],
) -> list[NewDelivery]:
    """Tell of the troubles that started and ended in one round of ``asked`` sources, never one by one when all fail.

    Many that cannot be reached at once are one trouble, ours, and end in its thread. ``told`` are the keys of
    troubles that were told one by one (:func:`trouble_key`), ``outages`` the payloads of those told for many, by key.
    What was told in neither way ends with a notice of its own.
    """
    lost = [incident for incident in incidents if incident.kind == "opened" and incident.state == "failed"]
    if len(lost) < OUTAGE or 2 * len(lost) < asked:
        lost = []
    named = {trouble: key for key, payload in outages.items() for trouble in payload.get("troubles", ())}
    back: dict[str, list[IncidentChange]] = {}
    notices = []
    for incident in incidents:
        trouble = trouble_key(incident, channel)
        if incident.kind == "closed" and trouble not in told and trouble in named:
            back.setdefault(named[trouble], []).append(incident)
        elif incident not in lost:
            notice = source_notice(incident, channel=channel)
            alone = incident.kind == "closed" and trouble not in told
            notices.append(replace(notice, kind="notice", thread_key=None) if alone else notice)
    if lost:
        lines = [
            f"{_listed(lost)}: {clean(lost[0].reason)}",
            "Look at the watch's own connection first. What they publish meanwhile is read when they are back.",
        ]
        title = f"🛑 {count(len(lost), 'source')} of {asked} cannot be reached at once"
        troubles = [trouble_key(incident, channel) for incident in lost]
        payload = {"title": title, "lines": lines, "kind": "outage", "troubles": troubles}
        key = f"{outage_prefix(channel)}{_mark(max(incident.at for incident in lost))}"
        notices.append(NewDelivery(key, "notice", channel, None, None, None, payload, severity="high"))
    for outage, ended in back.items():
        title = f"✅ {count(len(ended), 'source')} can be reached again"
        payload = {"title": title, "lines": [f"{_listed(ended)}."], "kind": "source_recovery"}
        key = f"{outage}:end:{_mark(max(incident.at for incident in ended))}"
        notices.append(NewDelivery(key, "notice_reply", channel, None, None, outage, payload, severity="low"))
    return notices


def outage_prefix(channel: str) -> str:
    """Return how the keys begin of what tells a channel of many sources at once."""
    return f"slack:{channel}:outage:"


def trouble_key(incident: IncidentChange, channel: str) -> str:
    """Return the key under which a source's trouble is told when it starts."""
    return _key(channel, "source", incident.source, incident.since)


def _listed(incidents: Sequence[IncidentChange]) -> str:
    names = [clean(incident.name) or incident.source for incident in incidents[:_NAMED]]
    more = len(incidents) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def source_notice(incident: IncidentChange, *, channel: str) -> NewDelivery:
    """Tell of a source's trouble when it starts, and in the same thread when it ends.

    The key is made of the source and the instant the trouble began: the same incident can never be told again.
    """
    start = trouble_key(incident, channel)
    name = clean(incident.name) or incident.source
    if incident.kind == "opened":
        said = STATES.get(incident.state, incident.state.replace("_", " "))
        lines = [
            clean(incident.reason),
            f"Since {instant(incident.since)}. What it publishes meanwhile is read when it is back.",
        ]
        payload = {"title": f"⚠️ {name} {said}", "lines": lines, "kind": "source_trouble", "source": incident.source}
        return NewDelivery(start, "notice", channel, None, None, None, payload, severity="normal")
    lasted = duration(incident.at - incident.since)
    lines = [f"It was troubled for {lasted}, since {instant(incident.since)} ({incident.state.replace('_', ' ')})."]
    payload = {
        "title": f"✅ {name} is well again",
        "lines": lines,
        "kind": "source_recovery",
        "source": incident.source,
    }
    return NewDelivery(f"{start}:end", "notice_reply", channel, None, None, start, payload, severity="low")


def refused_notice(delivery: Delivery, outcome: SendOutcome, *, channel: str, at: datetime) -> NewDelivery:
    """Tell operations that alerts to a channel are refused and why: once a day for one channel and reason.

    When the channel that refuses is the operations channel itself, the notice waits in the outbox beside the alert.
    """
    reason = clean(outcome.error) or "no reason was given"
    mark = sha256(f"{delivery.channel}|{reason}".encode()).hexdigest()[:12]
    key = f"slack:{channel}:refused:{mark}:{at.astimezone(UTC):%Y-%m-%d}"
    lines = [
        reason,
        f"First refused: {delivery.key}.",
        "Nothing is lost: the rows stay in the outbox as refused; `courtwatch doctor` says what is waiting.",
    ]
    payload = {"title": f"🛑 Alerts to {delivery.channel} are refused", "lines": lines, "kind": "refused"}
    return NewDelivery(key, "notice", channel, None, None, None, payload, severity="high")


def health_notice(troubled: Sequence[SourceHealth], *, channel: str, at: datetime) -> NewDelivery:
    """Remind once a day of sources that are still in trouble; the key holds the day."""
    lines = [
        f"{clean(row.name)}: {clean(row.state).replace('_', ' ')}{_since(row, at)}{_because(row)}"
        for row in sorted(troubled, key=lambda row: (not row.official, row.incident_opened_at or at, row.source))
    ]
    shown = lines[:10]
    more = [f"and {len(lines) - len(shown)} more: courtwatch sources list"] if len(lines) > len(shown) else []
    title = f"🩺 {count(len(lines), 'source')} in trouble"
    payload = {"title": title, "lines": [*shown, *more], "kind": "health"}
    key = f"slack:{channel}:health:{at.astimezone(UTC):%Y-%m-%d}"
    return NewDelivery(key, "notice", channel, None, None, None, payload, severity="low")


def faults_notice(faults: Sequence[str], *, channel: str, at: datetime) -> NewDelivery:
    """Tell operations that the warehouse does not hang together, once a day; the key holds the day."""
    lines = [
        *(clean(fault) for fault in faults[:10]),
        "`courtwatch verify` says it again; a backup brings back what was.",
    ]
    title = f"🛑 The warehouse is damaged: {count(len(faults), 'fault')}"
    payload = {"title": title, "lines": lines, "kind": "faults"}
    key = f"slack:{channel}:faults:{at.astimezone(UTC):%Y-%m-%d}"
    return NewDelivery(key, "notice", channel, None, None, None, payload, severity="high")


def duration(span: timedelta) -> str:
    """Write a span for people: ``40 minutes``, ``5 hours``, ``3 days``."""
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 90:
        return count(minutes, "minute")
    hours = round(minutes / 60)
    return count(hours, "hour") if hours < 48 else count(round(hours / 24), "day")


def _since(row: SourceHealth, at: datetime) -> str:
    return f" for {duration(at - row.incident_opened_at)}" if row.incident_opened_at else ""


def _because(row: SourceHealth) -> str:
    return f", {clean(row.reason)}" if row.reason else ""


def _key(channel: str, kind: str, name: str, since: datetime) -> str:
    return f"slack:{channel}:{kind}:{name}:{_mark(since)}"


def _mark(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
