import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flows.demo import OPERATIONS
from flows.maintenance import maintain
from replay.record import Edit
from tests.flows.test_cli import courtwatch, one_line
from tests.flows.worlds import START, baseline, cycle, designation, page, settle, world_of
from warehouse.connection import open_warehouse
from warehouse.query import run_sql

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEPT = (
    "SELECT i.title, r.kept FROM responses AS r JOIN response_items USING (response_id) JOIN items AS i USING (item_id)"
)


def test_raw_answers_of_an_official_source_go_by_the_settings_and_those_of_events_stay(tmp_path: Path) -> None:
    ordinary, release = page(9, START + HOUR), designation(10, START + 5 * HOUR)
    with world_of(tmp_path, *baseline(), ordinary, release) as world:
        for at in (START, START + 2 * HOUR, START + 6 * HOUR):
            cycle(world, at)
        copy = world.runtime.settings.analysts_copy
        assert {kept for _, kept in run_sql(copy, KEPT).rows} == {True}
        world.clock.set(START + 100 * DAY)
        report = maintain(world.runtime)
        assert report.faults == ()
        assert report.done.bodies > 0
        # Published at once: a feed that gave the release stays whole, with all that stands in it.
        kept = dict(run_sql(copy, KEPT).rows)
        assert (kept[release.title], kept[ordinary.title]) == (True, False)
        assert run_sql(copy, "SELECT bodies, faults FROM maintenances").rows == [(report.done.bodies, 0)]


def test_an_edit_that_was_told_has_both_texts_in_evidence(tmp_path: Path) -> None:
    release = designation(9, START + HOUR)
    edited = replace(release, edits=(Edit(at=START + 5 * HOUR, text=f"{release.text} A third judge is designated."),))
    with world_of(tmp_path, *baseline(), edited) as world:
        for hours in (0, 2, 6):
            cycle(world, START + hours * HOUR)
        sql = "SELECT DISTINCT revision FROM response_items JOIN event_items USING (item_id) ORDER BY 1"
        assert run_sql(world.runtime.settings.analysts_copy, sql).rows == [(1,), (2,)]


def test_a_damaged_warehouse_is_told_to_operations_once_a_day(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        with open_warehouse(world.runtime.settings.warehouse) as db:
            db.execute("UPDATE base.revisions SET text = 'Forged.'")
        for _ in range(2):
            assert any("stored text was changed" in fault for fault in maintain(world.runtime).faults)
            settle(world)
        (notice,) = world.slack.channels[OPERATIONS].messages.values()
        assert "damaged" in notice["text"]
        assert "stored text was changed" in str(notice["blocks"])


def test_the_commands_show_what_was_tampered_with_and_what_was_removed(tmp_path: Path) -> None:
    home = tmp_path / "data"
    with world_of(home, *baseline(), designation(9, START - HOUR)) as world:
        cycle(world)
    sound = courtwatch(tmp_path, "verify")
    assert (sound.returncode, "sound" in sound.stdout) == (0, True)
    done = courtwatch(tmp_path, "maintain", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["removed_bodies"] == 0  # by the wall clock all is old, but an event needs it
    doctor = courtwatch(tmp_path, "doctor").stdout
    assert "kept 90 days and as long as an event needs them" in " ".join(doctor.split())
    assert "last maintenance" in doctor
    with open_warehouse(home / "warehouse.duckdb") as db:
        db.execute("UPDATE base.revisions SET title = 'Forged' WHERE item_no = 1")
    tampered = courtwatch(tmp_path, "verify")
    assert tampered.returncode == 1
    assert "a stored text was changed" in tampered.stdout
    assert courtwatch(tmp_path, "maintain").returncode == 1
    assert "faults found" in " ".join(courtwatch(tmp_path, "doctor").stdout.split())


def test_evidence_is_exported_from_the_command_line(tmp_path: Path) -> None:
    with world_of(tmp_path / "data", *baseline(), designation(9, START - HOUR)) as world:
        cycle(world)
        [(event,)] = run_sql(world.runtime.settings.analysts_copy, "SELECT event_id FROM events").rows
    answer = courtwatch(tmp_path, "export", "--evidence", event, "out")
    assert answer.returncode == 0, answer.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["responses"][0]["kept"] is True
    assert (tmp_path / "out" / "evidence.warc.gz").stat().st_size > 0
    assert "no such event" in one_line(courtwatch(tmp_path, "export", "--evidence", "none", "out2"))


def test_negative_days_are_wrong_use(tmp_path: Path) -> None:
    answer = courtwatch(tmp_path, "maintain", COURTWATCH_RAW_DAYS="-1")
    assert answer.returncode == 2
    assert "COURTWATCH_RAW_DAYS" in one_line(answer)
