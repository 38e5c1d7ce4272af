import json
import shutil
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from replay.doors import DOORS
from replay.record import FOLDER, Edit, Event, Item, Record, RecordError, Truth, load_record, validate

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
BASELINE = 'reason = "Published before the first look."'


@pytest.fixture(scope="module")
def record() -> Record:
    return load_record()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled record that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "record"))


def make(id_: str = "a", **values: object) -> Item:
    usual: dict[str, object] = {
        "id": id_,
        "source": "icc_rss",
        "published": NOON,
        "path": f"/news/{id_}",
        "guid": id_,
        "title": "Title",
        "text": "First.\n\nSecond.",
        "truth": Truth("traffic"),
    }
    return Item(**(usual | values))  # type: ignore[arg-type]


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_record_is_large_enough_and_mostly_not_about_events(record: Record):
    told = [item for item in record.items if item.truth.role in ("report", "duplicate")]
    assert len(record.items) >= 170
    assert len(record.items) - len(told) >= len(told)
    assert 40 <= len(record.moments) <= 48


def test_every_source_has_a_door_and_every_door_shows_something_at_the_first_look(record: Record):
    sources = {door.source for door in DOORS}
    assert {source for item in record.items for source in (item.source, *item.also_in)} == sources
    thin = [source for source in sources if len(record.listed_by(source, record.moments[0].at)) < 3]
    assert not thin


def test_every_event_that_must_alert_is_told_within_a_day_of_its_first_report(record: Record):
    looks = [moment.at for moment in record.moments]
    late = {}
    for event in record.events.values():
        first = record.reports_of(event.key)[0].published
        if event.alert and (wait := looks[bisect_left(looks, first)] - first) > timedelta(hours=20):
            late[event.key] = wait
    assert not late


def test_no_page_passes_through_a_window_between_two_looks(record: Record):
    missed = {(item.id, source) for item in record.items for source in (item.source, *item.also_in)}
    for moment in record.moments:
        for door in DOORS:
            missed -= {(item.id, door.source) for item in record.listed_by(door.source, moment.at)[: door.window]}
    assert not missed


def test_most_alerting_events_are_reported_by_several_outlets_and_all_by_an_official_one_or_the_press(record: Record):
    outlets = {key: {item.source for item in record.reports_of(key)} for key, event in record.events.items()}
    alone = [key for key, event in record.events.items() if event.alert and len(outlets[key]) < 2]
    assert not alone
    french = Counter(item.truth.event for item in record.items if item.lang == "fr" and item.truth.role == "report")
    assert len(french) >= 15


def test_the_five_kinds_of_document_report_nothing_and_name_nearly_everything(record: Record):
    documents = [item for item in record.items if item.truth.role == "document"]
    assert len(documents) == 5
    for item in documents:
        assert item.truth.event is None
        named = [
            name for name in ("Hungary", "Italy", "Moscow", "Russia", "cyber", "Mali", "order") if name in item.text
        ]
        assert len(named) >= 3, item.id


def test_no_page_leads_to_a_real_host(record: Record):
    for item in record.items:
        assert "://" not in item.path
        if item.guid.startswith("https://"):
            assert ".example/" in item.guid


def test_a_page_is_unseen_before_it_is_published_and_after_it_is_gone():
    item = make(gone_at=NOON + timedelta(days=1))
    assert item.seen_at(NOON - timedelta(seconds=1)) is None
    assert item.seen_at(NOON) == item
    assert item.seen_at(NOON + timedelta(days=1)) is None
    assert item.changed_at(NOON + timedelta(days=2)) == NOON + timedelta(days=1)


def test_edits_take_effect_one_after_the_other():
    one, two = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    item = make(edits=(Edit(one, title="New"), Edit(two, text="Other.", guid="a#1")))
    first, second = item.seen_at(one), item.seen_at(two)
    assert first is not None
    assert second is not None
    assert (first.title, first.paragraphs, first.guid) == ("New", ["First.", "Second."], "a")
    assert (second.title, second.paragraphs, second.guid) == ("New", ["Other."], "a#1")
    assert [item.changed_at(at) for at in (NOON, one, two)] == [NOON, one, two]


