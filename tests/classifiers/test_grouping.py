from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.categories import Category, Severity, Status
from classifiers.facts import extract
from classifiers.grouping import WINDOW, Grouper
from classifiers.labels import load_corpus
from classifiers.verdicts import Document, EventChange, EventState, Judgement, Verdict

LATE = datetime(2027, 1, 1, tzinfo=UTC)


def doc(item_id: str, title: str, text: str, published: str | None, **fields: str) -> Document:
    at = datetime.fromisoformat(published).replace(tzinfo=UTC) if published else None
    fields.setdefault("publisher", f"Paper {item_id}")
    return Document(id=item_id, title=title, text=text, url=f"https://news.example/{item_id}", published=at, **fields)


def judged(document: Document, category: Category, *, needs_review: bool = False, confidence: float = 0.9) -> Verdict:
    odds = {str(category): confidence}
    judgement = Judgement(category, True, confidence, needs_review, (), odds)
    return Verdict(document.id, judgement, extract(document, judgement), "test")


def add(grouper: Grouper, document: Document, category: Category, **judgement: bool) -> list[EventChange]:
    verdict = judged(document, category, **judgement)
    return grouper.add(document, verdict, seen_at=document.published or LATE)


def group(items: Iterable[tuple[Document, Category]]) -> tuple[Grouper, list[str]]:
    grouper = Grouper()
    homes = [add(grouper, document, category)[0].event.id for document, category in items]
    return grouper, homes


def stored(state: EventState) -> EventState:
    """Write and read a state the way the warehouse does."""
    text = json.dumps([dict(state.facts), dict(state.profile)], ensure_ascii=False, sort_keys=True)
    facts, profile = json.loads(text)
    return replace(state, facts=facts, profile=profile)


RULING, ROUND, EXIT = Category.RULING, Category.SANCTION_ROUND, Category.WITHDRAWAL


def us_round(item_id: str, day: str, names: str, **fields: str) -> Document:
    return doc(
        item_id,
        f"US imposes sanctions on {names} of the International Criminal Court",
        f"Secretary of State Marco Rubio said on {day} that {names} are designated under Executive Order 14203. Their "
        "assets in the United States are frozen and they may not enter the country.",
        day,
        **fields,
    )


def test_the_rounds_of_2025_stay_apart_though_all_cite_one_order() -> None:
    rounds = [
        us_round("a", "2025-02-13", "Karim Khan"),
        us_round("b", "2025-06-05", "Beti Hohler, Solomy Balungi Bossa, Reine Alapini-Gansou"),
        us_round("c", "2025-08-20", "Kimberly Prost, Nicolas Guillou"),
        us_round("d", "2025-09-04", "Al-Haq, Al Mezan, PCHR"),
        us_round("e", "2025-12-18", "Gocha Lordkipanidze, Erdenebalsuren Damdin"),
    ]
    grouper, homes = group((document, ROUND) for document in rounds)
    assert len(set(homes)) == 5
    assert [grouper.events[home].facts.get("round") for home in homes] == [1, 2, 4, 5, 6]


def test_reports_of_one_round_in_five_languages_are_one_event() -> None:
    reports = [
        us_round("en", "2025-08-20", "Kimberly Prost, Nicolas Guillou, Nazhat Shameem Khan, Mame Mandiaye Niang"),
        doc("fr", "Washington sanctionne quatre magistrats de la CPI",
            "Les États-Unis ont annoncé mercredi des sanctions contre les juges Kimberly Prost et Nicolas Guillou et "
            "les procureurs adjoints Nazhat Shameem Khan et Mame Mandiaye Niang.", "2025-08-21", lang="fr"),
        doc("ru", "США ввели санкции против судей МУС",
            "Госдепартамент США в среду внёс в список судей Кимберли Прост и Николя Гийу и двух прокуроров.",
            "2025-08-21", lang="ru"),
        doc("ar", "واشنطن تفرض عقوبات على أربعة من قضاة ومدعي الجنائية الدولية",
            "أعلن وزير الخارجية الأمريكي ماركو روبيو الأربعاء عقوبات على كيمبرلي بروست ونيكولا غيو ونزهة شميم خان.",
            "2025-08-20", lang="ar"),
        doc("de", "USA verhängen Sanktionen gegen vier Vertreter des IStGH",
            "Betroffen sind nach Angaben von Außenminister Rubio vom Mittwoch Kimberly Prost und Nicolas Guillou.",
            "2025-08-20", lang="de"),
    ]  # fmt: skip
    _, homes = group((document, ROUND) for document in reports)
    assert len(set(homes)) == 1


