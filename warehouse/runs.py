"""Who is due, and how the sources are doing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from spiders.catalogue import Source
from spiders.items import CollectJob
from warehouse.connection import Connection
from warehouse.presence import due_probes
from warehouse.rows import SourceHealth
from warehouse.states import read_memories, read_states

#: A cycle that starts a little before a source's minute takes it along; else every second one would miss it.
SLACK = timedelta(seconds=30)


def due_jobs(
    db: Connection,
    sources: Mapping[str, Source],
    *,
    now: datetime,
    only: Collection[str] | None = None,
    force: bool = False,
) -> list[CollectJob]:
    """Return the jobs of the sources that are due, longest overdue first.

    ``only`` narrows the choice to these ids, ``force`` takes them whether due or not.
    """
    states = read_states(db)
    due: list[tuple[datetime, str]] = []
    for slug, source in sources.items():
        if only is not None and slug not in only:
            continue
        state = states.get(slug)
        wanted = state.next_due_at if state else now
        if force or wanted - min(SLACK, source.every / 10) <= now:
            due.append((wanted, slug))
    names = [slug for _, slug in sorted(due)]
    memories = read_memories(db, names)
    probes = due_probes(db, names, now=now)
    return [CollectJob(slug, memories.get(slug), probes.get(slug, ())) for slug in names]


def read_health(db: Connection, sources: Mapping[str, Source], *, now: datetime) -> list[SourceHealth]:
    """Return one row for each source of the catalogue: troubled ones first, then by name.

    State and reason are those of its last answer, as in the view ``source_health``; ``overdue`` is judged at ``now``.
    """
    states = read_states(db)
    rows = []
    for source in sources.values():
        state = states.get(source.id)
        if state is None:
            rows.append(
                SourceHealth(source.id, source.name, "new", "not asked yet", None, None, None, None, 0, 0,
                             source.official)
            )  # fmt: skip
            continue
        overdue = now - state.next_due_at > max(source.every * 3, timedelta(minutes=30))
        rows.append(
            SourceHealth(
                source=source.id,
                name=source.name,
                state=state.state,
                reason=state.reason,
                last_run_at=state.last_run_at,
                last_success_at=state.last_success_at,
                last_item_at=state.last_item_at,
                next_due_at=state.next_due_at,
                failures=state.failures,
                items=state.items,
                official=source.official,
                incident_opened_at=state.incident_opened_at,
                overdue=overdue,
            )
        )
    return sorted(rows, key=lambda row: (row.state in ("ok", "new"), row.state == "quiet", row.name))