def test_the_shown_date_is_the_stated_one_or_none():
    assert make().shown_date == NOON
    assert make(stated=NOON - timedelta(days=9)).shown_date == NOON - timedelta(days=9)
    assert make(undated=True).shown_date is None


def test_pages_are_listed_newest_first_by_their_source_and_by_others_that_share_them():
    record = validate([make("a"), make("b", published=NOON + timedelta(hours=1), also_in=("icc_news_html",))])
    later = NOON + timedelta(days=1)
    assert [item.id for item in record.listed_by("icc_rss", later)] == ["b", "a"]
    assert [item.id for item in record.listed_by("icc_news_html", later)] == ["b"]
    assert record.listed_by("icc_rss", NOON - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "a"}, "has the id of a"),
        ({"guid": "a"}, "has the guid of a"),
        ({"gone_at": NOON}, "gone before it is published"),
        ({"edits": (Edit(NOON, title="x"),)}, "not in order"),
        ({"truth": Truth("report")}, "reports no event"),
        ({"truth": Truth("report", "nothing")}, "unknown event nothing"),
        ({"truth": Truth("report", "e", "ruling", True)}, "differ in category"),
    ],
)
def test_an_item_that_contradicts_the_rest_is_refused(changes: dict[str, object], complaint: str):
    event = Event("e", "threat", NOON.date(), "A threat", alert=False, reason="")
    items = [make("a"), make("x", truth=Truth("report", "e", "threat", True)), replace(make("b"), **changes)]
    with pytest.raises(RecordError, match=complaint):
        validate(items, [event])


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (
            "items/icc_rss.jsonl",
            '"published": "2023-09-19T13:05:00Z"',
            '"published": "2023-09-19T13:05:00"',
            "published",
        ),
        ("items/icc_rss.jsonl", '"source": "icc_rss"', '"source": "un_news_en"', "belongs to un_news_en"),
        ("items/icc_rss.jsonl", '"title"', '"titel"', r"icc_rss.jsonl, line 1: "),
        ("events.toml", 'key = "hungary-notifies-2025-06-02"', 'key = "other"', "unknown event hungary-notifies"),
        ("events.toml", 'key = "icc-cyber-2023-09-19"', 'key = "icc-cyber-2025-06-30"', "stands there twice"),
        ("events.toml", "until = 2024-09-03", "until = 2024-09-01", "ends before it begins"),
        ("events.toml", f"alert = false\n{BASELINE}", f"alert = true\n{BASELINE}", "must alert but is reported before"),
        ("moments.toml", "2025-02-07T03:00:00Z", "2025-02-05T12:00:00Z", "moments are not in order"),
        ("faults.toml", 'kind = "decoy"', 'kind = "gremlin"', "faults.toml: 1.kind"),
    ],
)
def test_a_spoiled_file_is_refused_with_a_line_that_names_it(
    folder: Path, name: str, old: str, new: str, complaint: str
):
    spoil(folder, name, old, new)
    with pytest.raises(RecordError, match=complaint):
        load_record(folder)


def test_an_event_that_nobody_reports_is_refused(folder: Path):
    table = (
        '\n[[event]]\nkey = "lonely"\ncategory = "threat"\ndate = 2025-06-01\ntitle = "T"\nalert = true\nreason = ""\n'
    )
    with (folder / "events.toml").open("a", encoding="utf-8") as file:
        file.write(table)
    with pytest.raises(RecordError, match="no item reports lonely"):
        load_record(folder)


def test_items_of_a_file_stand_in_order_of_publication():
    for path in sorted((FOLDER / "items").glob("*.jsonl")):
        dates = [json.loads(line)["published"] for line in path.read_text(encoding="utf-8").splitlines()]
        assert dates == sorted(dates), path.name
