"""How an event is put into words, for Slack, console, digest and pages alike, so that all agree (DESIGN law 9)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from alerts.text import clean, cut, web_address
from warehouse.rows import ClockRow, EventRow, SourceLink

CATEGORIES: Mapping[str, str] = {
    "sanction_round": "Sanctions",
    "withdrawal": "Withdrawal",
    "cyber_incident": "Cyber incident",
    "ruling": "Ruling",
    "reprisal": "Reprisal",
    "threat": "Threat",
    "non_cooperation": "Non-cooperation",
    "custody": "Custody",
    "protective_measure": "Protective measure",
    "other": "Other",
}
STATUSES: Mapping[str, str] = {
    "reported": "Reported",
    "announced": "Announced",
    "officially_published": "Officially published",
    "in_force": "In force",
    "suspended": "Suspended or enjoined",
    "lifted": "Lifted or revoked",
}
SEVERITIES: Mapping[str, str] = {"critical": "Critical", "high": "High", "normal": "Normal", "low": "Low"}
SEVERITY_MARKS: Mapping[str, str] = {"critical": "🔴", "high": "🟠", "normal": "🔵", "low": "⚪"}
SEVERITY_ORDER = ("low", "normal", "high", "critical")
CLOCKS: Mapping[str, str] = {
    "withdrawal_effective": "Withdrawal takes effect",
    "licence_expiry": "Licence expires",
    "deadline": "Deadline",
}
STEPS: Mapping[str, str] = {
    "announced": "announced",
    "bill": "bill before a parliament",
    "called": "called for",
    "considered": "considered, not decided",
    "convicted": "convicted",
    "delisted": "taken off the list",
    "effective": "takes effect",
    "hosted": "hosted, not arrested",
    "in_force": "in force",
    "legislated": "voted by parliament",
    "licence": "licence issued",
    "non compliance": "finding of non-compliance",
    "notified": "formally notified",
    "passed": "passed by a chamber",
    "threatened": "threatened",
    "wanted": "put on a wanted list",
}
OFFICIAL_TIERS = ("official", "court", "un")

# The order in which a watch officer asks: who, by whom, under what, what exactly, from when.
# A row is (label, keys): the first key that is there gives the text; with " + " between them, all that are there.
_FACTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sanction_round": (
        ("Who", "designees | persons | targets | target"),
        ("By", "imposed_by | lifted_by | actor | by"),
        ("Authority", "authority"),
        ("Programme", "programme | program | list"),
        ("Action", "action | kind | step"),
        ("Round", "round | round_number | package"),
        ("Documents", "documents | legal_documents"),
    ),
    "withdrawal": (
        ("State", "states | state | actor"),
        ("Step", "step"),
        ("By", "announced_by | notified_by | signed_by | by"),
        ("Notified", "notified_on | notified"),
        ("Takes effect", "effective_on | effective_date | effective"),
        ("Claimed", "effective_claimed | claim"),
        ("Leaves", "from | body | treaty"),
    ),
    "cyber_incident": (
        ("Target", "target | targets"),
        ("Nature", "nature | kind | attack"),
        ("Detected", "detected_on | detected"),
        ("Disclosed", "disclosed_on | disclosed | announced"),
        ("Attribution", "attribution | attributed_to | claimed_by"),
        ("Attributed by", "attributed_by | reported_by"),
        ("Effect", "effect | status"),
    ),
    "ruling": (
        ("Who", "persons | person"),
        ("By", "chamber + court"),
        ("Decision", "kind | result | step"),
        ("State", "states | state"),
        ("Case", "case | situation"),
        ("Filing", "filing | filing_number"),
    ),
    "custody": (
        ("Who", "persons | person | target"),
        ("Step", "step | kind"),
        ("By", "actor | by | state"),
        ("Court", "court"),
        ("Place", "place"),
    ),
    "non_cooperation": (
        ("State", "states | state | actor"),
        ("Person", "persons | person | target"),
        ("Conduct", "conduct | kind | step"),
        ("Occasion", "occasion"),
    ),
}
_COMMON_FACTS = (
    ("Who", "targets | target | persons | person"),
    ("By", "actor | imposed_by | by | states | state | speaker"),
    ("What", "kind | measures | measure | step"),
    ("Instrument", "instrument | authority | bill | court"),
)
_HIDDEN_FACTS = frozenset({"unconfirmed", "effective_computed", "computed", "basis", "about_court", "event_key"})
_DATE_FACTS = frozenset({"date", "decided_on", "event_date"})  # the event's own date: told as "When"
_SURE = re.compile(r"\((\w+) ([01]?\.\d+|[01](?:\.\d+)?), [^()]*\)$")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def day(value: date) -> str:
    """Write a calendar date for people, the same in every time zone: ``5 June 2025``."""
    return f"{value.day} {value:%B %Y}"


def stated(value: datetime, precision: str | None) -> str:
    """Write a publication date with no more than was stated: the hour, the day or the month, in UTC."""
    if precision == "month":
        return f"{value.astimezone(UTC):%B %Y}"
    return day(value.astimezone(UTC).date()) if precision == "day" else instant(value)


def instant(value: datetime) -> str:
    """Write an instant in UTC; exact midnight is how a date without a time of day is kept, and shown as one."""
    value = value.astimezone(UTC)
    return day(value) if (value.hour, value.minute, value.second) == (0, 0, 0) else f"{day(value)} {value:%H:%M} UTC"


def label(table: Mapping[str, str], key: str) -> str:
    """Return the words for ``key``; keys that nobody worded are made readable (DESIGN section 3)."""
    return table.get(key) or clean(key).replace("_", " ").capitalize()


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: ``1 report``, ``6 reports``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def fact_lines(event: EventRow, *, names: int = 12) -> list[tuple[str, str]]:
    """Return the facts of an event as (label, plain text), in the order of the questions that people ask.

    What one outlet alone states is marked, where others report the event too.
    """
    used = set(_HIDDEN_FACTS)
    if event.event_date is not None:
        used |= {key for key in _DATE_FACTS if event.facts.get(key) in (None, event.event_date.isoformat())}
    lines = []
    for title, asked in _FACTS.get(event.category, _COMMON_FACTS):
        keys = _present(event, asked, used)
        if keys:
            used |= set(keys)
            lines.append((title, ", ".join(_told(event, key, names) for key in keys)))
    when = day(event.event_date) if event.event_date else ""
    if when and when not in [text for _, text in lines]:  # unless a fact has said it: "Notified", "Disclosed"
        lines.insert(min(3, len(lines)), ("When", when))
    rest = [key for key in sorted(event.facts) if key not in used and not _empty(event.facts[key])]
    return lines + [(clean(key).replace("_", " ").capitalize(), _told(event, key, names)) for key in rest]


def _present(event: EventRow, asked: str, used: set[str]) -> list[str]:
    every = " + " in asked
    keys = [
        key for key in asked.split(" + " if every else " | ") if key not in used and not _empty(event.facts.get(key))
    ]
    return keys if every else keys[:1]


def _told(event: EventRow, key: str, names: int) -> str:
    text = fact_text(event.facts[key], names=names)
    if key == "effective_on" and event.facts.get("effective_computed"):
        return f"{text} (computed, Rome Statute article 127(1))"
    alone = key in (event.facts.get("unconfirmed") or ()) and len({source.publisher for source in event.sources}) > 1
    return f"{text} (one outlet only)" if alone else text


def fact_text(value: Any, *, names: int = 12) -> str:
    """Write one fact as plain clean text: names with their role and nationality, dates written out, lists joined."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _record_text(value)
    if isinstance(value, list | tuple | set | frozenset):
        parts = [fact_text(part) for part in value if not _empty(part)]
        more = f" and {len(parts) - names} more" if len(parts) > names else ""
        return "; ".join(parts[:names]) + more
    text = clean(value)
    if _ISO_DATE.fullmatch(text):
        try:
            return day(date.fromisoformat(text))
        except ValueError:
            return text
    return STEPS.get(text, text.replace("_", " ") if re.fullmatch(r"[a-z_]+", text) else text)


