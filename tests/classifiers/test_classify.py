from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.classify import classify_documents, document_of, group, load_classifier
from classifiers.labels import load_corpus
from classifiers.verdicts import Document
from spiders.items import DateEvidence, Item
from tests.classifiers.spoken import ALERTS

KEYS = ["id", "category", "about_court", "confidence", "event_id", "event_date", "facts", "evidence"]


def day(number: int) -> datetime:
    return datetime(2027, 3, number, tzinfo=UTC)


SANCTIONS = Document(
    "a",
    "US imposes sanctions on two ICC judges, Prost and Guillou",
    "WASHINGTON - The United States on Tuesday put Judges Kimberly Prost and Nicolas Guillou of the International"
    " Criminal Court under sanctions, the State Department said.",
    publisher="One",
    published=day(2),
)
AGAIN = replace(
    SANCTIONS,
    id="b",
    title="ICC judges Prost and Guillou hit by US sanctions",
    text="Judges Kimberly Prost and Nicolas Guillou of the International Criminal Court were sanctioned by the United"
    " States on Tuesday.",
    publisher="Two",
    published=day(3),
)
ATTACK = Document(
    "c",
    "International Criminal Court hit by cyberattack",
    "The International Criminal Court said on Thursday it had detected a cyberattack on its systems.",
    published=day(5),
)
COMMENT = Document("d", "Opinion: why sanctions on the Court are wrong", "In my view sanctions harm justice.")


def test_rows_come_in_input_order_with_the_contracted_keys() -> None:
    rows = classify_documents([ATTACK, COMMENT, AGAIN, SANCTIONS], load_classifier())
    assert [row["id"] for row in rows] == ["c", "d", "b", "a"]
    assert all(list(row) == KEYS for row in rows)
    assert all(set(quote) == {"quote", "reason"} for row in rows for quote in row["evidence"])


def test_reports_of_one_event_share_its_id_and_others_do_not() -> None:
    by_id = {row["id"]: row for row in classify_documents([ATTACK, COMMENT, AGAIN, SANCTIONS], load_classifier())}
    assert by_id["a"]["event_id"] == by_id["b"]["event_id"] is not None
    assert by_id["c"]["event_id"] not in (None, by_id["a"]["event_id"])
    assert (by_id["d"]["category"], by_id["d"]["event_id"]) == ("other", None)


def test_the_order_of_the_input_changes_nothing_but_the_order_of_the_output() -> None:
    docs = [Document(f"s{i}", title, text, lang=lang) for i, (lang, _, title, text) in enumerate(ALERTS[:20])]
    docs += [SANCTIONS, AGAIN, ATTACK]
    forward = {row["id"]: row for row in classify_documents(docs, load_classifier())}
    backward = {row["id"]: row for row in classify_documents(docs[::-1], load_classifier())}
    assert forward == backward


def _of_one_day() -> list[Document]:
    """Return reports of the corpus, several of one event among them, as if all were published at one moment."""
    items = [item for item in load_corpus() if item.file == "dev.jsonl" and item.event_key]
    common = [key for key, count in Counter(item.event_key for item in items).most_common(4) if count > 2]
    chosen = [item.document for key in common for item in items if item.event_key == key][:16]
    return [replace(document, published=datetime(2025, 6, 5, tzinfo=UTC)) for document in chosen]


@settings(max_examples=15, deadline=None)
@given(st.permutations(_of_one_day()))
def test_equal_times_in_any_order_give_the_same_events(docs: list[Document]) -> None:
    rows = {row["id"]: row for row in classify_documents(docs, load_classifier())}
    assert rows == {row["id"]: row for row in classify_documents(_of_one_day(), load_classifier())}
    assert len({row["event_id"] for row in rows.values()}) < len(rows)


def test_every_run_gives_the_same_output_whatever_python_hashes_with(tmp_path: Path) -> None:
    corpus = Path(__file__).parents[2] / "classifiers" / "corpus" / "dev.jsonl"
    (tmp_path / "in.jsonl").write_text("".join(corpus.read_text("utf-8").splitlines(keepends=True)[:120]), "utf-8")
    outputs = set()
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.jsonl"
        command = [sys.executable, "-m", "flows.cli", "classify", str(tmp_path / "in.jsonl"), "-o", str(out)]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True)
        outputs.add(out.read_bytes())
    assert len(outputs) == 1


def test_an_undated_report_comes_after_all_others_whatever_day_it_names() -> None:
    undated = replace(AGAIN, published=None, text=f"Since 17 March 2023 they were threatened. {AGAIN.text}")
    docs = [undated, SANCTIONS, ATTACK]
    _, events = group(docs, load_classifier().classify(docs))
    assert events["b"] == events["a"] != events["c"]
    assert events["a"].startswith("2027-03-02")


def test_a_verdict_carries_the_version_of_judging_and_of_facts() -> None:
    classifier = load_classifier()
    [verdict] = classifier.classify([ATTACK])
    assert verdict.version == classifier.version
    assert verdict.item_id == "c"
    assert verdict.reports_event


def test_an_item_becomes_the_document_that_is_judged() -> None:
    item = Item(
        id="s:1",
        source="s",
        url="https://news.example/1",
        title="T",
        text="X",
        published=DateEvidence(at=day(4)),
        language="fr",
        publisher="P",
        tier="court",
        content_hash="h",
    )
    document = document_of(item)
    assert document == Document("s:1", "T", "X", "https://news.example/1", "P", "court", day(4), "fr")