def test_a_report_that_names_nobody_joins_by_count_nationality_and_day() -> None:
    named = us_round("a", "2025-12-18", "Gocha Lordkipanidze of Georgia, Erdenebalsuren Damdin of Mongolia")
    nameless = doc(
        "b", "Two more ICC judges under US sanctions",
        "The United States has put two judges of the International Criminal Court, from Georgia and Mongolia, on its "
        "sanctions list, Secretary of State Marco Rubio said on Thursday.", "2025-12-19",
    )  # fmt: skip
    _, homes = group([(named, ROUND), (nameless, ROUND)])
    assert homes[0] == homes[1]


def test_imposed_enjoined_and_lifted_for_one_person_are_three_events() -> None:
    reports = [
        (us_round("a", "2025-07-09", "Francesca Albanese"), ROUND),
        (doc("b", "Judge blocks sanctions on Francesca Albanese",
             "A federal judge in Washington on Tuesday suspended the sanctions on Francesca Albanese.", "2025-07-22"),
         ROUND),
        (doc("c", "US lifts sanctions on Francesca Albanese",
             "The Treasury on Friday lifted the sanctions on Francesca Albanese, the UN rapporteur.", "2025-08-01"),
         ROUND),
    ]  # fmt: skip
    _, homes = group(reports)
    assert len(set(homes)) == 3


def test_the_links_of_the_hungarian_exit_stay_apart() -> None:
    reports = [
        ("a", "Hungary announces withdrawal from the ICC as Netanyahu visits",
         "Gergely Gulyas said on 3 April 2025 that Hungary is leaving the International Criminal Court.", "2025-04-03"),
        ("b", "Hungarian parliament votes to leave the International Criminal Court",
         "Lawmakers of Hungary voted on Tuesday for the bill to withdraw from the Rome Statute.", "2025-05-20"),
        ("c", "Hungary notifies the UN that it leaves the Rome Statute",
         "Hungary notified the United Nations on 2 June 2025 of its withdrawal.", "2025-06-03"),
        ("d", "Hungary is no longer a member of the International Criminal Court",
         "The withdrawal of Hungary took effect on 2 June 2026.", "2026-06-02"),
    ]  # fmt: skip
    grouper, homes = group((doc(*report), EXIT) for report in reports)
    assert len(set(homes)) == 4
    assert [grouper.events[home].step for home in homes] == ["announced", "legislated", "notified", "effective"]


def test_the_exit_of_a_state_that_no_table_knows_is_not_that_of_another() -> None:
    told = "announced on Thursday that it will leave the Rome Statute. Its minister said that the notice would be sent."
    grouper = Grouper()
    for number, state in enumerate(["Chad", "Zembla", "Zembla"]):
        title = f"{state} announces withdrawal from the International Criminal Court"
        text = f"The government of {state} {told}" if number < 2 else f"Zembla has {told}"
        add(grouper, doc(str(number), title, text, f"2026-10-01T1{number}:00:00"), Category.WITHDRAWAL)
    assert sorted(len(event.profile["items"]) for event in grouper.events.values()) == [1, 2]


