"""Which of what was found may be told: old news is never new (DESIGN law 3). Pure; ``now`` is an argument."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from classifiers.verdicts import Verdict
from spiders.catalogue import Source
from spiders.items import Item

# An event is told only while it is news: an arrest announced two days later is, a ruling of last quarter is not.
EVENT_HORIZON = timedelta(days=45)


def silence_reason(
    item: Item, verdict: Verdict, source: Source, *, baseline: bool, backfill: bool, now: datetime
) -> str:
    """Return why what this item reports is no news, or an empty string when it is."""
    if baseline:
        return "baseline: the first run of its source"
    if backfill:
        return "backfill: a burst of items older than the source's horizon"
    published = item.published.at
    if published is not None and now - published > source.horizon:
        return f"published {published:%d %b %Y}, older than the source's horizon"
    reference = published or now
    happened = verdict.findings.event_date
    if happened is not None and _days_between(happened, reference) > EVENT_HORIZON.days:
        return f"about an event of {happened:%d %b %Y}, long before it was published"
    return ""


def _days_between(day: date, reference: datetime) -> int:
    return (reference.date() - day).days
