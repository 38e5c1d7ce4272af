"""Status tables: a change is an item with a name of its own, furniture is none, and one look proves nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.classify import document_of, load_classifier
from spiders.catalogue import Expectation
from spiders.items import Outcome
from spiders.status import Status, build_differences, find_differences, parse_status
from tests.spiders.conftest import NOW, make_source

LISTING = {
    "format": "status",
    "subject": "the Rome Statute",
    "item": ("table tr",),
    "note": ("ol.notes li",),
}
PARTIES = {"Chad": "20 Oct 1999|1 Nov 2006", "Hungary": "15 Jan 1999|30 Nov 2001", "Mali": "17 Jul 1998|16 Aug 2000"}
NOTES = ["On 2 June 2025, Hungary notified its withdrawal.", "For the Kingdom in Europe only, says the Netherlands."]


def table(parties=PARTIES, notes=NOTES, stamp="20-11-2026 09:15:05 EDT", furniture="", mark="1"):
    rows = "".join(
        f"<tr><td>{name}<sup>{mark}</sup></td>{''.join(f'<td>&nbsp;{cell} </td>' for cell in entry.split('|'))}</tr>\n"
        for name, entry in parties.items()
    )
    ends = "".join(f"<li><sup>{mark}{n}.</sup> {note}</li>" for n, note in enumerate(notes))
    return (
        f"<html><body>{furniture}<p>STATUS AS AT : {stamp}</p><table><tr><th>Participant</th><th>Signature</th>"
        f"<th>Ratification</th></tr>{rows}</table><ol class='notes'>{ends}</ol></body></html>"
    )


def statutes(**changes):
    plain = {"id": "status", "kind": "html", "listing": LISTING, "url": "https://paper.test/status", "tier": "un",
             "official": True, "timezone": "America/New_York", "expect": Expectation(min_items=3)}  # fmt: skip
    return make_source(**(plain | changes))


def changed(parties=PARTIES, notes=NOTES):
    now = NOW + timedelta(days=1)
    return build_differences(statutes(), table().encode(), table(parties, notes).encode(), now=now)


def test_a_new_line_is_an_item_dated_by_the_page():
    [item] = changed(PARTIES | {"Comoros": "22 Sep 2000|18 Aug 2006"})
    assert item.title == "Comoros is listed by the depositary of the Rome Statute"
    assert "22 Sep 2000 | 18 Aug 2006" in item.text
    assert item.published.at == datetime(2026, 11, 20, 14, 15, 5, tzinfo=UTC)


def test_a_line_that_went_is_an_item_that_says_what_it_held():
    [item] = changed({name: entry for name, entry in PARTIES.items() if name != "Mali"})
    assert item.title == "the Rome Statute: Mali is not listed any more"
    assert "17 Jul 1998 | 16 Aug 2000" in item.text


def test_a_date_in_brackets_is_a_party_that_has_left():
    [item] = changed(PARTIES | {"Mali": "17 Jul 1998|[16 Aug 2000]"})
    assert item.title.startswith("Mali is no longer a party to the Rome Statute")


def test_another_entry_is_told_with_what_it_was():
    [item] = changed(PARTIES | {"Mali": "17 Jul 1998|16 Aug 2000 a"})
    assert item.title == "the Rome Statute: the entry of Mali has changed"
    assert item.text.endswith("shows for Mali: 17 Jul 1998 | 16 Aug 2000 a. Before it was: 17 Jul 1998 | 16 Aug 2000.")


def test_a_new_name_is_neither_an_exit_nor_an_accession():
    renamed = {("Tchad" if name == "Chad" else name): entry for name, entry in PARTIES.items()}
    [item] = changed(renamed)
    assert item.title == "A change of name, Chad to Tchad"


def test_a_new_note_speaks_for_itself():
    [item] = changed(notes=[*NOTES, "On 16 November 2026, Chad notified its withdrawal."])
    assert item.title == "Depositary of the Rome Statute: On 16 November 2026, Chad notified its withdrawal."
    assert item.text.startswith("On 16 November 2026, Chad notified its withdrawal.\n")


def test_a_changed_note_tells_only_what_is_new_in_it():
    more = f"{NOTES[0]} On 17 November 2026, Hungary withdrew its notification."
    [item] = changed(notes=[more, NOTES[1]])
    assert item.title == "Depositary of the Rome Statute: On 17 November 2026, Hungary withdrew its notification."
    assert "2 June 2025" not in item.text


def test_a_note_that_went_is_quoted():
    [item] = changed(notes=NOTES[1:])
    assert item.title == "Depositary of the Rome Statute: a note was taken away"
    assert NOTES[0] in item.text


def test_furniture_is_no_change():
    after = table(stamp="21-11-2026 10:00:00 EDT", furniture="<input name='__VIEWSTATE' value='x'>", mark="12")
    assert build_differences(statutes(), table().encode(), after.encode(), now=NOW + timedelta(days=2)) == []


def test_a_page_set_anew_is_one_item_and_no_dozen_of_exits():
    source = statutes()
    many = {f"State {number}": f"{number} Jan 2000" for number in range(40)}
    [one] = find_differences(source, Status(many), Status({name: entry + " (a)" for name, entry in many.items()}))
    assert one.title == "Status of the Rome Statute: 40 lines differ"


tables = st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from(["1 | 2", "3 | [4]", "3 | 4", "5 | "]), min_size=1)
statuses = st.builds(Status, tables, st.lists(st.sampled_from(["One.", "One. Two.", "Three."]), unique=True).map(tuple))


@given(statuses, statuses)
def test_there_is_a_difference_exactly_where_something_differs_and_each_has_its_own_name(before, after):
    found = find_differences(statutes(), before, after)
    same = (dict(before.rows), sorted(before.notes)) == (dict(after.rows), sorted(after.notes))
    assert (found == []) is same
    gone, come = (before.rows.keys() - after.rows.keys(), after.rows.keys() - before.rows.keys())
    told = " ".join(one.title for one in found)
    assert all(f" {name} is not listed" in told or f"name, {name} to" in told for name in gone)
    assert all(f"{name} is listed" in told or f"to {name}" in told for name in come)
    assert len({one.key for one in found}) == len(found)
    assert all(one.title and one.text for one in found)


@given(st.binary(max_size=300), st.integers(0, 600))
def test_no_damage_breaks_the_reader(noise, place):
    whole = table().encode()
    status = parse_status(statutes(), whole[:place] + noise + whole[place:], None, now=NOW)
    assert status.rows or status.trouble is not None


async def test_first_look_is_a_baseline_and_a_difference_is_looked_at_twice(web, look, reply):
    web.pages["/status"] = reply(body=table())
    first = await look(statutes())
    assert (first.outcome, first.items, len(first.listed)) == (Outcome.OK, (), 3)
    web.pages["/status"] = reply(body=table(PARTIES | {"Comoros": "1 Jan 2000|2 Jan 2001"}))
    web.asked.clear()
    second = await look(statutes(), first.memory, at=NOW + timedelta(hours=6))
    assert [item.title for item in second.items] == ["Comoros is listed by the depositary of the Rome Statute"]
    assert web.paths() == ["/status", "/status"]
    third = await look(statutes(), second.memory, at=NOW + timedelta(hours=12))
    assert third.items == ()


async def test_what_one_look_alone_shows_is_no_news_and_is_not_forgotten(web, look, reply):
    new = table(PARTIES | {"Comoros": "1 Jan 2000|2 Jan 2001"})
    web.pages["/status"] = reply(body=table())
    first = await look(statutes())
    web.pages["/status"] = [reply(body=new, headers={"ETag": '"2"'}), reply(body=table()), reply(body=new)]
    second = await look(statutes(), first.memory, at=NOW + timedelta(hours=6))
    assert (second.items, second.note) == ((), "The table changed, but not at a second look.")
    third = await look(statutes(), second.memory, at=NOW + timedelta(hours=12))
    assert "if-none-match" not in web.asked[-2].headers
    assert [item.title for item in third.items] == ["Comoros is listed by the depositary of the Rome Statute"]


async def test_what_comes_back_after_it_went_is_news_again(web, look, reply):
    without = {name: entry for name, entry in PARTIES.items() if name != "Mali"}
    memory, told = None, []
    for day, parties in enumerate([PARTIES, without, PARTIES, without], start=16):
        web.pages["/status"] = reply(body=table(parties, stamp=f"{day}-11-2026 09:00:00 EDT"))
        result = await look(statutes(expect=Expectation(min_items=2)), memory, at=NOW + timedelta(days=day - 16))
        memory = result.memory
        told += [item.id for item in result.items]
    assert len(told) == len(set(told)) == 3


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (table(notes=[]), Outcome.CHANGED_LAYOUT),
        ("<html><body><p>The table moved.</p></body></html>", Outcome.CHANGED_LAYOUT),
        (table({"Chad": "20 Oct 1999|1 Nov 2006"}), Outcome.EMPTY),
    ],
)
async def test_a_table_cut_short_is_a_trouble_and_no_mass_exit(body, outcome, web, look, reply):
    web.pages["/status"] = reply(body=table())
    first = await look(statutes())
    web.pages["/status"] = reply(body=body)
    second = await look(statutes(), first.memory, at=NOW + timedelta(hours=6))
    assert (second.outcome, second.items, second.memory) == (outcome, (), None)


@pytest.mark.parametrize(
    ("parties", "notes", "step", "state"),
    [
        (PARTIES, [*NOTES, "On 16 November 2026, the Government of Chad notified the Secretary-General of its decision "
                           "to withdraw from the Statute, with effect from 16 November 2027."], "notified", "Chad"),
        (PARTIES, [*NOTES, "On 17 November 2026, the Government of Hungary notified the Secretary-General of the "
                           "withdrawal of its notification of withdrawal from the Statute."], "revoked", "Hungary"),
        (PARTIES | {"Mali": "17 Jul 1998|[16 Aug 2000]"}, NOTES, "effective", "Mali"),
    ],
)  # fmt: skip
def test_a_difference_is_judged_like_any_release(parties, notes, step, state):
    subject = "the Rome Statute of the International Criminal Court"
    source = statutes(listing=LISTING | {"subject": subject})
    pages = [table().encode(), table(parties, notes).encode()]
    [item] = build_differences(source, *pages, now=NOW + timedelta(days=1))
    [verdict] = load_classifier().classify([document_of(item)])
    assert (verdict.judgement.category, verdict.judgement.about_court) == ("withdrawal", True)
    assert not verdict.judgement.needs_review
    assert (verdict.findings.step, verdict.findings.facts["states"]) == (step, [state])
    if step == "notified":
        assert verdict.findings.facts["notified_on"] == "2026-11-16"
        assert verdict.findings.facts["effective_on"] == "2027-11-16"