def test_exits_of_two_states_on_one_day_are_two_events() -> None:
    reports = [
        doc("a", "Gambia notifies the UN of its exit from the ICC", "Gambia did so on Thursday.", "2016-10-27"),
        doc("b", "Burundi notifies the UN of its exit from the ICC", "Burundi did so on Thursday.", "2016-10-27"),
    ]
    _, homes = group((report, EXIT) for report in reports)
    assert homes[0] != homes[1]


def test_a_late_report_of_an_exit_in_other_words_is_of_that_exit() -> None:
    reports = [
        doc("a", "Burundi now the first state outside the ICC it once joined",
            "A year after its letter to New York, Bujumbura is no longer a member of the Court.", "2017-10-27"),
        doc("b", "Grandes Lagos: Burundi fora do Tribunal Penal Internacional",
            "Organizações temem pelas vítimas desde que o país saiu; o retrato de uma região.", "2017-11-25"),
    ]  # fmt: skip
    grouper, homes = group((report, EXIT) for report in reports)
    assert [grouper.events[homes[0]].step] == ["effective"]
    assert homes[0] == homes[1]


def test_a_visit_is_known_by_host_and_guest_also_where_a_report_has_no_day() -> None:
    dated = doc("a", "Vladimir Poutine accueilli au Tadjikistan, pourtant membre de la CPI",
                "Le président russe est arrivé mercredi à Douchanbé.", "2025-10-09")  # fmt: skip
    undated = replace(
        doc("b", "Putin welcomed in Tajikistan despite ICC arrest warrant", "He is on a state visit.", "2025-10-09"),
        published=None,
    )
    elsewhere = doc("c", "Putin welcomed in Mongolia despite ICC arrest warrant", "He landed on Monday.", "2025-10-10")
    _, homes = group((report, Category.NON_COOPERATION) for report in (dated, undated, elsewhere))
    assert homes[0] == homes[1] != homes[2]


def test_two_rulings_of_one_day_are_two_events() -> None:
    conviction = doc(
        "a", "ICC convicts Yekatom and Ngaïssona",
        "Trial Chamber V of the International Criminal Court on 24 July 2025 found Alfred Yekatom and Patrice-Edouard "
        "Ngaïssona guilty of war crimes in the Central African Republic.", "2025-07-24",
    )  # fmt: skip
    finding = doc(
        "b", "ICC finds that Hungary failed to arrest Netanyahu",
        "Pre-Trial Chamber I of the International Criminal Court found on 24 July 2025 that Hungary did not comply "
        "with the request to arrest Benjamin Netanyahu.", "2025-07-24",
    )  # fmt: skip
    follow = doc("c", "Yekatom gets 15 years at ICC", "Alfred Yekatom and Ngaïssona were convicted on Thursday of war "
                 "crimes in the Central African Republic.", "2025-07-25")  # fmt: skip
    _, homes = group([(conviction, RULING), (finding, RULING), (follow, RULING)])
    assert homes[0] != homes[1]
    assert homes[2] == homes[0]


def test_the_almasri_chain_stays_apart() -> None:
    reports = [
        (doc("a", "ICC issues arrest warrant for Osama Elmasry Njeem",
             "Judges issued the warrant for the Libyan on 18 January 2025.", "2025-01-22"), RULING),
        (doc("b", "Italy frees Libyan Almasri wanted by ICC and flies him home",
             "Italy released Osama Almasri on 21 January 2025 and flew him back to Tripoli in Libya.", "2025-01-22"),
         Category.NON_COOPERATION),
        (doc("c", "ICC finds Italy failed to comply in Almasri case, ICC-01/11-209",
             "Pre-Trial Chamber I found on 17 October 2025 that Italy failed to comply with its obligations when it "
             "did not surrender Osama Elmasry Njeem.", "2025-10-17"), RULING),
    ]  # fmt: skip
    _, homes = group(reports)
    assert len(set(homes)) == 3


