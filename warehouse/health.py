"""How a source is doing: the state machine from run to run, without SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from spiders.catalogue import Source
from spiders.items import CollectResult, Outcome
from warehouse.cadence import next_look
from warehouse.rows import IncidentChange

RECHECK = timedelta(minutes=10)  # a first trouble is looked at again soon, however rarely the source is asked
LASTING = timedelta(minutes=30)  # trouble for longer is told even when there was a single run
WAITING = timedelta(hours=2)  # a source may ask us to wait; only waiting for longer is a trouble
BACK_OFF = timedelta(hours=6)  # failing sources are asked at least this often, or as often as their TOML says
GONE_EVERY = timedelta(days=1)
DEAD_AFTER = timedelta(days=30)  # not found for longer: dead, as if the server had said so (410)
DEAD_EVERY = timedelta(days=30)
MOVED_AFTER = timedelta(days=30)  # so long a permanent redirect is followed before people are told to change the TOML
LONGEST_WAIT = timedelta(days=7)  # a source that asks us to stay away for longer is asked then all the same


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source between two runs. ``streak_*`` counts uneventful runs not yet in the history."""

    source: str
    state: str
    reason: str
    last_run_at: datetime
    next_due_at: datetime
    last_success_at: datetime | None = None
    last_item_at: datetime | None = None
    failures: int = 0
    trouble_since: datetime | None = None
    incident_opened_at: datetime | None = None
    accepted_at: datetime | None = None
    items: int = 0
    streak_outcome: str | None = None
    streak_note: str | None = None
    streak_status: int | None = None
    streak_since: datetime | None = None
    streak_until: datetime | None = None
    streak_runs: int = 0
    moved_to: str | None = None
    moved_since: datetime | None = None


def advance(
    old: SourceState | None, source: Source, result: CollectResult, *, newest: datetime | None, new: int, now: datetime
) -> tuple[SourceState, IncidentChange | None]:
    """Return the state after one run, and the incident that it opened or closed.

    ``newest`` is when the newest item of this run was published (else seen), ``new`` the number of new items.
    """
    if old is None:
        old = SourceState(source.id, "ok", "", result.started_at, result.started_at)
    base = replace(_noting_move(old, result), last_run_at=result.started_at, items=old.items + new)
    if result.outcome.healthy:
        return _healthy(base, source, result, newest, now)
    return _troubled(base, source, result, now)


def _noting_move(old: SourceState, result: CollectResult) -> SourceState:
    """Keep where a source has moved for good, and since when its server says so; a troubled run says nothing."""
    if result.moved_to == old.moved_to or not (result.moved_to or result.outcome.healthy):
        return old
    return replace(old, moved_to=result.moved_to, moved_since=result.started_at if result.moved_to else None)


def _healthy(
    old: SourceState, source: Source, result: CollectResult, newest: datetime | None, now: datetime
) -> tuple[SourceState, IncidentChange | None]:
    accepted = old.accepted_at or (now if result.outcome is Outcome.OK else None)
    last_item = max(filter(None, (old.last_item_at, newest)), default=accepted)
    well = replace(
        old,
        state="ok",
        reason="",
        last_success_at=result.finished_at,
        last_item_at=last_item,
        next_due_at=next_look(
            source, asked_at=result.started_at, last_item_at=last_item, fresh_until=result.fresh_until
        ),
        failures=0,
        trouble_since=None,
        accepted_at=accepted,
    )
    moved = old.moved_since is not None and now - old.moved_since > MOVED_AFTER
    silence = source.expect.max_silence
    if moved:
        reason = f"still read, but its address has moved to {old.moved_to}: put that into its TOML"
        well = replace(well, state="moved", reason=reason, trouble_since=old.moved_since)
    elif silence is not None and last_item is not None and now - last_item > silence:
        well = replace(well, state="quiet", reason=f"nothing new since {last_item:%Y-%m-%d}")
    return _settle(old, well, source, moved, now)


def _settle(
    old: SourceState, well: SourceState, source: Source, moved: bool, now: datetime
) -> tuple[SourceState, IncidentChange | None]:
    """Close what was open, and open an incident for an address that has moved for good: one day it leads nowhere."""
    if old.incident_opened_at is not None and (old.failures or not moved):
        began = old.trouble_since or old.incident_opened_at
        closed = IncidentChange("closed", source.id, source.name, old.state, old.reason, began, now)
        return replace(well, incident_opened_at=None), closed
    if moved and old.incident_opened_at is None and well.moved_since is not None:
        opened = IncidentChange("opened", source.id, source.name, well.state, well.reason, well.moved_since, now)
        return replace(well, incident_opened_at=now), opened
    return well, None


def _troubled(
    old: SourceState, source: Source, result: CollectResult, now: datetime
) -> tuple[SourceState, IncidentChange | None]:
    failures = old.failures + 1
    # A well source has an incident only for its redirect; a worse trouble is told beside it.
    since = (old.trouble_since if old.failures else None) or result.started_at
    told = old.incident_opened_at if old.failures else None
    dead = result.outcome is Outcome.GONE and failures >= 2 and (result.status == 410 or now - since > DEAD_AFTER)
    pause = DEAD_EVERY if dead else _pause(source, result.outcome, failures)
    state = replace(
        old,
        state="dead" if dead else result.outcome.value,
        reason=result.note,
        next_due_at=_not_before(result.started_at + pause, result),
        failures=failures,
        trouble_since=since,
        incident_opened_at=told,
    )
    if told is not None or not _worth_telling(result.outcome, failures, now - since):
        return state, None
    opened = IncidentChange("opened", source.id, source.name, state.state, state.reason, since, now)
    return replace(state, incident_opened_at=now), opened


def _not_before(due: datetime, result: CollectResult) -> datetime:
    if result.retry_at is None:
        return due
    return max(due, min(result.retry_at, result.started_at + LONGEST_WAIT))


def _worth_telling(outcome: Outcome, failures: int, lasted: timedelta) -> bool:
    if outcome is Outcome.WAIT:
        return failures >= 2 and lasted > WAITING
    return failures >= 2 or lasted > LASTING


def _pause(source: Source, outcome: Outcome, failures: int) -> timedelta:
    """Return how long to leave a troubled source alone: soon at first, then doubling, never for good."""
    if outcome is Outcome.GONE and failures >= 2:
        return max(source.every, GONE_EVERY)
    if failures == 1 and outcome is not Outcome.WAIT:
        return min(source.every, RECHECK)
    longest = max(source.every, BACK_OFF)
    doubled: timedelta = source.every * 2 ** min(failures - 1, 20)
    return min(longest, doubled)
