"""``courtwatch serve``: a Prefect server on loopback and all schedules, in two processes that stop together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flows.acting import listening
from flows.errors import FlowError
from flows.postman import delivering
from flows.prefect_env import configure
from flows.runtime import build_runtime, prepare_home
from flows.settings import Settings, load_settings

if TYPE_CHECKING:  # Prefect takes seconds to import and must not be before its environment is set
    from prefect.deployments.runner import RunnerDeployment

START_TIMEOUT = 120.0  # seconds: a first start migrates Prefect's database


def serve_schedules(port: int) -> None:
    """Serve every deployment until stopped; start a Prefect server unless PREFECT_API_URL names one."""
    settings = load_settings()
    prepare_home(settings.home)
    configure(settings.home, log_level=settings.log_level)
    runtime = build_runtime(settings)
    # Scheduled runs are processes of their own; what waits to be told, and what people do in Slack, is seen to in
    # threads of this one, from before Prefect has started.
    with delivering(runtime), listening(runtime):
        if os.environ.get("PREFECT_API_URL"):
            _serve(settings)
        else:
            _serve_with_server(settings, port)


def _serve_with_server(settings: Settings, port: int) -> None:
    url = f"http://127.0.0.1:{port}/api"
    log = settings.home / "prefect-server.log"
    server = _start_server(port, log)
    try:
        _wait_until_healthy(url, server, log)
        os.environ["PREFECT_API_URL"] = url
        _serve(settings)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


def _start_server(port: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("ab") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise FlowError(f"the Prefect server stopped at its start: see {log}; is the port taken? try --port")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise FlowError(f"the Prefect server did not answer within {START_TIMEOUT:.0f} s: see {log}")


def _serve(settings: Settings) -> None:
    """Serve the deployments of prefect.yaml: the same names, schedules and limits."""
    from prefect import Flow, serve  # noqa: PLC0415 - after Prefect's environment is set
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy  # noqa: PLC0415
    from prefect.schedules import Cron, Interval  # noqa: PLC0415

    from flows import watch as flows  # noqa: PLC0415

    # ENQUEUE, not CANCEL_NEW: see docs/decisions.md, "Prefect".
    one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    zone = settings.timezone
    schedules: dict[Flow[..., Any], Any] = {
        flows.watch: Interval(timedelta(minutes=5)),
        flows.deliver: Interval(timedelta(minutes=2)),
        flows.clocks: Cron("0 6 * * *", timezone=zone),
        flows.health: Cron("30 6 * * *", timezone=zone),
        flows.digest: Cron("0 7 * * 1", timezone=zone),
        flows.publish: Cron("0 3 * * 0", timezone=zone),
        flows.maintain: Cron("30 3 * * 0", timezone=zone),
    }
    # Outside a running event loop to_deployment answers at once; its type also allows for the other case.
    deployments = [
        cast("RunnerDeployment", flow.to_deployment(flow.name, schedule=schedule, concurrency_limit=one))
        for flow, schedule in schedules.items()
    ]
    # Without pause_on_shutdown=False a restart would find all schedules paused.
    serve(*deployments, pause_on_shutdown=False, limit=2)
