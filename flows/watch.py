"""The Prefect flows: a thin skin of async flows, one task a stage or batch, over the plain functions of the cycle."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import maintenance, weekly
from flows.cycle import Cycle
from flows.deliver import DeliveryReport, deliver_patiently
from flows.locks import run_lock
from flows.runtime import current_runtime
from warehouse.errors import WarehouseLocked

log = logging.getLogger(__name__)


def _is_locked(_task: Any, _run: Any, state: Any) -> bool:
    """Retry a stage only when the warehouse was locked: HTTP retries are Scrapy's, delivery's are the ledger's."""
    return isinstance(state.result(raise_on_failure=False), WarehouseLocked)


# Results stay in memory: Prefect would otherwise keep a file per result for good.
_STAGE: dict[str, Any] = {
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 3,
    "retry_delay_seconds": [5, 20, 60],
    "retry_condition_fn": _is_locked,
}


@task(name="plan", **_STAGE)
async def plan_task(run: Cycle) -> int:
    """Ask the warehouse which sources are due."""
    for fault in run.runtime.broken.values():
        log.warning("a source file is left out: %s", fault)
    run.plan()
    return len(run.jobs)


@task(name="collect", cache_policy=NO_CACHE, persist_result=False)
async def collect_task(run: Cycle) -> int:
    """One crawl for all due sources; retries of requests are the downloader's."""
    await run.collect()
    return len(run.results)


@task(name="judge-and-store", **_STAGE)
async def store_task(run: Cycle) -> dict[str, Any]:
    """Judge, group and commit the batch of source runs."""
    run.store()
    return run.stored.summary()


@task(name="deliver", **_STAGE)
async def deliver_task(run: Cycle) -> dict[str, Any]:
    """Drain the outbox."""
    run.deliver()
    return run.told.summary()


@task(name="publish", **_STAGE)
async def publish_task(run: Cycle) -> None:
    """Replace the analysts' copy."""
    run.publish()


@flow(name="watch", persist_result=False)
async def watch(sources: list[str] | None = None, force: bool = False) -> dict[str, Any]:
    """One cycle: due sources, collect, judge, group, store, deliver, publish."""
    run = Cycle(current_runtime(), only=sources, force=force)
    with run_lock(run.runtime):
        if await plan_task(run):
            await collect_task(run)
            await store_task(run)
        await deliver_task(run)
        if run.changed:
            await publish_task(run)
        summary = run.finish()
    if run.told.waiting:
        await deliver_patiently(run.runtime, lambda: _drain(run))
    return summary


async def _drain(run: Cycle) -> DeliveryReport:
    await deliver_task(run)
    return run.told


@flow(name="deliver", persist_result=False)
async def deliver() -> dict[str, Any]:
    """Drain the outbox; on its own schedule, so that a quiet hour delays nothing."""
    run = Cycle(current_runtime())
    await deliver_patiently(run.runtime, lambda: _drain(run))
    return run.told.summary()


@flow(name="clocks", persist_result=False)
async def clocks() -> dict[str, Any]:
    """Plan the reminders of what is coming due and deliver them."""
    run = Cycle(current_runtime())
    with run_lock(run.runtime):
        planned = weekly.plan_reminders(run.runtime)
        return {"reminders": planned, **await deliver_task(run)}


@flow(name="health", persist_result=False)
async def health() -> dict[str, Any]:
    """Tell operations once a day which sources are in trouble, when any is."""
    run = Cycle(current_runtime())
    with run_lock(run.runtime):
        troubled = weekly.plan_health_summary(run.runtime)
        return {"troubled": troubled, **await deliver_task(run)}


@flow(name="digest", persist_result=False)
async def digest(week: str | None = None) -> dict[str, Any]:
    """Render and send the digest of the last full week, and of earlier weeks that were missed."""
    return weekly.send_due_digests(current_runtime(), week=week)


@flow(name="maintain", persist_result=False)
async def maintain() -> dict[str, Any]:
    """Remove what retention lets go, check that all hangs together, close holes, publish anew; tell of faults."""
    run = Cycle(current_runtime())
    with run_lock(run.runtime):
        report = maintenance.maintain(run.runtime)
        return {**report.summary(), **await deliver_task(run)}


@flow(name="publish", persist_result=False)
async def publish() -> None:
    """Publish the analysts' copy anew."""
    run = Cycle(current_runtime())
    with run_lock(run.runtime):
        await publish_task(run)
