"""Messages: what a watch officer reads, and what Slack would refuse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.blocks import fits, weight
from alerts.messages import render_delivery, render_event, render_notice
from alerts.mrkdwn import read_blocks
from alerts.replies import escalates, render_change
from replay.slack_limits import ALL_TEXT, block_errors, text_size
from tests.alerts.samples import AT, change, delivery, event, every_category, every_change, source
from tests.alerts.test_text import HOSTILE
from warehouse.rows import ChangeRow, ClockRow, EventRow


def lines(message: Any) -> list[str]:
    return [line.text for block in read_blocks(message.blocks) for line in block]


def joined(message: Any) -> str:
    return "\n".join(lines(message))


@pytest.mark.parametrize("row", every_category(), ids=lambda row: row.category)
def test_every_category_fits_and_stands_alone(row: EventRow) -> None:
    message = render_event(row)
    assert block_errors(message.blocks) == []
    assert fits(message.blocks)
    assert row.title in message.text
    assert lines(message)[0].endswith(row.title)


def test_the_first_lines_answer_what_whom_by_whom_under_what_since_when_how_sure_and_where() -> None:
    shown = lines(render_event(event()))
    assert shown[0] == "🔴 United States designates four ICC judges under EO 14203"
    assert (
        shown[1] == "Critical · Sanctions · Announced · Confirmed by US Department of State; 9 other outlets report it"
    )
    assert shown[2].startswith("Who  Solomy Balungi Bossa (judge, Uganda); Luz del Carmen")
    assert shown[3:6] == ["By  United States (Department of State)", "Authority  EO 14203", "When  5 June 2025"]
    assert shown[8].startswith("Official text  US Department of State: Designating four ICC judges")


def test_the_quote_is_linked_to_the_report_it_stands_in() -> None:
    message = render_event(event())
    quote = next(
        block["text"]["text"] for block in message.blocks if block.get("text", {}).get("text", "").startswith(">“")
    )
    assert quote.endswith("\n— <https://www.state.example/designating-four-judges|US Department of State>")


def test_an_event_that_only_the_press_has_says_so() -> None:
    press = (
        source("Reuters", "One"),
        source("Reuters", "One again", url="https://reuters.example/2"),
        source("AFP", "Two"),
    )
    shown = joined(render_event(event(sources=press, official_url=None)))
    assert "Not confirmed: 2 press outlets, no official text yet" in shown
    assert "Official text  none found yet" in shown


def test_further_outlets_are_counted_not_listed() -> None:
    sources = tuple(source(f"Outlet {number}", f"Title {number}") for number in range(11))
    shown = lines(render_event(event(sources=sources)))
    assert sum(line.startswith("Also  ") for line in shown) == 5
    assert "and 6 more" in shown


def test_a_computed_date_is_marked_as_computed() -> None:
    clock = ClockRow("e", "withdrawal_effective", date(2026, 6, 2), True, "Rome Statute, article 127(1)", "Hungary")
    shown = joined(render_event(event(clocks=(clock,))))
    assert "2 June 2026: Withdrawal takes effect, Hungary (computed: Rome Statute, article 127(1))" in shown


def test_a_day_stays_the_same_in_every_time_zone_and_an_instant_does_not() -> None:
    at_midnight = AT.replace(hour=0, minute=0)
    message = render_event(
        event(sources=(source("State", "Day only", tier="official", at=at_midnight), source("AFP", "Timed")))
    )
    written = json.dumps(message.blocks, ensure_ascii=False)
    assert "Day only> · 5 June 2025\\n" in written or 'Day only> · 5 June 2025"' in written
    assert f"<!date^{int(AT.timestamp())}^{{date_short_pretty}} {{time}}|5 June 2025 17:42 UTC>" in written


def test_an_event_without_a_date_says_so_in_blocks_and_text() -> None:
    message = render_event(event(event_date=None))
    assert "When  not stated; first seen 5 June 2025 17:42 UTC" in joined(message)
    assert "Date not stated." in message.text


def test_a_fact_that_gives_the_date_takes_the_place_of_the_date_line() -> None:
    row = event(
        category="withdrawal", event_date=date(2025, 6, 2), facts={"state": "Hungary", "notified_on": "2025-06-02"}
    )
    shown = lines(render_event(row))
    assert "Notified  2 June 2025" in shown
    assert not any(line.startswith("When") for line in shown)


def test_the_events_own_date_is_said_once_and_a_computed_one_is_marked() -> None:
    facts = {
        "states": ["Hungary"],
        "step": "notified",
        "date": "2025-06-02",
        "effective_on": "2026-06-02",
        "effective_computed": True,
    }
    shown = lines(render_event(event(category="withdrawal", event_date=date(2025, 6, 2), facts=facts)))
    assert shown[2:6] == [
        "State  Hungary",
        "Step  formally notified",
        "Takes effect  2 June 2026 (computed, Rome Statute article 127(1))",
        "When  2 June 2025",
    ]
    assert not any("Effective computed" in line or line.startswith("Date") for line in shown)


def test_what_one_outlet_alone_states_is_marked_where_others_report_too() -> None:
    facts = {"actor": "Russia", "target": ["Karim Khan"], "unconfirmed": ["target"]}
    shown = joined(render_event(event(category="reprisal", facts=facts)))
    assert "Who  Karim Khan (one outlet only)" in shown
    assert "By  Russia\n" in shown
    assert "Unconfirmed" not in shown
    alone = joined(render_event(event(category="reprisal", facts=facts, sources=event().sources[:1])))
    assert "(one outlet only)" not in alone


def test_chamber_and_court_stand_in_one_line() -> None:
    facts = {"chamber": "Trial Chamber V", "court": "International Criminal Court", "kind": "non compliance"}
    shown = lines(render_event(event(category="ruling", facts=facts)))
    assert "By  Trial Chamber V, International Criminal Court" in shown
    assert "Decision  finding of non-compliance" in shown


def test_a_quote_that_is_the_headline_is_not_repeated() -> None:
    row = event(quote="United States designates four ICC judges under EO 14203")
    assert "“" not in joined(render_event(row))


def test_the_reasons_are_given_once_and_few() -> None:
    shown = joined(
        render_event(event(reason="names the Court; told as fresh; names the Court; a state acts; an act; a headline"))
    )
    assert "about the Court: names the Court; told as fresh.\n" in shown


def test_an_event_known_before_says_what_made_it_news() -> None:
    message = render_event(event(), change=change(summary="The designations are in force."))
    assert "Now  The designations are in force. — OFAC" in joined(message)
    assert "Now: The designations are in force." in message.text


@pytest.mark.parametrize("row", every_change(), ids=lambda row: row.kind)
def test_every_change_is_a_short_reply_that_stands_alone(row: ChangeRow) -> None:
    message = render_change(row, event())
    assert block_errors(message.blocks) == []
    assert row.summary in joined(message)
    assert row.summary in message.text
    assert "United States designates four ICC judges" in message.text


def test_a_status_move_shows_both_ends_and_the_proof() -> None:
    message = render_change(change(), event())
    assert lines(message)[0] == "⏩ Status: Announced → Officially published"
    assert "<https://ofac.example/recent-actions/20250605|OFAC>" in json.dumps(message.blocks)


def test_the_move_is_not_said_twice_and_what_else_the_report_did_stands_below() -> None:
    row = change(summary="announced → officially published: OFAC, “Designations”.")
    same, other = (
        [{"kind": "document", "summary": f"OFAC published “{title}”."}] for title in ("Designations", "Annex")
    )
    message = render_change(row, event(), other)
    assert lines(message)[:3] == [
        "⏩ Status: Announced → Officially published",
        "OFAC, “Designations”. — read it",
        "📄 New official document  OFAC published “Annex”.",
    ]
    assert not any("document" in line for line in lines(render_change(row, event(), same)))
    with_root = render_delivery(
        delivery(payload={"also": [{"kind": "facts", "summary": "A fifth name."}]}), event=event(), change=row
    )
    assert "✏ Facts added or corrected  A fifth name." in lines(with_root)


def test_a_reminder_shows_its_sentence_and_not_its_fields() -> None:
    row = change(
        "clock", summary="Withdrawal effective (Hungary): in 30 days.", before={}, after={"days": 30, "clock": "x"}
    )
    shown = lines(render_change(row, event()))
    assert shown[:2] == ["⏰ Date coming up", "Withdrawal effective (Hungary): in 30 days. — OFAC"]
    assert not any("Days" in line for line in shown)


def test_an_edit_with_countless_changes_is_still_a_message_that_slack_takes() -> None:
    old, new = (
        " ".join(f"{word}{number}" if number % 2 else "same" for number in range(600)) for word in ("ältere", "neuere")
    )
    message = render_change(change("edited", diff="\n".join(f"-{old}{n}\n+{new}{n}" for n in range(9))), event())
    assert block_errors(message.blocks) == []
    assert fits(message.blocks)


def test_what_was_taken_down_is_linked_as_what_it_was() -> None:
    row = change("taken_down", summary="OFAC took down its release “x”")
    assert "|it was here>" in json.dumps(render_change(row, event()).blocks)


def test_dates_in_our_own_sentences_are_written_out() -> None:
    row = change("facts", summary="The Court states date: 2025-03-12; step: surrendered.", before={}, after={})
    assert lines(render_change(row, event()))[1].startswith("The Court states date: 12 March 2025; step: surrendered.")


def test_why_you_get_this_names_the_route_and_what_the_judging_rests_on() -> None:
    said = "the headline says that sanctions were imposed and names an official of the Court; the text names an order"
    row = event(reason=f"{said}; the text speaks of something else (sanction_round 0.87, 54e41b/facts-1)")
    shown = lines(render_event(row, route="Hungary <desk>"))[-2]
    assert shown == (
        f"Why you get this: Route “Hungary <desk>” takes it. Judged as sanctions (87% sure), about the Court: {said}."
    )


def test_what_a_person_corrected_is_not_as_sure_as_the_machine_was() -> None:
    shown = lines(render_event(event(category="reprisal", reason="the text tells of a threat (threat 0.87, 1/2)")))[-2]
    assert shown == "Why you get this: Judged as reprisal, about the Court: the text tells of a threat."
    assert lines(render_event(event(reason="")))[-2] == "Why you get this: Judged as sanctions, about the Court."


@pytest.mark.parametrize(
    ("computed", "basis", "said"),
    [
        (True, "Rome Statute article 127(1)", "(computed: Rome Statute article 127(1))"),
        (False, "General Licence 8", "(stated: General Licence 8)"),
        (False, "stated by the source", "(stated by the source)"),
        (False, "", "(stated)"),
        (True, "", "(computed)"),
        (False, "word " * 60, "…)"),
    ],
)
def test_a_date_says_where_it_comes_from(computed: bool, basis: str, said: str) -> None:
    clock = ClockRow("e", "deadline", date(2026, 6, 2), computed, basis, "Appeal")
    [line] = [line for line in lines(render_event(event(clocks=(clock,)))) if line.startswith("Coming up")]
    assert line.endswith(said)
    assert len(line) < 260


def test_an_edit_shows_what_stood_there_and_what_stands_there_now() -> None:
    row = change("edited", diff="--- a\n+++ b\n@@ 1 @@\n-Four <b>judges</b>.\n+Four sitting judges.\n unchanged\n")
    shown = lines(render_change(row, event()))
    assert "➖ Four <b>judges</b>." in shown
    assert "➕ Four sitting judges." in shown
    assert not any("unchanged" in line or "@@" in line for line in shown)


def test_a_long_edit_is_shortened_and_says_so() -> None:
    row = change("edited", diff="\n".join(f"-old sentence {number}" for number in range(20)))
    assert "and 16 changed sentences more" in lines(render_change(row, event()))


def test_a_corrected_fact_shows_the_old_and_the_new_value() -> None:
    row = change("facts", before={"round": 2, "authority": "EO 1"}, after={"round": 3, "authority": None})
    shown = lines(render_change(row, event()))
    assert "Round  2 → 3" in shown
    assert "Authority  EO 1 → no longer stated" in shown


@pytest.mark.parametrize(
    ("before", "after", "loud"),
    [
        ({"status": "announced"}, {"status": "officially_published"}, False),
        ({"status": "suspended"}, {"status": "in_force"}, True),
        ({"status": "in_force"}, {"status": "lifted"}, False),
        ({"severity": "normal"}, {"severity": "critical"}, True),
        ({"severity": "low"}, {"severity": "normal"}, False),
        ({"severity": "critical"}, {"severity": "high"}, False),
    ],
)
def test_the_channel_is_only_bothered_by_escalation_and_return(
    before: dict[str, str], after: dict[str, str], loud: bool
) -> None:
    row = change(before=before, after=after)
    assert escalates(row) is loud
    assert render_change(row, event()).broadcast is loud


def test_a_notice_shows_its_lines_and_no_address_that_is_none() -> None:
    message = render_notice(
        {"title": "⚠️ ICC feed blocks us", "lines": ["403 <b>", "Since noon."], "url": "javascript:x"}
    )
    assert lines(message) == ["⚠ ICC feed blocks us", "403 <b>", "Since noon."]
    assert message.text == "⚠ ICC feed blocks us. 403 &lt;b&gt;. Since noon."
    assert message.metadata["event_type"] == "courtwatch_notice"


def test_deliveries_are_rendered_by_their_kind() -> None:
    row, moved = event(), change()
    assert render_delivery(delivery(), event=row) == render_event(row)
    assert render_delivery(delivery("update"), event=row) == render_event(row)
    assert render_delivery(delivery("reply"), event=row, change=moved) == render_change(moved, row)
    assert render_delivery(delivery(change_id="status-1"), event=row, change=moved) == render_event(row, change=moved)
    for kind in ("root", "update"):  # an edit keeps what the new root says of itself
        again = render_delivery(delivery(kind, reposted=True), event=row)
        assert "takes its place" in joined(again)
        assert "takes its place" in again.text


@pytest.mark.parametrize("kind", ["root", "reply", "update"])
def test_a_delivery_without_its_rows_is_an_error_that_names_it(kind: str) -> None:
    with pytest.raises(ValueError, match=r"slack:C0ALERTS01:.* names no"):
        render_delivery(delivery(kind), event=event() if kind == "reply" else None)


def test_a_notice_is_rendered_from_its_own_payload() -> None:
    row = delivery("notice", payload={"title": "Trouble", "lines": ["why"]})
    assert render_delivery(row) == render_notice({"title": "Trouble", "lines": ["why"]})


def test_a_date_that_is_none_is_shown_as_it_stands() -> None:
    assert "Effect  2025-13-45" in lines(render_event(event(category="cyber_incident", facts={"effect": "2025-13-45"})))


def test_metadata_says_which_event_and_change_it_is() -> None:
    assert render_event(event()).metadata == {
        "event_type": "courtwatch_event",
        "event_payload": {
            "event_id": "2025-06-05-sanction_round-1a2b3c",
            "category": "sanction_round",
            "status": "announced",
            "severity": "critical",
        },
    }
    assert render_change(change(), event()).metadata["event_payload"]["change_id"] == "status-1"


_facts = st.dictionaries(
    st.sampled_from(["designees", "imposed_by", "authority", "state", "step", "vote", "<!here>", "a*b"]),
    st.one_of(
        HOSTILE,
        st.integers(),
        st.booleans(),
        st.none(),
        st.lists(HOSTILE, max_size=40),
        st.fixed_dictionaries({"name": HOSTILE}),
    ),
    max_size=8,
)
_rows = st.builds(
    lambda texts, facts, many, category: event(
        title=texts[0],
        quote=texts[1],
        quote_url=f"https://host.example/{texts[2]}",
        official_url=texts[3],
        reason=texts[4],
        id=texts[5] or "x",
        facts=facts,
        category=category,
        severity=texts[6],
        status=texts[7],
        sources=tuple(
            source(texts[8] * 9, texts[9] * 9, url=f"https://h.example/{texts[2]}", language=texts[4])
            for _ in range(many)
        ),
        clocks=tuple(ClockRow("e", texts[6], date(2026, 1, 1), True, texts[7] * 50, texts[8]) for _ in range(many % 9)),
    ),
    st.lists(HOSTILE, min_size=10, max_size=10),
    _facts,
    st.integers(min_value=0, max_value=30),
    st.sampled_from(["sanction_round", "withdrawal", "ruling", "threat", "<!channel>"]),
)
_NOT_OURS = re.compile(r"<(?!https?://(host|h)\.example[/|]|!date\^\d+\^\{date_short_pretty\} \{time\}\|)")


def assert_harmless(message: Any) -> None:
    assert block_errors(message.blocks) == []
    number, characters, size = weight(message.blocks)
    assert number < 40
    assert characters < 9_000
    assert size < 15_000
    assert text_size(message.blocks) < ALL_TEXT
    assert 0 < len(message.text) <= 3_000
    assert not re.search(r"[<>]|@|://", message.text)
    for block in message.blocks:
        for part in (block.get("text"), *block.get("elements", ())):
            if part is not None and part["type"] == "mrkdwn":
                assert part["verbatim"] is True
                links = _NOT_OURS.sub("FOREIGN", part["text"])
                assert "FOREIGN" not in links, part["text"]
                assert "@" not in re.sub(r"<https?://[^|>]*\|", "", part["text"])
    json.dumps(message.blocks, ensure_ascii=False).encode("utf-8")


@given(_rows)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_event_makes_a_mention_a_foreign_link_or_a_message_that_slack_refuses(row: EventRow) -> None:
    assert_harmless(render_event(replace(row, official_url=None)))


@given(st.lists(HOSTILE, min_size=6, max_size=6), st.sampled_from([c.kind for c in every_change()]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_change_makes_a_mention_a_foreign_link_or_a_message_that_slack_refuses(texts: list[str], kind: str) -> None:
    row = change(
        kind,
        summary=texts[0] * 20,
        reason=texts[1] * 20,
        item_url=f"https://host.example/{texts[2]}",
        item_publisher=texts[3],
        before={"status": texts[4], texts[5]: texts[1] * 30},
        after={"status": texts[5], texts[5]: [texts[0]] * 40},
        diff="\n".join(f"-{text}\n+{text}{text}" for text in texts) * 4 if kind == "edited" else "",
    )
    message = render_change(row, event(title=texts[2], id=texts[3] or "x"))
    assert_harmless(message)


@given(st.lists(HOSTILE, max_size=30), HOSTILE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_notice_makes_a_mention_or_a_message_that_slack_refuses(texts: list[str], title: str) -> None:
    assert_harmless(
        render_notice({"title": title, "lines": [text * 10 for text in texts], "url": "https://host.example/x"})
    )


def test_a_huge_event_is_made_smaller_until_slack_takes_it() -> None:
    names = [
        {"name": f"Имя Отчество Фамилия {number}", "role": "судья", "nationality": "Страна"} for number in range(400)
    ]
    row = event(
        quote="Очень длинное предложение о санкциях. " * 200,
        facts={"designees": names, **{f"fact {number}": "слово " * 300 for number in range(30)}},
        sources=tuple(source(f"Издание {number}", "Заголовок " * 40, language="ru") for number in range(200)),
        clocks=tuple(
            ClockRow("e", "deadline", date(2026, 1, 1) + timedelta(days=n), False, "основание " * 60, "срок")
            for n in range(20)
        ),
    )
    message = render_event(row)
    assert fits(message.blocks)
    assert "Имя Отчество Фамилия 0" in joined(message)
    assert re.search(r"and \d+ more", joined(message))


def test_the_root_names_who_acknowledged_it_and_nobody_else() -> None:
    shown = str(render_event(event(acknowledged_by=("U0ANNA", "!channel", "<@U1>", "W0BEN"))).blocks[-1])
    assert "Acknowledged by <@U0ANNA>, <@W0BEN>" in shown
    assert "channel" not in shown
    assert "Acknowledged" not in str(render_event(event()).blocks)


@pytest.mark.parametrize(
    ("precision", "said"),
    [("day", "· 9 July 2025"), ("month", "· July 2025"), ("instant", "|9 July 2025 04:00 UTC>"), (None, "04:00 UTC>")],
)
def test_a_date_is_shown_no_finer_than_it_was_stated(precision: Any, said: str) -> None:
    at = datetime(2025, 7, 9, 4, tzinfo=UTC)  # midnight in Washington
    release = source("OFAC", "Designation", tier="official", url="https://o.example/1", at=at)
    paper = source("Le Monde", "Quatre juges", url="https://p.example/2", at=at)
    reports = tuple(replace(report, precision=precision) for report in (release, paper))
    rows = [line for line in str(render_event(event(sources=reports)).blocks).split("\\n") if "example/" in line]
    shown = [row for row in rows if "OFAC:" in row or "Le Monde:" in row]
    assert len(shown) == 2
    assert all(said in row for row in shown)
    assert all("04:00" not in row for row in shown) or precision in (None, "instant")


def test_headline_and_sentence_of_two_outlets_name_both() -> None:
    release = source(
        "US Department of State", "Designating four ICC judges", tier="official", url="https://s.example/1"
    )
    paper = source("Le Monde", "Quatre juges sanctionnées", url="https://p.example/2")
    two = event(title=paper.title, quote_url=release.url, sources=(release, paper))
    assert "headline by Le Monde" in str(render_event(two).blocks)
    assert "— <https://s.example/1|US Department of State>" in str(render_event(two).blocks)
    one = event(title=release.title, quote_url=release.url, sources=(release, paper))
    assert "headline by" not in str(render_event(one).blocks)
