"""The end-to-end test: the bundled record through the real pipeline, whole, and killed twice on its way."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from warcio.archiveiterator import WARCIterator

from replay.record import load_record
from warehouse.export import export_evidence
from warehouse.guide import Query, load_queries
from warehouse.query import run_sql

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("COURTWATCH_", "PREFECT_"))}
# Nobody corrects anything in the record, and every alert is sent (tests/warehouse/test_guide.py asks these two of a
# warehouse that has such rows).
NOT_IN_THE_RECORD = {"corrections_made", "alerts_not_sent"}
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


class Whole(NamedTuple):
    """A whole demo, during which an analyst held the first copy open that was published."""

    home: Path
    code: int
    text: str
    held: list[tuple[Any, ...]]  # what the analyst saw at the beginning
    held_still: list[tuple[Any, ...]]  # and on the same connection at the end


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    home = tmp_path_factory.mktemp("demo")
    copy = home / "analysts.duckdb"
    question = "SELECT item_id, revision, title FROM items ORDER BY item_id"
    with start(home) as child, ExitStack() as open_until_the_end:
        assert child.stdout is not None
        text, analyst, held = "", None, []
        for line in child.stdout:
            text += line
            if analyst is None and copy.exists():
                analyst = open_until_the_end.enter_context(duckdb.connect(copy, read_only=True))
                held = analyst.execute(question).fetchall()
        assert analyst is not None
        return Whole(home, child.wait(), text, held, analyst.execute(question).fetchall())


def test_every_event_of_the_record_is_told_once_and_nothing_else(whole: Whole) -> None:
    code, text = whole.code, whole.text
    expected = [event for event in load_record().events.values() if event.alert]
    assert f"{len(expected)} of {len(expected)} events told, 0 of them more than once, 0 false alarms." in text
    assert code == 0


def test_every_told_event_has_the_category_and_date_of_the_record(whole: Whole) -> None:
    home = whole.home
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


def test_edits_and_troubles_are_told_once(whole: Whole) -> None:
    home = whole.home
    messages = list(posted(home).values())
    edits = [message for message in messages if message["metadata"]["event_payload"].get("change") == "edited"]
    assert all(message.get("thread_ts") for message in edits)
    assert len(edits) == len({message["metadata"]["event_payload"]["event_id"] for message in edits}) > 0
    trouble = Counter(message["metadata"]["event_payload"].get("kind") for message in messages)
    assert trouble["source_trouble"] == trouble["source_recovery"] == 1
    assert set(keys(home).values()) == {1}


def test_the_rounds_of_the_record_are_reconciled_with_the_list(whole: Whole) -> None:
    """State and OFAC name the same people; the record has no State release on the Prosecutor and no notice in print."""
    home = whole.home
    _, rows = run_sql(
        home / "analysts.duckdb",
        "SELECT name, overdue FROM reconciliation_as_of('2026-11-01') WHERE action = 'imposed' ORDER BY name",
    )
    assert len(rows) == 15
    assert {name: overdue for name, overdue in rows if overdue} == {"Karim Khan": ["release"]}


def test_an_analyst_who_holds_the_copy_open_all_the_time_disturbs_nothing_and_is_not_disturbed(whole: Whole) -> None:
    assert whole.held == whole.held_still
    assert whole.code == 0  # with every event told once, as the first test says
    assert len(run_sql(whole.home / "analysts.duckdb", "SELECT item_id FROM items").rows) > len(whole.held) > 0


@pytest.mark.parametrize("query", load_queries(), ids=lambda query: query.name)
def test_every_worked_query_of_the_guide_finds_what_it_promises_in_the_record(whole: Whole, query: Query) -> None:
    rows = run_sql(whole.home / "analysts.duckdb", query.sql).rows
    assert bool(rows) is (query.name not in NOT_IN_THE_RECORD), query.title


def test_the_evidence_of_a_sanction_round_is_whole(whole: Whole, tmp_path: Path) -> None:
    sql = "SELECT event_id FROM events WHERE category = 'sanction_round' AND about_court ORDER BY event_date LIMIT 1"
    [(event,)] = run_sql(whole.home / "analysts.duckdb", sql).rows
    manifest = json.loads(export_evidence(whole.home / "analysts.duckdb", event, tmp_path).read_text(encoding="utf-8"))
    assert manifest["responses"]
    assert all(answer["kept"] for answer in manifest["responses"])
    with (tmp_path / "evidence.warc.gz").open("rb") as stream:
        kinds = [record.rec_type for record in WARCIterator(stream, check_digests="raise") if record.raw_stream.read()]
    assert kinds.count("response") == len(manifest["responses"])


def test_the_notebook_draws_the_year(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTWATCH_HOME", str(whole.home))
    spec = importlib.util.spec_from_file_location("year", Path(__file__).parents[2] / "notebooks" / "year.py")
    assert spec is not None
    assert spec.loader is not None
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    _, drawn = notebook.app.run()
    drawn["db"].close()
    copy = whole.home / "analysts.duckdb"
    span = f"BETWEEN '{drawn['since']}' AND '{drawn['until']}'"
    [(events,)] = run_sql(copy, f"SELECT count(*) FROM events WHERE about_court AND event_date {span}").rows  # noqa: S608
    assert len(drawn["timeline"].to_dict()["data"]["values"]) == events > 10
    names = {row["name"] for row in drawn["rosters"].to_dict()["data"]["values"]}
    assert names >= {"Karim Khan", "Francesca Albanese"}
    states = {row["state"] for row in drawn["clocks"]}
    assert states >= {"Hungary", "Mali"}
    assert drawn["withdrawal_clocks"].to_dict()["layer"]
    told = run_sql(copy, "SELECT count(*) FROM latency WHERE publish_to_deliver_s IS NOT NULL").rows[0][0]
    assert len(drawn["source_lag"].to_dict()["data"]["values"]) == told > 10


def test_a_killed_demo_goes_on_and_ends_with_the_same_events_and_no_duplicate(whole: Whole, tmp_path: Path) -> None:
    home, text = whole.home, whole.text
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
