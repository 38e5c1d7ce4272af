"""OFAC's list changes."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.catalogue import load_sources
from spiders.ofac import parse_delta

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD = '<sanctionsData xmlns="https://www.treasury.gov/ofac/DeltaFile/1.0"><entities>'


def entity(action, name, *programmes, kind="Individual", script="Latin", number=1, within="", names=""):
    tags = "".join(f'<sanctionsProgram id="1"{within}>{one}</sanctionsProgram>' for one in programmes)
    return (
        f'<entity id="{number}" action="{action}">'
        f"<generalInfo><entityType>{kind}</entityType></generalInfo>"
        f"<sanctionsPrograms>{tags}</sanctionsPrograms><names><name><isPrimary>true</isPrimary><translations>"
        f"<translation><script>Cyrillic</script><formattedFullName>ИНАЧЕ</formattedFullName></translation>"
        f"<translation><script>{script}</script><formattedFullName>{name}</formattedFullName></translation>"
        f"</translations></name>{names}</names></entity>"
    )


def alias(action, name):
    return (
        f'<name action="{action}"><isPrimary>false</isPrimary><aliasType>A.K.A.</aliasType><translations><translation>'
        f"<formattedFullName>{name}</formattedFullName></translation></translations></name>"
    )


def delta(*entities):
    return f"{HEAD}{''.join(entities)}</entities></sanctionsData>".encode()


def test_additions_removals_and_changes_are_named_with_their_programmes():
    article = parse_delta(
        delta(
            entity("add", "EXAMPLE, Erika", "ICC-EO14203"),
            entity("remove", "SAMPLE, Stefan", "SDGT", "IFSR"),
            entity("modify", "PATTERN LTD", "SDGT", kind="Entity"),
        )
    )
    assert article.title == (
        "OFAC sanctions list: 1 added under ICC-EO14203 (sanctions over the International Criminal Court, Executive "
        "Order 14203); 1 delisted under SDGT; 1 delisted under IFSR; 1 corrected"
    )
    assert article.text.splitlines() == [
        "The following individuals have been added to OFAC's SDN List:",
        "EXAMPLE, Erika (individual) [ICC-EO14203].",
        "The following deletions have been made to OFAC's SDN List:",
        "SAMPLE, Stefan (individual) [SDGT] [IFSR].",
        "Administrative changes, no new sanctions apply:",
        "PATTERN LTD (entity): details changed.",
    ]
    assert article.tags == ("ICC-EO14203", "SDGT", "IFSR")


def test_entries_under_the_courts_programme_come_first():
    others = [entity("add", f"N{n}", "SDGT", number=n) for n in range(450)]
    article = parse_delta(delta(*others, entity("add", "EXAMPLE, Erika", "ICC-EO14203")))
    assert article.title.startswith("OFAC sanctions list: 1 added under ICC-EO14203")
    assert "450 added under SDGT" in article.title
    assert article.text.splitlines()[1] == "EXAMPLE, Erika (individual) [ICC-EO14203]."


def test_changed_aliases_are_told_and_put_nobody_under_an_order():
    names = alias("add", "MUSTER, Erika") + alias("remove", "BEISPIEL, Erika") + alias("", "E.")
    article = parse_delta(delta(entity("modify", "EXAMPLE, Erika", "ICC-EO14203", names=names)))
    assert article.title == "OFAC sanctions list: 1 corrected"
    assert article.text.splitlines()[1] == (
        "EXAMPLE, Erika (individual): name added: MUSTER, Erika; name removed: BEISPIEL, Erika."
    )
    assert "14203" not in article.title + article.text


@pytest.mark.parametrize(("act", "said"), [("add", "1 added under"), ("remove", "1 delisted under")])
def test_a_known_party_put_under_a_further_programme_or_out_of_one_is_no_correction(act, said):
    article = parse_delta(delta(entity("modify", "EXAMPLE, Erika", "ICC-EO14203", within=f' action="{act}"')))
    assert f"{said} ICC-EO14203" in article.title
    assert "corrected" not in article.title


def test_name_that_is_given_in_parts_is_put_together():
    parts = "<formattedFirstName>Erika</formattedFirstName><formattedLastName>EXAMPLE</formattedLastName>"
    name = f"<name><translations><translation>{parts}</translation></translations></name>"
    assert "EXAMPLE, Erika [" in parse_delta(delta(f'<entity id="9" action="Add"><names>{name}</names></entity>')).text


def test_programme_of_others_says_nothing_of_the_court():
    article = parse_delta(delta(entity("add", "SAMPLE, Stefan", "SDGT")))
    assert "Court" not in article.title + article.text


def test_name_without_latin_letters_is_given_as_it_is():
    assert "ИНАЧЕ" in parse_delta(delta(entity("add", "其他", "SDGT", script="Han"))).text


def test_large_housekeeping_is_cut_with_a_count():
    article = parse_delta(delta(*(entity("modify", f"N{n}", "SDGT", number=n) for n in range(450))))
    assert article.text.splitlines()[-1] == "And 50 more entries."


@pytest.mark.parametrize("body", [b"", b"<html><p>busy</p></html>", b"<sanctionsData", b"\xff", b"{}"])
def test_what_is_no_delta_is_none_or_empty(body):
    article = parse_delta(body)
    assert article is None or article.text == ""


def test_no_file_of_ours_gets_in_by_an_entity(tmp_path):
    (tmp_path / "secret").write_text("secret")
    evil = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><sanctionsData><entity><name>&e;</name></entity></sanctionsData>'
    article = parse_delta(evil.encode())
    assert article is None or "secret" not in article.title + article.text


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_damage_breaks_the_reader(noise, place):
    whole = delta(entity("add", "EXAMPLE, Erika", "ICC-EO14203"))
    article = parse_delta(whole[:place] + noise + whole[place:])
    assert article is None or isinstance(article.text, str)


async def test_the_newest_publications_are_read_first_when_there_are_many(web, look, reply):
    source = load_sources()["us_ofac_sls_changes"]
    days = [f"2026-{month:02}-{day:02}T10:00:00" for month in range(1, 11) for day in (1, 7, 13, 19, 25, 28)]
    history = [{"publicationID": number, "datePublished": day} for number, day in enumerate(days)]
    web.pages |= {"/changes/history/2026": reply(body=json.dumps(history))}
    web.pages |= {f"/changes/{number}": reply(body=delta(entity("add", "E", "SDGT"))) for number in range(60)}
    first = await look(source)
    assert [one.guid for one in first.items] == [str(number) for number in range(10, 60)]
    second = await look(source, first.memory)
    assert [one.guid for one in second.items] == [str(number) for number in range(10)]


async def test_publication_becomes_an_item_with_who_was_listed(web, look, reply):
    source = load_sources()["us_ofac_sls_changes"]
    history = [{"publicationID": 812, "datePublished": "2026-11-19T10:01:00"}]
    web.pages |= {
        "/changes/history/2026": reply(body=json.dumps(history), headers={"Content-Type": "application/json"})
    }
    web.pages |= {"/changes/812": reply(body=delta(entity("add", "EXAMPLE, Erika", "ICC-EO14203")))}
    [item] = (await look(source)).items
    assert item.title.startswith("OFAC sanctions list: 1 added under ICC-EO14203")
    assert "EXAMPLE, Erika (individual) [ICC-EO14203]." in item.text
    assert item.published.at == datetime(2026, 11, 19, 15, 1, tzinfo=UTC)
    assert web.asked[-1].headers["user-agent"].startswith("Mozilla/5.0 (compatible; Courtwatch/")
