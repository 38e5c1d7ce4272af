"""Raw answers are kept once, with what they gave; tampering shows; others can check an event's evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from warcio.archiveiterator import WARCIterator
from warcio.checker import Checker

from spiders.items import ProbeResult
from warehouse.connection import open_warehouse
from warehouse.errors import WarehouseError
from warehouse.events import apply_changes
from warehouse.evidence import read_responses
from warehouse.export import export_evidence, export_parquet
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.schema import migrate
from warehouse.seals import read_seal
from warehouse.upkeep import find_faults

HOUR = timedelta(hours=1)
BODY = "<h1>Суд</h1>\r\n".encode("windows-1251") * 50


def store(db, make, *items, at=None, **changes):
    at = at or make.now
    [run] = store_results(db, [(make.source(), make.result(*items, at=at, **changes))], now=at)
    return run


def rows(db, sql):
    return db.execute(sql).fetchall()


def test_an_answer_is_stored_with_the_revisions_that_it_gave(make, db):
    first, second = make.item(1), make.item(2)
    listing = make.capture(first, second, body=b"list")
    page = make.capture(first, body=BODY, url="https://court.example/news/1")
    store(db, make, first, second, captures=(listing, page))
    edited = make.item(1, text="Edited.")
    store(db, make, edited, at=make.now + HOUR, captures=(make.capture(edited, second, body=b"list 2"),))
    found = rows(db, "SELECT response_id, item_id, revision FROM response_items ORDER BY ALL")
    assert found == [(1, "court:1", 1), (1, "court:2", 1), (2, "court:1", 1), (3, "court:1", 2)]
    sql = "SELECT publisher, status, sha256, bytes, kept, run_id LIKE 'court@%' FROM responses WHERE response_id = 2"
    assert rows(db, sql) == [("Court", 200, sha256(BODY).hexdigest(), len(BODY), True, True)]


def test_an_answer_without_news_leaves_nothing(make, db):
    store(db, make, make.item(1), captures=(make.capture(make.item(1)),))
    store(db, make, make.item(1), at=make.now + HOUR, captures=(make.capture(make.item(1), body=b"other"),))
    assert rows(db, "SELECT count(*) FROM responses") == [(1,)]
    assert read_seal(db)[0] == 1


def test_a_content_is_stored_once_however_often_it_came(make, db):
    for number in (1, 2, 3):
        item = make.item(number)
        store(db, make, item, at=make.now + number * HOUR, captures=(make.capture(item, body=BODY),))
    assert rows(db, "SELECT count(*), count(DISTINCT sha256) FROM responses") == [(3, 1)]
    assert rows(db, "SELECT count(*) FROM response_bodies") == [(1,)]
    assert find_faults(db) == []


def test_a_take_down_keeps_the_answer_that_proved_it_and_no_other(make, db):
    item = make.item(1)
    store(db, make, item, make.item(2))
    for hours in (1, 2, 3):
        gone = make.capture(body=f"gone {hours}".encode(), status=410, gave=((item.id, ""),))
        probes = (ProbeResult(item.id, "gone", 410),)
        store(db, make, at=make.now + hours * HOUR, listed=("court:2",), probes=probes, captures=(gone,))
    sql = "SELECT item_id, revision, status FROM response_items JOIN responses USING (response_id)"
    assert rows(db, sql) == [("court:1", None, 410)]


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("UPDATE base.bodies SET gzip = 'x'::BLOB", "content of an answer was changed"),
        ("UPDATE base.responses SET sha256 = 'forged'", "seal 1 of"),
        ("DELETE FROM base.responses WHERE response_id = 2", "seal 2 of"),
        ("DELETE FROM base.response_items; DELETE FROM base.revisions WHERE number = 2", "seal 2 of"),
        ("UPDATE base.revisions SET chain = 'made anew' WHERE number = 2", "seal 2 of"),
        ("UPDATE base.seals SET seal = 'forged' WHERE number = 1", "seal 1 of"),
        ("DELETE FROM base.seals WHERE number = 2", "more is stored than it covers"),
        ("UPDATE base.response_items SET revision = 7", "gave a revision that does not exist"),
        ("INSERT INTO base.bodies SELECT * FROM base.bodies", "stored twice"),
        ("UPDATE base.bodies SET sha256 = 'other'", "belongs to no answer"),
    ],
)
def test_whoever_changes_or_removes_what_was_stored_is_found_out(make, db, harm, fault):
    store(db, make, make.item(1), captures=(make.capture(make.item(1), body=BODY),))
    edited = make.item(1, text="Edited.")
    store(db, make, edited, at=make.now + HOUR, captures=(make.capture(edited, body=b"edited"),))
    assert find_faults(db) == []
    db.execute(harm)
    assert any(fault in line for line in find_faults(db)), find_faults(db)


def test_the_first_seal_covers_what_an_older_version_stored(make, db):
    store(db, make, make.item(1))
    db.execute("DELETE FROM base.seals")
    assert find_faults(db) == []  # as after the migration
    store(db, make, make.item(2), at=make.now + HOUR)
    assert rows(db, "SELECT number, revisions FROM seals") == [(1, 2)]
    db.execute("UPDATE base.revisions SET chain = 'forged' WHERE item_id = 'court:1'")
    assert any("seal 1 of" in line for line in find_faults(db))


@pytest.fixture
def exported(make, path, tmp_path):
    """The evidence of an event with one report: its page, an edit of it, and a page that was too large to keep."""
    item, edited = make.item(1), make.item(1, text="Edited.")
    with open_warehouse(path) as db:
        migrate(db)
        page = make.capture(item, body=BODY, url="https://court.example/news/1?a=1")
        store(db, make, item, make.item(2), captures=(page, make.capture(make.item(2), body=b"of no event")))
        large = replace(make.capture(edited, body=b"large"), body=None)
        again = make.capture(edited, body=b"edited page")
        store(db, make, edited, at=make.now + HOUR, captures=(again, large))
        apply_changes(db, [make.change(make.event(), item)], now=make.now)
    publish(path, tmp_path / "copy.duckdb")
    manifest = export_evidence(tmp_path / "copy.duckdb", make.event().id, tmp_path / "out")
    return manifest.parent, json.loads(manifest.read_text(encoding="utf-8"))


def test_the_warc_reads_back_with_the_bytes_the_addresses_and_the_hashes(exported):
    folder, manifest = exported
    read = {}
    with (folder / "evidence.warc.gz").open("rb") as stream:
        for record in WARCIterator(stream, check_digests="raise"):
            content = record.content_stream().read()
            if record.rec_type == "response":
                headers = record.rec_headers
                assert headers.get_header("WARC-Payload-Digest") == f"sha256:{sha256(content).hexdigest()}"
                assert record.http_headers.get_statuscode() == "200"
                assert record.http_headers.get_header("X-Archive-Orig-Content-Length") == "7"
                assert record.http_headers.get_header("Content-Length") == str(len(content))
                read[headers.get_header("WARC-Record-ID")] = (headers.get_header("WARC-Target-URI"), content)
    told = {entry["warc_record_id"]: entry for entry in manifest["responses"]}
    assert sorted(read.values()) == [
        ("https://court.example/news", b"edited page"),
        ("https://court.example/news/1?a=1", BODY),
    ]
    assert {key for key, entry in told.items() if entry["kept"]} == set(read)
    assert all(told[key]["sha256"] == sha256(content).hexdigest() for key, (_, content) in read.items())
    assert manifest["responses"][0]["items"] == [{"item_id": "court:1", "revision": 1}]


def test_a_reader_of_web_archives_finds_nothing_wrong_with_the_warc(exported, capsys):
    folder, _ = exported
    arguments = type("Arguments", (), {"inputs": [str(folder / "evidence.warc.gz")], "verbose": True})
    checker = Checker(arguments)
    checker.process_all()
    assert checker.exit_value == 0, capsys.readouterr().out


def test_every_file_stands_in_the_manifest_with_its_hash(exported):
    folder, manifest = exported
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(files) - {"manifest.json"} == set(manifest["sha256"])
    assert "README.txt" in files
    assert "items/001-revision-2.json" in files
    for name, digest in manifest["sha256"].items():
        assert sha256(files[name].read_bytes()).hexdigest() == digest


def test_the_chain_can_be_recomputed_as_the_readme_says(exported):
    folder, manifest = exported
    previous = ""
    for entry in manifest["revisions"]:
        told = json.loads((folder / entry["file"]).read_text(encoding="utf-8"))
        link = [previous, told["item_id"], told["number"], told["content_hash"], told["title"], told["text"]]
        previous = sha256(json.dumps(link, ensure_ascii=False).encode()).hexdigest()
        assert previous == entry["chain"]


def test_the_seal_of_the_manifest_stands_in_every_later_copy(make, exported, path, tmp_path):
    _, manifest = exported
    with open_warehouse(path) as db:
        store(db, make, make.item(3), at=make.now + 3 * HOUR)
    publish(path, tmp_path / "later.duckdb")
    sql = f"SELECT seal FROM seals WHERE number = {manifest['seal']['number']}"  # noqa: S608
    assert run_sql(tmp_path / "later.duckdb", sql).rows == [(manifest["seal"]["seal"],)]


def test_the_same_event_gives_the_same_bytes(make, exported, tmp_path):
    folder, _ = exported
    again = export_evidence(tmp_path / "copy.duckdb", make.event().id, tmp_path / "again").parent
    for name in ("evidence.warc.gz", "manifest.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_evidence_is_of_events_only(make, exported, tmp_path):
    with pytest.raises(WarehouseError, match="no such event"):
        export_evidence(tmp_path / "copy.duckdb", "court:1", tmp_path / "other")


def test_an_event_without_official_answers_has_an_empty_warc(make, db):
    store(db, make, make.item(1))
    apply_changes(db, [make.change(make.event(), make.item(1))], now=make.now)
    assert read_responses(db, make.event().id) == []


def test_contents_stay_out_of_parquet(exported, tmp_path):
    written = {path.name for path in export_parquet(tmp_path / "copy.duckdb", tmp_path / "parquet")}
    assert {"responses", "response_items.parquet", "seals.parquet"} <= written
    assert "response_bodies.parquet" not in written
