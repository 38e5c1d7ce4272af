"""The end-to-end test: the bundled record through the real pipeline, whole, and killed twice on its way."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from replay.record import load_record
from warehouse.query import run_sql

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("COURTWATCH_", "PREFECT_"))}
EVENTS = "SELECT event_id, category, about_court, status, event_date, title, quote, facts FROM events ORDER BY event_id"

pytestmark = pytest.mark.timeout(600)


def start(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flows.cli", "demo", "--home", str(home)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=CLEAN, start_new_session=True
    )


def finish(home: Path) -> tuple[int, str]:
    with start(home) as child:
        assert child.stdout is not None
        text = child.stdout.read()
        return child.wait(), text


def kill_after(home: Path, marks: int) -> None:
    """Start the demo and kill it hard as soon as it has printed its n-th line that begins a moment or an alert."""
    with start(home) as child:
        assert child.stdout is not None
        seen = 0
        for line in child.stdout:
            seen += "─" in line
            if seen == marks:
                break
        os.killpg(child.pid, signal.SIGKILL)  # with the Prefect server that it started


def posted(home: Path) -> dict[str, Any]:
    """Return the messages that stand in the local Slack at the end, by our key."""
    messages: dict[str, Any] = {}
    for line in (home / "slack-server.jsonl").read_text(encoding="utf-8").splitlines():
        channel, message = json.loads(line)
        messages[f"{channel} {message['ts']}"] = message
    return messages


def keys(home: Path) -> Counter[str]:
    return Counter(message["metadata"]["event_payload"]["key"] for message in posted(home).values())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    home = tmp_path_factory.mktemp("demo")
    code, text = finish(home)
    return home, code, text


def test_every_event_of_the_record_is_told_once_and_nothing_else(whole: tuple[Path, int, str]) -> None:
    _, code, text = whole
    expected = [event for event in load_record().events.values() if event.alert]
    assert f"{len(expected)} of {len(expected)} events told, 0 of them more than once, 0 false alarms." in text
    assert code == 0


def test_every_told_event_has_the_category_and_date_of_the_record(whole: tuple[Path, int, str]) -> None:
    home, _, _ = whole
    record = load_record()
    pages = {item.path: item.truth.event for item in record.items}
    _, rows = run_sql(
        home / "analysts.duckdb",
        """
        SELECT e.event_id, e.category, e.event_date, i.url FROM events AS e
        JOIN event_items AS m USING (event_id) JOIN items AS i USING (item_id)
        WHERE e.event_id IN (SELECT event_id FROM deliveries WHERE kind = 'root' AND state = 'sent')
        """,
    )
    votes: dict[str, Counter[str]] = {}
    found: dict[str, tuple[str, Any]] = {}
    for event_id, category, day, url in rows:
        truth = pages.get(str(url).split(".example", 1)[1])
        if truth:
            votes.setdefault(event_id, Counter())[truth] += 1
        found[event_id] = (category, day)
    wrong = []
    for event_id, counted in votes.items():
        event = record.events[counted.most_common(1)[0][0]]
        category, day = found[event_id]
        if category != event.category or day is None or not event.date <= day <= (event.until or event.date):
            wrong.append((event.key, category, str(day)))
    assert wrong == []


def test_edits_and_troubles_are_told_once(whole: tuple[Path, int, str]) -> None:
    home, _, _ = whole
    messages = list(posted(home).values())
    edits = [message for message in messages if message["metadata"]["event_payload"].get("change") == "edited"]
    assert all(message.get("thread_ts") for message in edits)
    assert len(edits) == len({message["metadata"]["event_payload"]["event_id"] for message in edits}) > 0
    trouble = Counter(message["metadata"]["event_payload"].get("kind") for message in messages)
    assert trouble["source_trouble"] == trouble["source_recovery"] == 1
    assert set(keys(home).values()) == {1}


def test_the_rounds_of_the_record_are_reconciled_with_the_list(whole: tuple[Path, int, str]) -> None:
    """State and OFAC name the same people; the record has no State release on the Prosecutor and no notice in print."""
    home, _, _ = whole
    _, rows = run_sql(
        home / "analysts.duckdb",
        "SELECT name, overdue FROM reconciliation_as_of('2026-11-01') WHERE action = 'imposed' ORDER BY name",
    )
    assert len(rows) == 15
    assert {name: overdue for name, overdue in rows if overdue} == {"Karim Khan": ["release"]}


def test_a_killed_demo_goes_on_and_ends_with_the_same_events_and_no_duplicate(
    whole: tuple[Path, int, str], tmp_path: Path
) -> None:
    home, _, text = whole
    kill_after(tmp_path, 9)
    kill_after(tmp_path, 12)
    code, rest = finish(tmp_path)
    assert code == 0
    assert "going on from there" in rest
    assert run_sql(tmp_path / "analysts.duckdb", EVENTS) == run_sql(home / "analysts.duckdb", EVENTS)
    assert keys(tmp_path) == keys(home)
    # The same record gives the same words: what the second run printed at the end is what the first had printed.
    closing = text.split("The end of the record")[1].split("Alerts as they look")[0]
    assert closing in rest