def _record_text(value: Mapping[str, Any]) -> str:
    name = clean(value.get("name") or value.get("title") or value.get("id") or "")
    rest = [clean(value[key]) for key in ("role", "nationality", "country") if not _empty(value.get(key))]
    if name:
        return f"{name} ({', '.join(rest)})" if rest else name
    return ", ".join(f"{clean(key).replace('_', ' ')}: {fact_text(value[key])}" for key in sorted(value))


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, list | tuple | Mapping | set) and not value)


def confirmation(event: EventRow) -> str:
    """Say how sure we can be, by who says so: the first thing to know before waking anybody."""
    publishers = {clean(source.publisher) for source in event.sources}
    first_hand = [source for source in event.sources if source.tier in OFFICIAL_TIERS]
    if first_hand:
        others = len(publishers) - len({clean(source.publisher) for source in first_hand})
        said = f"Confirmed by {clean(first_hand[0].publisher)}"
        return f"{said}; {count(others, 'other outlet')} report{'s' if others == 1 else ''} it" if others > 0 else said
    if event.official_url:
        return "Official text found"
    if not publishers:
        return "No source kept"
    kinds = sorted({source.tier for source in event.sources})
    words = {"press": "press", "ngo": "NGO", "blog": "blog"}
    said = " and ".join(words.get(kind, clean(kind)) for kind in kinds)
    return f"Not confirmed: {count(len(publishers), f'{said} outlet')}, no official text yet"