def test_arrest_and_first_appearance_are_two_events() -> None:
    reports = [
        doc("a", "Duterte arrested in Manila on ICC warrant", "Rodrigo Duterte was arrested on Tuesday.", "2025-03-11"),
        doc("b", "Duterte makes first appearance before ICC judges",
            "Rodrigo Duterte appeared before the judges on Friday by video link.", "2025-03-14"),
    ]  # fmt: skip
    _, homes = group((report, Category.CUSTODY) for report in reports)
    assert homes[0] != homes[1]


def test_a_shared_document_number_joins_across_any_distance() -> None:
    notice = doc("a", "Imposing Sanctions on the International Criminal Court", "[FR Doc. 2025-02612]", "2025-02-12",
                 source_kind="official")  # fmt: skip
    later = doc("b", "The order against the ICC in the Register, FR Doc. 2025-02612", "A note.", "2025-06-30")
    grouper, homes = group([(notice, ROUND), (later, ROUND)])
    assert homes[0] == homes[1]
    assert timedelta(days=100) > WINDOW
    assert grouper.events[homes[0]].item_count == 2


NOTICE = doc("a", "Notice of a determination", "It takes effect on publication. [FR Doc. 2025-02612]", "2025-02-12",
             source_kind="official")  # fmt: skip
PRESS = "Washington freezes the assets of a prosecutor in The Hague"
FREEZE = doc("b", PRESS, "Banks were told to act at once. The prosecutor may not enter the country.", "2025-02-12")


def test_late_proof_by_a_number_makes_two_events_one_and_keeps_their_history() -> None:
    grouper, homes = group([(NOTICE, ROUND), (FREEZE, Category.REPRISAL)])
    assert homes[0] != homes[1]
    proof = doc("c", PRESS, "Banks were told to act at once, says the Register (FR Doc. 2025-02612).", "2025-02-13")
    changes = add(grouper, proof, Category.REPRISAL)
    assert [change.kind for change in changes][:: len(changes) - 1] == ["joined", "merged"]
    merged = changes[-1]
    assert {merged.event.id, merged.other_event_id} == set(homes)
    assert grouper.events.keys() == {merged.event.id}
    assert merged.event.item_count == 3
    assert set(merged.event.publishers) == {"Paper a", "Paper b", "Paper c"}
    assert {grouper.event_of(item) for item in ("a", "b", "c")} == {merged.event.id}
    assert grouper.event_of("d") is None


def test_a_number_does_not_make_acts_of_other_days_one() -> None:
    later = replace(FREEZE, published=datetime(2025, 3, 5, tzinfo=UTC))
    grouper, homes = group([(NOTICE, ROUND), (later, Category.REPRISAL)])
    assert homes[0] != homes[1]
    proof = doc("c", PRESS, "Banks were told to act at once, says the Register (FR Doc. 2025-02612).", "2025-03-05")
    assert "merged" not in [change.kind for change in add(grouper, proof, Category.REPRISAL)]


def test_two_document_numbers_are_two_acts() -> None:
    reports = [
        doc("a", "Notice of OFAC Sanctions Action", "[FR Doc. 2025-03404]", "2025-02-26", source_kind="official"),
        doc("b", "Notice of OFAC Sanctions Action", "[FR Doc. 2025-03411]", "2025-02-26", source_kind="official"),
    ]
    _, homes = group((report, ROUND) for report in reports)
    assert homes[0] != homes[1]


def test_a_syndicated_copy_joins_silently() -> None:
    text = (
        "Intruders got at the network of the International Criminal Court last week, its spokesperson told our agency. "
        "Technicians noticed it within hours and shut the way in; what was looked at nobody can say yet. Hearings go "
        "on as planned, and the host state has offered help. It is the second such attack in two years."
    )
    first = doc("a", "ICC contains cyber incident", text, "2025-06-30")
    copy = doc("b", "Hackers aim at Hague court", f"From our agency. {text} Read more.", "2025-07-01")
    grouper = Grouper()
    add(grouper, first, Category.CYBER_INCIDENT)
    assert [change.kind for change in add(grouper, copy, Category.CYBER_INCIDENT)] == ["joined"]


