"""From an item and its judgement to the facts it states (DESIGN section 3), each with the sentence it comes from.

What is not stated is absent. Names go through :mod:`classifiers.entities`, so that a fact is an id, not a spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Literal

from classifiers import designations, withdrawals
from classifiers.categories import Category
from classifiers.dates import DateMention
from classifiers.entities import Entity, entity, find
from classifiers.factsheet import FactSheet
from classifiers.keys import identifies
from classifiers.national_courts import national_court
from classifiers.reading import Reading, Sentence, read
from classifiers.steps import main_step
from classifiers.verdicts import Document, Findings, Judgement

VERSION = "facts-2"

_COURTS = (
    "icc",
    "icj",
    "ecthr",
    "ksc",
    "irmct",
    "african-court",
    "moscow-city-court",
    "us-supreme-court",
    "scc",
    "stl",
)
# Bodies that are named everywhere in this field and tell nothing apart.
GENERIC = frozenset({"icc", "rome-statute", "un", "asp", "un-security-council"})
_ACTORS_KEPT = 12
_TITLE_WEIGHT = 3.0  # of what the title names
_DATELINE = re.compile(r"[^.!?–—]{2,60}?(?:\)|\s[-–—]|—|–|/[A-Z]{2,}/\.?)\s")


def extract(doc: Document, judgement: Judgement) -> Findings:
    """Return what the item states about the event that it was judged to report."""
    reading = read(doc)
    category = judgement.category
    step = None if category is Category.OTHER else main_step(reading, category)
    on, basis, said = event_date(reading)
    sheet = FactSheet(reading, step[0] if step else None, on, stated=basis in ("stated", "relative"))
    if step is not None:
        sheet.note(step[1], f"step: {step[0]}")
    if said is not None:
        sheet.note(said, f"date: {on}")
    if category in _RULES:
        _RULES[category](sheet)
    return Findings(
        facts=sheet.facts,
        keys=_act_keys(reading),
        actors=_actors(reading),
        step=sheet.step,
        event_date=on,
        event_date_basis=basis,
        evidence=tuple(sheet.evidence),
    )


def event_date(
    reading: Reading,
) -> tuple[date | None, Literal["stated", "relative", "published"] | None, Sentence | None]:
    """Return the day of the news act, how it is known, and the sentence that says so.

    It is the first day named in the title or the first sentences that lies shortly before the publication, else the
    day of publication itself.
    """
    published = reading.published
    if published is None:
        return _undated(reading)
    for sentence in reading.lead(4):
        for stated in sentence.dates:
            if -1 <= (published - stated.on).days <= 21 and not (sentence.background and sentence.number > 1):
                return stated.on, _basis(stated), sentence
    return published, "published", None


def _undated(reading: Reading) -> tuple[date | None, Literal["stated"] | None, Sentence | None]:
    """Return the latest full date of the title and first sentence: earlier ones tell how it came to this."""
    dated = [
        (stated.on, sentence) for sentence in reading.lead(2) for stated in sentence.dates if stated.kind == "full"
    ]
    if not dated:
        return None, None, None
    on, sentence = max(dated, key=lambda pair: pair[0])
    return on, "stated", sentence


def _basis(stated: DateMention) -> Literal["stated", "relative"]:
    return "stated" if stated.kind in ("full", "day") else "relative"


def _act_keys(reading: Reading) -> tuple[str, ...]:
    """Keys that name the news act: those of the lead, and a lone identifying key wherever it stands."""
    kept = dict.fromkeys(reading.lead_keys)
    naming = [key for key in reading.all_keys if identifies(key)]
    if len(naming) == 1:
        kept[naming[0]] = None
    kept.update(dict.fromkeys(key for key in reading.all_keys if key.startswith(("eo:", "icc-case:"))))
    return tuple(kept)


def _actors(reading: Reading) -> tuple[str, ...]:
    """Ids of who and what the title and first sentences are about, weightiest first."""
    ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(actor for actor, weight in ranked if weight >= 0.9)[:_ACTORS_KEPT]


def _persons(sheet: FactSheet, *, roles: tuple[str, ...] = (), minimum: float = 1.0) -> list[Entity]:
    found = []
    for actor, weight in sheet.ranked():
        who = entity(actor)
        if who.kind == "person" and weight >= minimum and (not roles or who.role in roles):
            found.append(who)
    return found


def _states(sheet: FactSheet, minimum: float = 1.0) -> list[Entity]:
    return [entity(actor) for actor, weight in sheet.ranked() if weight >= minimum and entity(actor).kind == "state"]


def _court(sheet: FactSheet, *, decides: bool) -> None:
    """State the court that acts: the publisher's, else a national one that ``decides``, else the one named most.

    A national court that acts on the Court's matters is seldom the only court that is named: where the title names the
    International Criminal Court beside it, neither is stated.
    """
    own = [mention.id for mention in find(sheet.reading.document.publisher) if mention.id in _COURTS]
    if own:
        sheet.set("court", entity(own[0]).name, None)
        return
    named = next(((actor, weight) for actor, weight in sheet.ranked() if actor in _COURTS and weight >= 1.0), None)
    if named is None or named[0] == "icc":
        for sentence in sheet.reading.lead(2):
            national = national_court(sentence)
            if national:
                if decides and (named is None or named[1] < _TITLE_WEIGHT):
                    sheet.set("court", national, sentence)
                return
    if named is not None:
        sheet.set("court", entity(named[0]).name, sheet.first(named[0]))


def _suspects(sheet: FactSheet) -> list[Entity]:
    """Return the suspects of the title and first sentence, else of the second, else the only one that is named."""
    roles = ("suspect", "agent")
    for minimum in (2.0, 1.5):
        found = _persons(sheet, roles=roles, minimum=minimum)
        if found:
            return found
    others = _persons(sheet, roles=roles, minimum=0.0)
    return others if len(others) == 1 else []


def _cyber(sheet: FactSheet) -> None:
    for actor, weight in sheet.ranked():
        who = entity(actor)
        if who.kind == "body" and who.role in ("court", "organisation", "government") and weight >= 1.5:
            if sheet.step == "attributed" and who.id == "eu":
                continue  # who attributes an attack is not its target
            sheet.set("target", who.name, sheet.first(actor))
            break
    if sheet.step == "attributed":
        blamed = [state for state in _states(sheet) if state.id in ("ru", "cn", "ir", "kp", "il", "by")]
        if blamed:
            sheet.set("attribution", blamed[0].name, sheet.first(blamed[0].id))
    if sheet.on is not None:
        sheet.set("disclosed_on", sheet.on.isoformat(), None)
    natures = {
        "ransomware": ("ransomware", "rancon", "rescate", "riscatto", "fidya", "вымогат", "فدية"),
        "denial of service": ("ddos", "denial of service", "denial-of-service"),
        "espionage": (
            "espionage",
            "espionnage",
            "espionaje",
            "spionage",
            "spionag",
            "шпион",
            "تجسس",
            "spyware",
            "pegasus",
        ),
        "data breach": ("data breach", "data stolen", "personal data", "datenleck", "donnees personnelles", "leak"),
    }
    sheet.set_by_word("nature", natures)


def _ruling(sheet: FactSheet) -> None:
    _court(sheet, decides=True)
    if sheet.step:
        sheet.set("kind", sheet.step.replace("_", " "), None)
    chambers = {
        "Pre-Trial Chamber I": ("pre trial chamber i ", "chambre preliminaire i ", "vorverfahrenskammer i "),
        "Pre-Trial Chamber II": ("pre trial chamber ii ", "chambre preliminaire ii ", "vorverfahrenskammer ii "),
        "Pre-Trial Chamber III": ("pre trial chamber iii ",),
        "Trial Chamber V": ("trial chamber v ",),
        "Trial Chamber I": (" trial chamber i ",),
        "Appeals Chamber": ("appeals chamber", "chambre d appel", "berufungskammer", "апелляционн", "دائرة الاستئناف"),
    }
    sheet.set_by_word("chamber", chambers)
    for key in sheet.reading.lead_keys:
        if key.startswith("icc-case:"):
            sheet.set("case", key.partition(":")[2], None)
        elif key.startswith("icc-filing:"):
            sheet.set("filing", key.partition(":")[2], None)
    suspects = _suspects(sheet)
    sheet.set_names("persons", suspects)
    home = {suspect.state for suspect in suspects}
    sheet.set_names("states", [state for state in _states(sheet, 1.5) if state.id not in home][:3])
    if sheet.on is not None:
        sheet.set("date", sheet.on.isoformat(), None)


def _custody(sheet: FactSheet) -> None:
    _court(sheet, decides=False)
    suspects = _suspects(sheet)
    sheet.set_names("persons", suspects)
    # The Netherlands are where the prison is, and the state of a dateline is that of the newsroom.
    states = [state for state in _states(sheet, 1.5) if state.id != "nl"]
    states = [state for state in states if not _is_dateline(sheet, state.id)] or states
    home = {suspect.state for suspect in suspects}
    abroad = [state for state in states if state.id not in home]
    sheet.set_names("actor", (abroad or states)[:1])
    _step_and_date(sheet)


def _is_dateline(sheet: FactSheet, state_id: str) -> bool:
    """Whether a state is named first by the place from which the report was filed: "Berlin (dpa) - "."""
    sentence = sheet.first(state_id)
    if sentence is None or sentence.number != 1:
        return False
    dateline = _DATELINE.match(sentence.text)
    end = next(mention.end for mention in sentence.mentions if mention.id == state_id) - sentence.start
    return dateline is not None and end <= dateline.end()


def _non_cooperation(sheet: FactSheet) -> None:
    suspects = _suspects(sheet)
    sheet.set_names("target", suspects)
    home = {suspect.state for suspect in suspects}
    hosts = [state for state in _states(sheet, 1.5) if state.id not in home]
    sheet.set_names("actor", hosts[:3])
    _step_and_date(sheet)


def _reprisal(sheet: FactSheet) -> None:
    roles = ("prosecutor", "deputy prosecutor", "judge", "registrar", "official", "minister", "agent")
    actor = designations.opponent(sheet)
    if actor is not None:
        sheet.set("actor", actor.name, sheet.first(actor.id))
    sheet.set_names("target", [who for who in _persons(sheet, roles=roles) if actor is None or who.state != actor.id])
    _step_and_date(sheet)


def _threat(sheet: FactSheet) -> None:
    actor = designations.opponent(sheet)
    if actor is not None:
        sheet.set("actor", actor.name, sheet.first(actor.id))
    for entity_id, weight in sheet.ranked():
        if weight >= 1.5 and entity(entity_id).role in ("court", "prosecutor") and entity_id != "icj":
            sheet.set("target", entity(entity_id).name, sheet.first(entity_id))
            break
    for key in sheet.reading.lead_keys:
        if key.startswith("bill:"):
            sheet.set("instrument", key.partition(":")[2], None)
    _step_and_date(sheet)


def _protective(sheet: FactSheet) -> None:
    # The statement is for the Court against someone: whoever sanctions or threatens it is not its author.
    opponents = ("us", "il", "ru")
    actors = [entity("eu")] if sheet.reading.weights.get("eu", 0.0) >= 1.5 else []
    actors += [state for state in _states(sheet, 1.5) if state.id not in opponents][:6]
    sheet.set_names("actor", actors)
    for instrument in ("eu-blocking-statute", "apic", "rome-statute"):
        if sheet.reading.weights.get(instrument, 0) >= 1.0:
            sheet.set("instrument", entity(instrument).name, sheet.first(instrument))
            break
    _step_and_date(sheet)


def _step_and_date(sheet: FactSheet) -> None:
    if sheet.step:
        sheet.set("step", sheet.step, None)
    if sheet.on is not None:
        sheet.set("date", sheet.on.isoformat(), None)


_RULES: dict[Category, Callable[[FactSheet], None]] = {
    Category.SANCTION_ROUND: designations.fill,
    Category.WITHDRAWAL: withdrawals.fill,
    Category.CYBER_INCIDENT: _cyber,
    Category.RULING: _ruling,
    Category.CUSTODY: _custody,
    Category.NON_COOPERATION: _non_cooperation,
    Category.REPRISAL: _reprisal,
    Category.THREAT: _threat,
    Category.PROTECTIVE_MEASURE: _protective,
}
