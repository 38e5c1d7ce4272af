"""One cycle, as plain functions on one object: plan, collect, store, deliver, publish. Prefect only calls them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any

from flows.deliver import DeliveryReport, deliver_due
from flows.locks import run_lock
from flows.runtime import Runtime
from flows.store import StoreReport, store_batch
from spiders.collect import collect
from spiders.items import CollectJob, CollectResult
from warehouse.connection import open_warehouse, transaction
from warehouse.publish import publish
from warehouse.runs import due_jobs
from warehouse.schema import schema_changed_at

log = logging.getLogger(__name__)

# Whole source runs that share one transaction: a commit costs the same for one run as for many.
BATCH = 500


class Cycle:
    """One cycle in the making: each stage leaves here what the next one needs.

    Not a dataclass on purpose: Prefect walks through dataclasses and lists that a task is handed, item by item.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        only: Collection[str] | None = None,
        force: bool = False,
        on_result: Callable[[CollectResult], None] | None = None,
    ) -> None:
        self.runtime = runtime
        self.only = only
        self.force = force
        self.on_result = on_result
        self.jobs: list[CollectJob] = []
        self.results: list[CollectResult] = []
        self.stored = StoreReport()
        self.told = DeliveryReport()
        self.errors: list[Exception] = []
        self._schema_changed_at = 0.0  # seconds since 1970, as the times of files

    def plan(self) -> None:
        """Ask the warehouse which sources are due, with what it remembers of each."""
        with open_warehouse(self.runtime.settings.warehouse) as db:
            self._schema_changed_at = schema_changed_at(db).timestamp()
            self.jobs = due_jobs(db, self.runtime.sources, now=self.runtime.now(), only=self.only, force=self.force)

    async def collect(self) -> None:
        """Crawl all due sources in one go; a source in trouble is a result with a named outcome, not an error."""
        if self.jobs:
            self.results = await collect(
                self.jobs,
                self.runtime.sources,
                now=self.runtime.now,
                options=self.runtime.collect,
                on_result=self.on_result,
            )

    def store(self) -> None:
        """Judge, group and commit: whole source runs, many to a transaction.

        When a batch fails, its runs are tried one by one, so that what is wrong with one source stops no other;
        the error is raised at the end of the cycle all the same (``raise_errors``).
        """
        for start in range(0, len(self.results), BATCH):
            batch = self.results[start : start + BATCH]
            try:
                self.stored += self._store(batch)
            except Exception:
                if len(batch) == 1:
                    raise
                log.exception("a batch of %d source runs failed; trying them one by one", len(batch))
                self._store_singly(batch)

    def _store(self, batch: Sequence[CollectResult]) -> StoreReport:
        with open_warehouse(self.runtime.settings.warehouse) as db, transaction(db):
            return store_batch(db, self.runtime, batch)

    def _store_singly(self, batch: Sequence[CollectResult]) -> None:
        for result in batch:
            try:
                self.stored += self._store([result])
            except Exception as error:
                log.exception("storing the run of %s failed", result.source)
                self.errors.append(error)

    def deliver(self) -> None:
        """Drain the outbox."""
        self.told += deliver_due(self.runtime)

    @property
    def changed(self) -> bool:
        """Whether analysts would see anything new in a published copy."""
        return self.stored.changed or self.told.changed or not self._is_copy_current()

    def _is_copy_current(self) -> bool:
        """Whether there is a copy, and one from after the last change of the schema."""
        copy = self.runtime.settings.analysts_copy
        return copy.exists() and copy.stat().st_mtime >= self._schema_changed_at

    def publish(self) -> None:
        """Replace the analysts' copy."""
        publish(self.runtime.settings.warehouse, self.runtime.settings.analysts_copy)

    def finish(self) -> dict[str, Any]:
        """Write the dead-man file and raise the first error that was kept; return the summary of the cycle."""
        summary = self.summary()
        beat = {"ended_at": self.runtime.now().isoformat(), **summary}
        temporary = self.runtime.settings.heartbeat.with_suffix(".tmp")
        temporary.write_text(json.dumps(beat, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(self.runtime.settings.heartbeat)
        if self.errors:
            raise self.errors[0]
        return summary

    def summary(self) -> dict[str, Any]:
        """Return the figures of this cycle."""
        healthy = sum(result.outcome.healthy for result in self.results)
        return {
            "sources_asked": len(self.results),
            "sources_failed": len(self.results) - healthy,
            **self.stored.summary(),
            **self.told.summary(),
        }


async def run_cycle(cycle: Cycle) -> dict[str, Any]:
    """Run one cycle without Prefect: the same stages in the same order as the ``watch`` flow."""
    with run_lock(cycle.runtime):
        cycle.plan()
        await cycle.collect()
        cycle.store()
        cycle.deliver()
        if cycle.changed:
            cycle.publish()
        return cycle.finish()