def test_a_mention_opens_nothing() -> None:
    grouper = Grouper()
    comment = doc("a", "What the US sanctions mean", "They were imposed on Karim Khan.", "2025-03-01")
    assert add(grouper, comment, Category.OTHER) == []
    assert not grouper.events


def test_the_official_document_moves_the_status_names_the_event_and_corrects_facts() -> None:
    grouper = Grouper()
    news = "The United States sanctioned Beti Hohler of the ICC on Thursday, 5 June 2025."
    press = doc("a", "US hits Beti Hohler with sanctions", news, "2025-06-05")
    opened = add(grouper, press, ROUND)[0].event
    assert opened.status is Status.REPORTED
    assert opened.official_url is None
    assert "designees" in opened.facts["unconfirmed"]
    official = us_round("b", "2025-06-05", "Beti Hohler, Solomy Balungi Bossa, Reine Alapini-Gansou",
                        source_kind="official", publisher="U.S. Department of State")  # fmt: skip
    changes = add(grouper, official, ROUND)
    assert [change.kind for change in changes] == ["joined", "status", "document", "facts"]
    event = changes[-1].event
    assert event.status is Status.ANNOUNCED
    assert event.official_url == official.url
    assert event.title == official.title
    assert event.facts["designees"][0]["name"] == "Beti Hohler"
    assert len(event.facts["designees"]) == 3
    assert "designees" not in event.facts.get("unconfirmed", [])
    assert changes[1].before == {"status": "reported"}
    assert len(changes[3].before["designees"]) == 1


def test_one_outlet_never_overwrites_what_the_official_source_states() -> None:
    grouper = Grouper()
    official = us_round("a", "2025-08-20", "Kimberly Prost, Nicolas Guillou", source_kind="official")
    add(grouper, official, ROUND)
    garbled = us_round("b", "2025-08-20", "Kimberly Prost, Nicolas Guillou, Karim Khan, James Stewart")
    changes = add(grouper, garbled, ROUND)
    assert [change.kind for change in changes] == ["joined"]
    assert [entry["name"] for entry in changes[0].event.facts["designees"]] == ["Kimberly Prost", "Nicolas Guillou"]


def test_what_a_second_outlet_confirms_is_no_longer_unconfirmed() -> None:
    grouper = Grouper()
    add(grouper, us_round("a", "2025-08-20", "Kimberly Prost, Nicolas Guillou"), ROUND)
    event = add(grouper, us_round("b", "2025-08-20", "Kimberly Prost, Nicolas Guillou"), ROUND)[0].event
    assert "unconfirmed" not in event.facts


def test_an_official_document_that_arrives_after_later_press_still_joins() -> None:
    grouper = Grouper()
    names = "Kimberly Prost, Nicolas Guillou"
    late = add(grouper, us_round("a", "2025-08-24", names), ROUND)[0].event
    changes = add(grouper, us_round("b", "2025-08-20", names, source_kind="official"), ROUND)
    assert changes[0].event.id == late.id
    assert changes[0].event.first_item_at == datetime(2025, 8, 20, tzinfo=UTC)


def test_an_edited_official_release_tells_what_it_changed_and_is_not_counted_twice() -> None:
    grouper = Grouper()
    first = us_round("a", "2025-08-20", "Kimberly Prost", source_kind="official")
    add(grouper, first, ROUND)
    edited = us_round("a", "2025-08-20", "Kimberly Prost, Nicolas Guillou", source_kind="official")
    changes = add(grouper, edited, ROUND)
    assert [change.kind for change in changes] == ["facts"]
    assert len(changes[0].event.facts["designees"]) == 2
    assert changes[0].event.item_count == 1
    assert add(grouper, edited, ROUND) == []


