"""Routes: who is told what, under which keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.errors import RoutesError
from alerts.messages import render_delivery
from alerts.rehearsal import problems, rehearse
from alerts.routes import DEBOUNCE, Routes, load_routes, root_key, root_keys, superseded
from tests.alerts.samples import AT, change, delivery, event, every_category, source
from warehouse.rows import EventRow


def routes_of(tmp_path: Path, text: str) -> Routes:
    path = tmp_path / "routes.toml"
    path.write_text(text, encoding="utf-8")
    return load_routes(path)


def channels(routes: Routes, row: EventRow) -> list[str]:
    return routes.channels(row, default_channel="C0DEFAULT1")


BUNDLED = load_routes()
ROOT = root_key("C1", event().id)


def opened(row: EventRow | None = None, **fields: object) -> tuple:
    return change("opened", id="open-1", before={}, after={}, **fields), row or event()


def test_by_default_every_event_about_the_court_is_told_and_nothing_else() -> None:
    for row in every_category():
        assert channels(BUNDLED, row) == ["C0DEFAULT1"]
        assert channels(BUNDLED, replace(row, about_court=False)) == []
    assert channels(BUNDLED, event(category="other")) == []


def test_an_opened_event_gets_one_root() -> None:
    [root] = BUNDLED.plan([opened()], default_channel="C1", known_roots=())
    assert (root.key, root.kind, root.channel) == ("slack:C1:event:2025-06-05-sanction_round-1a2b3c:root", "root", "C1")
    assert (root.event_id, root.change_id, root.thread_key, root.severity) == (event().id, None, None, "critical")


def test_a_tellable_change_becomes_a_reply_and_an_edit_of_the_root() -> None:
    reply, edit = BUNDLED.plan([(change(), event())], default_channel="C1", known_roots={ROOT})
    assert (reply.key, reply.kind, reply.thread_key, reply.change_id) == (
        "slack:C1:change:status-1",
        "reply",
        ROOT,
        "status-1",
    )
    assert (edit.key, edit.kind, edit.thread_key) == (f"{ROOT[:-4]}update:status-1", "update", ROOT)
    assert edit.not_before == change().at + DEBOUNCE
    assert reply.not_before is None


@pytest.mark.parametrize("kind", ["status", "document", "facts", "edited", "taken_down", "restored", "merged", "split"])
def test_these_changes_are_told_in_the_thread(kind: str) -> None:
    planned = BUNDLED.plan([(change(kind), event())], default_channel="C1", known_roots={ROOT})
    assert [row.kind for row in planned] == ["reply", "update"]


def test_one_more_report_only_raises_the_count_in_the_root() -> None:
    planned = BUNDLED.plan([(change("joined"), event())], default_channel="C1", known_roots={ROOT})
    assert [row.kind for row in planned] == ["update"]


def test_many_changes_of_one_cycle_make_one_edit() -> None:
    changes = [(change("joined", id=f"j{number}"), event()) for number in range(9)]
    [edit] = BUNDLED.plan(changes, default_channel="C1", known_roots={ROOT})
    assert edit.key.endswith("update:j8")


def test_a_root_of_this_cycle_needs_neither_edit_nor_reply() -> None:
    changes = [opened(), (change("joined", id="j1"), event()), (change(), event())]
    planned = BUNDLED.plan(changes, default_channel="C1", known_roots=())
    assert [row.kind for row in planned] == ["root"]


def test_an_event_from_the_baseline_becomes_news_by_its_first_tellable_change() -> None:
    changes = [(change("joined", id="j1"), event()), (change(), event()), (change("document", item_id="x"), event())]
    planned = BUNDLED.plan(changes, default_channel="C1", known_roots=())
    assert [(row.kind, row.change_id) for row in planned] == [("root", "status-1"), ("reply", "document-1")]
    assert planned[0].key == ROOT


def test_an_event_from_the_baseline_stays_silent_while_it_is_only_reported_again() -> None:
    assert BUNDLED.plan([(change("joined"), event())], default_channel="C1", known_roots=()) == []


def test_an_opening_that_comes_twice_is_planned_once() -> None:
    assert BUNDLED.plan([opened()], default_channel="C1", known_roots={ROOT}) == []
    assert len(BUNDLED.plan([opened(), opened()], default_channel="C1", known_roots=())) == 1


def test_what_one_report_did_at_once_is_one_reply_led_by_the_status() -> None:
    changes = [
        (change("document"), event()),
        (change("edited"), event()),
        (change(), event()),
        (change("facts"), event()),
    ]
    planned = BUNDLED.plan(changes, default_channel="C1", known_roots={ROOT})
    assert [(row.kind, row.change_id) for row in planned] == [
        ("reply", "status-1"),
        ("reply", "edited-1"),
        ("update", None),
    ]
    assert planned[0].payload == {
        "also": [
            {"kind": "document", "summary": "The designations are on the SDN list."},
            {"kind": "facts", "summary": "The designations are on the SDN list."},
        ]
    }


def test_what_two_reports_did_or_nobody_reported_stays_apart() -> None:
    changes = [(change(), event()), (change("document", item_id="x"), event())]
    changes += [(change("facts", id=f"f{number}", item_id=None), event()) for number in range(2)]
    planned = BUNDLED.plan(changes, default_channel="C1", known_roots={ROOT})
    assert [row.change_id for row in planned if row.kind == "reply"] == ["status-1", "document-1", "f0", "f1"]


def test_without_knowledge_of_roots_only_openings_make_them() -> None:
    planned = BUNDLED.plan([(change(), event()), opened(event(id="e2"))], default_channel="C1")
    assert [row.kind for row in planned] == ["reply", "root", "update"]


def test_the_same_changes_give_the_same_keys_and_no_key_twice() -> None:
    changes = [opened(), (change(), event()), (change("document", item_id="x"), event())]
    first, second = (BUNDLED.plan(changes, default_channel="C1", known_roots=()) for _ in range(2))
    assert first == second
    assert len({row.key for row in first}) == len(first)


def test_root_keys_names_what_to_ask_the_outbox_for() -> None:
    rows = [event(), event(id="e2", about_court=False)]
    assert root_keys(BUNDLED, rows, default_channel="C1") == {ROOT}


def test_an_edit_is_needless_when_a_later_one_waits() -> None:
    first, second = delivery("update", id=1), delivery("update", id=2)
    other = delivery("update", id=3, thread_key="another")
    reply = delivery("reply", id=4)
    assert superseded([second, first, other, reply]) == {1}


# --- conditions ----------------------------------------------------------------------------------------------------


def test_conditions_choose_the_channel(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path,
        """
        [[route]]
        name = "Hungary"
        channel = "C0HUNGARY1"
        states = ["Hungary"]
        [[route]]
        name = "loud"
        channel = "C0LOUD0001"
        severity = "critical"
        categories = ["sanction_round", "reprisal"]
        [[route]]
        name = "people"
        channel = "C0PEOPLE01"
        persons = ["Ibanez Carranza"]
        [[route]]
        name = "Russian press"
        channel = "C0RUSSIA01"
        tiers = ["press"]
        languages = ["ru"]
        [[route]]
        name = "not about the Court"
        channel = "C0OTHERS01"
        about_court = false
        """,
    )
    by_category = {row.category: channels(routes, row) for row in every_category()}
    assert by_category["withdrawal"] == ["C0HUNGARY1"]
    assert by_category["sanction_round"] == ["C0LOUD0001", "C0PEOPLE01"]
    assert by_category["reprisal"] == ["C0LOUD0001", "C0RUSSIA01"]
    assert by_category["threat"] == []
    assert channels(routes, event(about_court=False)) == ["C0OTHERS01"]
    assert channels(routes, event(severity="high", facts={}, title="x")) == []


def test_a_route_that_stops_ends_the_search_and_a_channel_is_told_once(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path,
        """
        [[route]]
        name = "a"
        channel = "C1"
        [[route]]
        name = "b"
        channel = "C1"
        about_court = true
        severity = "high"
        stop = true
        [[route]]
        name = "c"
        """,
    )
    assert channels(routes, event()) == ["C1"]
    assert channels(routes, event(severity="low")) == ["C1", "C0DEFAULT1"]


def test_an_event_that_a_second_channel_hears_of_late_gets_its_root_there(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path,
        """
        [[route]]
        name = "all"
        [[route]]
        name = "loud"
        channel = "C0LOUD0001"
        severity = "critical"
        """,
    )
    planned = routes.plan([(change(), event())], default_channel="C1", known_roots={ROOT})
    assert [(row.channel, row.kind) for row in planned] == [("C1", "reply"), ("C0LOUD0001", "root"), ("C1", "update")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[route]]\nname = "a"\nchanel = "C1"', 'route 1 "a": chanel: unknown key: remove it or correct its spelling'),
        (
            "[[route]]\nname = 'a'\ncategories = ['sanction']",
            'route 1 "a": categories.0: there is no category sanction; there are custody',
        ),
        ("[[route]]\nname = 'a'\n[[route]]\nchannel = 'C1'", "route 2: name: is missing: add it"),
        ("[[route]]\nname = 'a'\nseverity = 'loud'", 'route 1 "a": severity: Input should be'),
        ("routes = []", "route: is missing: add it"),
        ("route = []", "route: List should have at least 1 item"),
        ("[[route]", "is not TOML"),
    ],
)
def test_a_wrong_route_is_one_line_that_names_file_route_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RoutesError) as caught:
        routes_of(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'routes.toml'}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_routes_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match=r"nowhere\.toml: cannot be read"):
        load_routes(tmp_path / "nowhere.toml")


def test_names_are_found_without_their_accents_and_case(tmp_path: Path) -> None:
    routes = routes_of(tmp_path, "[[route]]\nname = 'a'\nstates = ['côte d’ivoire']")
    row = event(facts={"states": ["Cote d’Ivoire"]}, sources=(source("AFP", "x", at=AT + timedelta(1)),))
    assert channels(routes, row) == ["C0DEFAULT1"]


# --- quiet hours, mutes, budget ------------------------------------------------------------------------------------

NIGHT = """
[[route]]
name = "night watch"
quiet = "night"
[quiet.night]
timezone = "Europe/Amsterdam"
from = "22:00"
to = "07:00"
days = ["mon", "tue", "wed", "thu", "fri"]
unless = "critical"
"""


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2025-06-05T19:59:00+00:00", None),  # Thursday 21:59 in Amsterdam
        ("2025-06-05T20:00:00+00:00", "2025-06-06T05:00:00+00:00"),
        ("2025-06-06T04:59:59+00:00", "2025-06-06T05:00:00+00:00"),
        ("2025-06-06T05:00:00+00:00", None),
        ("2025-06-07T20:30:00+00:00", None),  # Saturday night: no quiet hours
        ("2025-06-07T03:00:00+00:00", "2025-06-07T05:00:00+00:00"),  # Friday's night still runs
        ("2025-10-26T03:00:00+00:00", None),  # Saturday's night, and the clocks go back
        ("2025-03-28T23:30:00+00:00", "2025-03-29T06:00:00+00:00"),  # winter: 07:00 is 06:00 UTC
    ],
)
def test_quiet_hours_hold_the_telling_until_they_end(tmp_path: Path, at: str, until: str | None) -> None:
    routes = routes_of(tmp_path, NIGHT)
    row = opened(event(severity="high"), at=datetime.fromisoformat(at))
    [root] = routes.plan([row], default_channel="C1", known_roots=())
    assert root.not_before == (datetime.fromisoformat(until) if until else None)


def test_what_is_loud_enough_is_told_in_the_night(tmp_path: Path) -> None:
    at = datetime(2025, 6, 5, 23, 0, tzinfo=UTC)
    routes = routes_of(tmp_path, NIGHT)
    loud, quiet = (
        routes.plan([(change(at=at), event(severity=s))], default_channel="C1", known_roots={ROOT})
        for s in ("critical", "high")
    )
    assert [row.not_before for row in loud] == [None, at + DEBOUNCE]
    assert {row.not_before for row in quiet} == {datetime(2025, 6, 6, 5, 0, tzinfo=UTC)}


def test_a_mute_keeps_its_events_out_of_slack_until_it_ends_and_is_named(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path,
        """
        [[route]]
        name = "all"
        [[mute]]
        until = 2025-07-01T00:00:00Z
        reason = "the summit"
        states = ["Hungary"]
        """,
    )
    hungary = next(row for row in every_category() if row.category == "withdrawal")
    assert routes.plan([opened(hungary)], default_channel="C1", known_roots=()) == []
    assert len(routes.plan([opened()], default_channel="C1", known_roots=())) == 1
    later = (change(at=datetime(2025, 7, 1, tzinfo=UTC)), hungary)
    assert [row.kind for row in routes.plan([later], default_channel="C1", known_roots=())] == ["root"]
    assert routes.muted(AT) == ["Hungary, until 1 July 2025: the summit"]
    assert routes.muted(datetime(2025, 7, 1, tzinfo=UTC)) == []


def test_one_event_can_be_muted_in_one_channel(tmp_path: Path) -> None:
    text = f"""
        [[route]]
        name = "all"
        [[route]]
        name = "ops"
        channel = "C0OPS00001"
        [[mute]]
        until = 2025-07-01T00:00:00Z
        reason = "known to the desk"
        channel = "C0OPS00001"
        event = "{event().id}"
        """
    planned = routes_of(tmp_path, text).plan([opened(), opened(event(id="e2"))], default_channel="C1", known_roots=())
    assert [(row.channel, row.event_id) for row in planned] == [("C1", event().id), ("C1", "e2"), ("C0OPS00001", "e2")]


def test_what_is_over_the_budget_comes_as_one_summary(tmp_path: Path) -> None:
    routes = routes_of(tmp_path, "[[route]]\nname = 'all'\n[budget]\nroots_per_hour = 3")
    severities = ["low", "high", "normal", "critical", "low", "critical", "normal"]
    events = [event(id=f"e{number}", severity=severity) for number, severity in enumerate(severities)]
    changes = [opened(row) for row in events] + [(change(item_id=None), events[0])]
    planned = routes.plan(changes, default_channel="C1", known_roots=())
    assert [row.event_id for row in planned if row.kind == "root"] == ["e1", "e3", "e5"]
    [summary] = [row for row in planned if row.kind == "notice"]
    assert summary.payload["title"] == "📚 4 more new events at once"
    assert len(summary.payload["lines"]) == 4
    assert summary.payload["lines"][0].startswith("Normal, sanctions: United States designates")
    assert [row for row in planned if row.kind == "reply"] == []
    assert routes.plan(changes, default_channel="C1", known_roots=()) == planned


def test_the_budget_counts_what_the_hour_has_seen_and_never_stops_what_is_critical(tmp_path: Path) -> None:
    routes = routes_of(tmp_path, "[[route]]\nname = 'all'\n[budget]\nroots_per_hour = 3")
    changes = [opened(event(id="quiet", severity="high")), opened(event(id="loud"))]
    planned = routes.plan(changes, default_channel="C1", known_roots=(), roots_this_hour={"C1": 3})
    assert [row.event_id for row in planned] == ["loud", None]


def test_digest_is_a_channel_that_is_not_slack(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path,
        """
        [[route]]
        name = "quiet kinds"
        channel = "digest"
        categories = ["protective_measure"]
        stop = true
        [[route]]
        name = "all"
        """,
    )
    told = {row.category: channels(routes, row) for row in every_category()}
    assert told["protective_measure"] == []
    assert told["ruling"] == ["C0DEFAULT1"]


@pytest.mark.parametrize(
    ("choice", "payload"), [("never", {"broadcast": False}), ("always", {"broadcast": True}), ("escalation", {})]
)
def test_a_route_chooses_which_replies_the_channel_sees(tmp_path: Path, choice: str, payload: dict[str, bool]) -> None:
    routes = routes_of(tmp_path, f"[[route]]\nname = 'all'\nbroadcast = '{choice}'")
    reply, _ = routes.plan([(change(), event())], default_channel="C1", known_roots={ROOT})
    assert reply.payload == payload
    message = render_delivery(delivery("reply", payload=payload), event=event(), change=change())
    assert message.broadcast is (choice == "always")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[route]]\nname = "a"\nquiet = "night"', "there are no quiet hours [quiet.night]"),
        ('[[route]]\nname = "a"\n[[route]]\nname = "a"', 'two routes are named "a"'),
        (
            "[[route]]\nname='a'\n[quiet.n]\ntimezone='Mars'\nfrom='1:00'\nto='02:00'",
            "quiet: n: timezone: is no time zone",
        ),
        (
            "[[route]]\nname='a'\n[quiet.n]\ntimezone='UTC'\nfrom='late'\nto='02:00'",
            "quiet: n: from: write a time of day",
        ),
        ("[[route]]\nname='a'\n[[mute]]\nreason='why'", "mute 1: until: is missing"),
        (
            "[[route]]\nname='a'\n[[mute]]\nreason='why'\nuntil=2025-01-01T00:00:00",
            "mute 1: until: Input should have timezone info",
        ),
        (
            "[[route]]\nname='a'\n[budget]\nroots_per_hour=0",
            "budget: roots_per_hour: Input should be greater than or equal to 1",
        ),
    ],
)
def test_wrong_quiet_hours_mutes_and_budgets_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RoutesError) as caught:
        routes_of(tmp_path, text)
    assert said in str(caught.value)


# --- rehearsal -----------------------------------------------------------------------------------------------------


def test_a_rehearsal_says_what_each_route_would_have_told(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path, "[[route]]\nname='all'\n[[route]]\nname='Hungary'\nchannel='C0HUNGARY1'\nstates=['Hungary']"
    )
    rows = every_category()
    history = [opened(row, at=AT + timedelta(days=number // 4)) for number, row in enumerate(rows)]
    history.append((change(at=AT + timedelta(days=9)), event()))
    uses, wrong = rehearse(routes, history, default_channel="C1")
    assert [(use.route, use.channel, use.roots, use.replies) for use in uses] == [
        ("Hungary", "C0HUNGARY1", 2, 0),
        ("all", "C1", 9, 1),
    ]
    assert (uses[1].busiest_day, uses[1].busiest) == (AT.date(), 4)
    assert uses[0].examples == (rows[1].title, rows[6].title)
    assert wrong == []


def test_a_rehearsal_names_the_route_that_floods_and_the_one_that_sleeps(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path, "[[route]]\nname='all'\n[[route]]\nname='Mars'\nstates=['Mars']\n[budget]\nroots_per_hour=500"
    )
    history = [opened(event(id=f"e{number}")) for number in range(40)]
    _, wrong = rehearse(routes, history, default_channel="C1")
    assert wrong == [
        'route "Mars" would not have fired once',
        'route "all" would have flooded C1: 40 new events on 2025-06-05',
    ]


def test_a_route_behind_one_that_stops_and_is_wider_can_never_fire(tmp_path: Path) -> None:
    routes = routes_of(
        tmp_path,
        """
        [[route]]
        name = "wide"
        categories = ["ruling", "custody"]
        stop = true
        [[route]]
        name = "narrow"
        categories = ["ruling"]
        severity = "high"
        [[route]]
        name = "wider"
        categories = ["ruling", "threat"]
        [[route]]
        name = "any"
        [[mute]]
        until = 2025-01-01T00:00:00Z
        reason = "old"
        [quiet.unused]
        timezone = "UTC"
        from = "22:00"
        to = "06:00"
        """,
    )
    assert problems(routes, now=AT) == [
        'route "narrow" can never fire: "wide" before it takes all it would, and stops',
        "quiet hours [quiet.unused] belong to no route",
        "the mute of everything, until 1 January 2025: old is over: remove it",
    ]