def split_sources(event: EventRow) -> tuple[list[SourceLink], list[SourceLink]]:
    """Return (official sources, the others), each address and each publisher's headline once, in the row's order."""
    official: list[SourceLink] = []
    others: list[SourceLink] = []
    seen: set[tuple[str, str]] = set()
    for source in event.sources:
        mark = (clean(source.publisher), source.url)
        if mark in seen:
            continue
        seen.add(mark)
        (official if source.tier in OFFICIAL_TIERS else others).append(source)
    return official, others


def hostname(url: str | None) -> str:
    """Return the host of an address for people, empty when it is not an address that we show."""
    return (urlsplit(web_address(url) or "").hostname or "").removeprefix("www.")


def headed_by(event: EventRow) -> str:
    """Return whose headline the event bears, where the sentence shown below it comes from somebody else; else ""."""
    headline = clean(event.title)
    named = [source.publisher for source in event.sources if clean(source.title) == headline]
    return "" if not named or quoted_from(event) in named else named[0]


def quoted_from(event: EventRow) -> str:
    """Return who is quoted: the publisher of the report with that address, else its host."""
    by_address = {source.url: source.publisher for source in event.sources}
    return by_address.get(event.quote_url) or hostname(event.quote_url) or "the report"


def why(event: EventRow, route: str = "", most: int = 2) -> str:
    """Write why somebody is told of an event: the route that takes it, and what the judging rests on, strongest first.

    The warehouse hands out the reasons of the report that is quoted, ended by ``(category 0.98, version)``.
    """
    found = _SURE.search(clean(event.reason))
    said = clean(event.reason)[: found.start()] if found else clean(event.reason)
    grounds = list(dict.fromkeys(part.strip() for part in said.split(";") if part.strip()))[:most]
    sure = f" ({min(float(found[2]), 0.99):.0%} sure)" if found and found[1] == event.category else ""
    about = "about the Court" if event.about_court else "not about the Court"
    judged = f"Judged as {label(CATEGORIES, event.category).lower()}{sure}, {about}"
    because = f": {'; '.join(grounds)}" if grounds else ""
    return joined([f"Route “{clean(route)}” takes it." if route else "", f"{judged}{because}."], " ")


def clock_text(clock: ClockRow) -> str:
    """Write a date coming due, and whether we computed it or somebody stated it."""
    subject, basis = clean(clock.subject), cut(clean(clock.basis), 140)
    said = f"{day(clock.due_on)}: {label(CLOCKS, clock.kind)}{f', {subject}' if subject else ''}"
    if clock.computed:
        return f"{said} (computed{f': {basis}' if basis else ''})"
    return f"{said} ({f'stated: {basis}' if basis and not basis.startswith('stated') else basis or 'stated'})"


def with_dates(text: str) -> str:
    """Write out the ISO dates in one of our own sentences."""
    return _ISO_DATE.sub(lambda match: fact_text(match.group()), text)


def joined(parts: Iterable[str], separator: str = " · ") -> str:
    """Join the parts that are not empty."""
    return separator.join(part for part in parts if part)