def test_a_doubtful_report_is_marked_until_a_certain_one_joins() -> None:
    grouper = Grouper()
    names = "Kimberly Prost, Nicolas Guillou"
    opened = add(grouper, us_round("a", "2025-08-20", names), ROUND, needs_review=True)[0].event
    assert opened.profile["review"] is True
    joined = add(grouper, us_round("b", "2025-08-20", names), ROUND)[0]
    assert joined.before == {"review": True}
    assert joined.event.profile["review"] is False


def test_the_weight_of_reports_decides_the_category_and_the_official_weighs_most() -> None:
    grouper = Grouper()
    names = "Kimberly Prost, Nicolas Guillou"
    opened = add(grouper, us_round("a", "2025-08-20", names), Category.THREAT)[0].event
    assert opened.category is Category.THREAT
    joined = add(grouper, us_round("b", "2025-08-20", names, source_kind="official"), ROUND)[0].event
    assert joined.id == opened.id
    assert joined.category is ROUND


def test_ids_are_readable_and_follow_from_the_opening_item() -> None:
    one = add(Grouper(), us_round("a", "2025-06-05", "Beti Hohler"), ROUND)[0].event
    again = add(Grouper(), us_round("a", "2025-06-05", "Beti Hohler"), ROUND)[0].event
    other = add(Grouper(), us_round("b", "2025-06-05", "Beti Hohler"), ROUND)[0].event
    assert one.id == again.id
    assert one.id.startswith("2025-06-05-sanction_round-")
    assert one.id != other.id


def test_a_computed_clock_starts_with_the_notification() -> None:
    grouper = Grouper()
    notice = doc("a", "Hungary notifies the UN that it leaves the Rome Statute",
                 "Hungary notified the United Nations on 2 June 2025 of its withdrawal.", "2025-06-03")  # fmt: skip
    event = add(grouper, notice, EXIT)[0].event
    assert [(clock.kind, clock.due_on.isoformat(), clock.computed) for clock in event.clocks] == [
        ("withdrawal_effective", "2026-06-02", True)
    ]
    assert event.severity is Severity.CRITICAL


def corpus_stream(count: int, seed: int = 1) -> list[tuple[Document, Verdict]]:
    items = [item for item in load_corpus() if item.file == "dev.jsonl" and item.category is not Category.OTHER]
    chosen = random.Random(seed).sample(items, min(count, len(items)))
    chosen.sort(key=lambda item: (item.document.published or LATE, item.document.id))
    return [(item.document, judged(item.document, item.category)) for item in chosen]


@pytest.fixture(scope="module")
def stream() -> list[tuple[Document, Verdict]]:
    return corpus_stream(260)


def run(stream: Sequence[tuple[Document, Verdict]]) -> tuple[Grouper, list[list[tuple[str, str, str]]]]:
    grouper = Grouper()
    told = []
    for document, verdict in stream:
        changes = grouper.add(document, verdict, seen_at=document.published or LATE)
        told.append([(change.kind, change.event.id, change.reason) for change in changes])
    return grouper, told


def test_placing_leaves_the_events_that_adding_leaves(stream: list[tuple[Document, Verdict]]) -> None:
    told, _ = run(stream)
    placed = Grouper()
    for document, verdict in stream:
        placed.place(document, verdict, seen_at=document.published or LATE)
    assert [placed.event_of(document.id) for document, _ in stream] == [
        told.event_of(document.id) for document, _ in stream
    ]
    assert placed.events == told.events


