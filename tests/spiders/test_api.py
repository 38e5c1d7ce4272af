"""JSON interfaces."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.api import dig, parse_documents
from spiders.items import Outcome
from spiders.memory import Memory
from spiders.reading import read_documents

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REGISTER = {
    "items": "results",
    "id": "document_number",
    "title": ("title",),
    "url": "html_url",
    "date": ("filed_at", "publication_date"),
    "text": ("abstract", "excerpts", "editorial_note"),
    "tags": ("type", "agencies"),
}


@pytest.fixture
def parse(source_of):
    def run(document, **api):
        source = source_of(
            kind="json", timezone="America/New_York", api=api or REGISTER, url="https://fr.test/api.json"
        )
        return parse_documents(source, json.dumps(document).encode(), now=NOW)

    return run


def document(number, **more):
    return {"document_number": number, "title": f"Notice {number}  ", "html_url": f"https://fr.test/d/{number}"} | more


def test_federal_register_document(parse):
    [found] = parse(
        {
            "count": 1,
            "results": [
                document(
                    "2026-1",
                    type="Notice",
                    abstract=None,
                    excerpts='…the <span class="match">Court</span>…',
                    publication_date="2026-10-02",
                    agencies=[{"name": "State Department"}, {"name": "Treasury"}],
                    public_inspection_pdf_url="https://fr.test/1.pdf?1790867710",
                )
            ],
        }
    ).items
    assert (found.title, found.text, found.guid) == ("Notice 2026-1", "…the Court…", "2026-1")
    assert found.tags == ("Notice", "State Department", "Treasury")
    assert (found.published.at, found.published.precision) == (datetime(2026, 10, 2, 4, tzinfo=UTC), "day")


def test_answer_without_results_has_no_items(parse):
    parsed = parse({"description": "nothing", "count": 0})
    assert (parsed.items, parsed.trouble) == ((), None)


def test_withdrawn_document_has_no_date_and_says_why(parse):
    withdrawn = document(
        "2026-2", filed_at=None, publication_date=None, editorial_note="Withdrawn at the agency's wish."
    )
    [found] = parse({"results": [withdrawn]}).items
    assert (found.published.at, found.text) == (None, "Withdrawn at the agency's wish.")


def test_the_same_number_twice_is_one_item(parse):
    parsed = parse({"results": [document("2026-1"), document("2026-1", title="Again")]})
    assert ([one.title for one in parsed.items], parsed.dropped) == (["Notice 2026-1"], 1)


def test_number_keeps_its_id_when_the_document_is_printed(parse):
    filed, printed = (
        parse({"results": [document("2026-1", html_url=f"https://fr.test/{way}/1")]}) for way in ("pi", "d")
    )
    assert filed.items[0].id == printed.items[0].id


def test_array_at_the_root_and_address_from_a_field(parse):
    rules = {
        "items": "",
        "id": "publicationID",
        "title": ("publicationID",),
        "url": "https://sls.test/changes/{publicationID}",
    }
    [found] = parse(
        [{"publicationID": 712, "datePublished": "2026-11-19T10:01:00"}, {"publicationID": None}], **rules
    ).items
    assert (found.url, found.title) == ("https://sls.test/changes/712", "712")


def test_field_in_an_address_cannot_leave_its_place(parse):
    rules = {"title": ("id",), "url": "https://doc.test/doc/{id}/"}
    [found] = parse([{"id": "../../x?y#z"}], **rules).items
    assert found.url == "https://doc.test/doc/..%2F..%2Fx%3Fy%23z/"


def test_only_addresses_of_releases_are_kept(parse):
    rules = {"items": "items", "title": ("title",), "url": "url", "keep": r"/press-releases/[a-z]+\d+"}
    entries = [
        {"title": "All", "url": "/news/press-releases/"},
        {"title": "One", "url": "/news/press-releases/sb0621/"},
    ]
    assert [one.url for one in parse({"items": entries}, **rules).items] == [
        "https://fr.test/news/press-releases/sb0621/"
    ]


def test_language_an_aggregator_names_is_kept(parse):
    rules = {"items": "articles", "title": ("title",), "url": "url", "language": "language"}
    found = parse(
        {
            "articles": [
                {"title": "a", "url": "https://a.test/", "language": "French"},
                {"title": "b", "url": "https://b.test/"},
            ]
        },
        **rules,
    )
    assert [one.language for one in found.items] == ["fr", "en"]


@pytest.mark.parametrize(
    "answer", [{"error": "moved"}, {"results": "none"}, {"results": [{"x": 1}]}, [], "text", None, 7]
)
def test_another_shape_is_a_changed_layout(answer, parse):
    assert parse(answer).trouble is Outcome.CHANGED_LAYOUT


def test_only_new_and_revised_documents_come_back(source_of):
    source = source_of(kind="json", api=REGISTER)
    first = read_documents(source, json.dumps({"results": [document("1")]}).encode(), Memory(), now=NOW)
    both = json.dumps({"results": [document("2"), document("1", abstract="Now with a summary.")]}).encode()
    second = read_documents(source, both, Memory.from_json(first.memory.to_json()), now=NOW)
    assert [one.guid for one in second.items] == ["2", "1"]
    third = read_documents(source, both, Memory.from_json(second.memory.to_json()), now=NOW)
    assert (third.items, len(third.listed)) == ((), 2)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["results", "title", "html_url", "0"]), inner)
    ),
    max_leaves=10,
)


@given(json_values, st.lists(st.sampled_from(["results", "title", "0", "-1", "99", ""]), max_size=3).map(".".join))
def test_no_path_breaks_on_any_document(value, path):
    dig(value, path)


@given(json_values)
def test_no_document_breaks_the_reader(value):
    from tests.spiders.conftest import make_source

    source = make_source(kind="json", api=REGISTER)
    parsed = parse_documents(source, json.dumps(value).encode(), now=NOW)
    assert parsed.trouble is not None or parsed.dropped >= 0
