"""``serve`` hears what is pressed and sends what is due, beside the schedules and before they have started."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.actions import COMMAND
from flows import serve
from flows.settings import Settings
from replay.slack import LocalSlack
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries
from warehouse.rows import NewDelivery
from warehouse.schema import migrate

CHANNEL = "C0ALERTS01"


def test_it_listens_and_delivers_while_schedules_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    row = NewDelivery("waiting", "notice", CHANNEL, None, None, None, {"title": "Left by a killed cycle"})
    with open_warehouse(tmp_path / "warehouse.duckdb") as db:
        migrate(db)
        with transaction(db):
            add_deliveries(db, [row], now=now)
    with LocalSlack() as slack:
        ordered = {"command": COMMAND, "text": "status", "user_id": "U0ANNA", "channel_id": CHANNEL, "trigger_id": "t"}
        monkeypatch.setenv("COURTWATCH_HOME", str(tmp_path))
        monkeypatch.setenv("COURTWATCH_SLACK_TOKEN", slack.token)
        monkeypatch.setenv("COURTWATCH_SLACK_APP_TOKEN", slack.app_token)
        monkeypatch.setenv("COURTWATCH_SLACK_CHANNEL", CHANNEL)
        monkeypatch.setenv("COURTWATCH_SLACK_BASE_URL", slack.url)

        def schedules(settings: Settings, port: int) -> None:  # Prefect's server takes half a minute to start
            slack.wait_until(lambda: slack.messages)
            slack.wait_acknowledged(slack.push("slash_commands", ordered))
            slack.wait_until(lambda: slack.whispers)

        monkeypatch.setattr(serve, "configure", lambda home, log_level: None)  # it would outlive this test
        monkeypatch.setattr(serve, "_serve_with_server", schedules)
        monkeypatch.delenv("PREFECT_API_URL", raising=False)
        serve.serve_schedules(port=4_299)
        assert "Left by a killed cycle" in slack.messages[0]["text"]
        assert "No cycle has ended yet" in slack.whispers[0]["text"]