def test_storing_and_loading_between_items_changes_nothing(stream: list[tuple[Document, Verdict]]) -> None:
    in_memory, told = run(stream)
    states: dict[str, EventState] = {}
    for (document, verdict), expected in zip(stream, told, strict=True):
        grouper = Grouper(states.values())
        changes = grouper.add(document, verdict, seen_at=document.published or LATE)
        assert [(change.kind, change.event.id, change.reason) for change in changes] == expected
        for change in changes:
            if change.other_event_id is not None:
                del states[change.other_event_id]
            states[change.event.id] = stored(change.event)
    assert states.keys() == in_memory.events.keys()
    for event_id, state in in_memory.events.items():
        assert states[event_id] == stored(state)


def test_the_order_in_which_stored_events_are_loaded_does_not_matter(stream: list[tuple[Document, Verdict]]) -> None:
    half = len(stream) // 2
    grouper, _ = run(stream[:half])
    states = list(grouper.events.values())
    forward, backward = Grouper(states), Grouper(reversed(states))
    for document, verdict in stream[half:]:
        at = document.published or LATE
        one = [(change.kind, change.event.id) for change in forward.add(document, verdict, seen_at=at)]
        other = [(change.kind, change.event.id) for change in backward.add(document, verdict, seen_at=at)]
        assert one == other


def test_events_of_the_corpus_are_found_again(stream: list[tuple[Document, Verdict]]) -> None:
    keys = {item.document.id: item.event_key for item in load_corpus()}
    homes = {}
    grouper = Grouper()
    for document, verdict in stream:
        homes[document.id] = grouper.add(document, verdict, seen_at=document.published or LATE)[0].event.id
    pairs = right = 0
    ids = [document.id for document, _ in stream if keys[document.id]]
    for number, one in enumerate(ids):
        for other in ids[number + 1 :]:
            if keys[one] == keys[other]:
                pairs += 1
                right += homes[one] == homes[other]
    assert right / pairs >= 0.85


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=200), st.sampled_from(list(Category)[:-1])), max_size=6)
)
def test_no_text_breaks_grouping(items: list[tuple[str, str, Category]]) -> None:
    grouper = Grouper()
    for number, (title, text, category) in enumerate(items):
        document = doc(str(number), title, text, "2025-08-20")
        changes = add(grouper, document, category)
        assert changes[0].kind in ("opened", "joined")
    assert sum(event.item_count for event in grouper.events.values()) == len(items)


def two_events_of_one_round() -> list[EventState]:
    """Return two events that were opened apart, each by a report of the same sanctions."""
    states = []
    for number in (1, 2):
        names = "Kimberly Prost, Nicolas Guillou"
        grouper, _ = group([(us_round(f"r{number}", "2025-08-20", names, publisher=f"Paper {number}"), ROUND)])
        states += grouper.events.values()
    return states


def test_a_report_that_fits_two_events_makes_them_one_unless_people_told_them_apart() -> None:
    one, other = two_events_of_one_round()
    report = us_round("r3", "2025-08-20", "Kimberly Prost, Nicolas Guillou", publisher="Paper 3")
    assert [change.kind for change in add(Grouper([one, other]), report, ROUND)][-1] == "merged"
    held = Grouper([one, other], apart=[frozenset({one.id, other.id})])
    assert "merged" not in [change.kind for change in add(held, report, ROUND)]
    assert set(held.events) == {one.id, other.id}


def test_what_is_about_the_court_and_what_is_not_are_two_events_however_alike() -> None:
    listing = doc(
        "a",
        "Designations; Issuance of General License",
        "OFAC designated three brothers in Iran and issued a general license for certain payments.",
        "2025-06-06",
    )
    court = replace(listing, id="b", url="https://news.example/b", publisher="Another")
    for first, second in ((False, True), (True, False)):
        grouper = Grouper()
        homes = []
        for document, about in ((listing, first), (court, second)):
            verdict = judged(document, Category.PROTECTIVE_MEASURE)
            verdict = replace(verdict, judgement=replace(verdict.judgement, about_court=about))
            homes.append(grouper.add(document, verdict, seen_at=LATE)[0].event.id)
        assert homes[0] != homes[1]
