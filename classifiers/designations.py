"""Sanction rounds: who imposes what on whom, under which authority, and which round it is.

The listing dates of ``entities/persons.toml`` tell a new designation from a report that recalls an old one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from datetime import date, timedelta
from functools import cache

from classifiers.entities import Entity, Listing, entity, find, gazetteer
from classifiers.factsheet import FactSheet
from classifiers.listings import COURT_PROGRAMME, Act, ListEntry, find_entries
from classifiers.reading import Sentence
from classifiers.text import fold, news_of
from classifiers.verdicts import Json

# States and organisations that impose sanctions, commonest first; of two named alike the commoner one acts.
_ISSUERS = ("us", "ru", "eu", "gb", "il", "ca", "au", "un-security-council", "un", "by", "cn", "ir")
_SELDOM = 0.15  # of weight that each place further down costs; a state that is not among them costs all their places
_LISTERS = frozenset({"eu", "un-security-council", "un"})  # organisations that have sanctions lists
_BLOCS = frozenset({"african-union", "ecowas"})  # organisations that threaten and withhold, and impose nothing here
_OFFICE = ("leader", "minister", "legislator", "official", "spokesperson")
_TARGET_ROLES = (
    "prosecutor",
    "deputy prosecutor",
    "judge",
    "registrar",
    "UN special rapporteur",
    "NGO",
    "foreign judge",
    "spouse",
    "UN secretary-general",
    "suspect",
    "leader",
    "official",
)
# A listing is told in the days after it; older than this it is history.
_FRESH = timedelta(days=25)
_EARLY = timedelta(days=6)  # names can be reported before the list is published
# Words before a name that make it the one whom the act is against.
_OBJECT = frozenset(
    [
        *("against", "on", "targeting", "contre", "visant", "contra", "sobre", "contro", "gegen", "tegen"),
        *("против", "щодо", "проти", "ضد", "على", "ellen", "wobec"),
    ]
)
_ORDER_WEIGHT = 6.0
# "Amara Testova of Ruritania": capitalised words, with the particles of names between them, before "of" and a state.
_DESIGNATES = re.compile(r"\b(?:designat|sanction|impos|add(?:ed|ing) to|block)", re.IGNORECASE)
_PERSON = re.compile(
    r"((?:[A-Z][\w'’.\-]+)(?:\s+(?:[A-Z][\w'’.\-]*|de|del|della|da|dos|van|von|der|den|bin|ben|al|el|ibn|y|e|la|le)){1,6})"
    r"(?:,| of| from| \()\s+(?:the\s+)?$"
)
_TITLES = re.compile(
    r"^(?:(?:Judges?|Justices?|Deputy|Prosecutors?|Presidents?|Registrar|Mr|Ms|Mrs|Dr|The|And)\b\.?\s*)+"
)
_LIST_ACTS: dict[str, Act] = {"imposed": "added", "delisted": "removed", "lifted": "removed"}
_MAX_ENTRIES = 40  # of a round; a publication that names more is housekeeping
_ACTIONS = {
    "imposed": "imposed",
    "order": "imposed",
    "rule": "regulations",
    "extended": "extended",
    "licence": "licence",
    "suspended": "suspended",
    "delisted": "delisted",
    "lifted": "lifted",
}


def fill(sheet: FactSheet) -> None:
    """State the facts of a sanction round."""
    by = issuer(sheet)
    if by is not None:
        sheet.set("imposed_by", by.name, sheet.first(by.id))
    if sheet.step is None or (sheet.step not in _LIST_ACTS and _list_entries(sheet, "added")):
        sheet.step = "imposed"  # a notice that adds names and issues licences with them is a round
    sheet.set("action", _ACTIONS[sheet.step], None)
    for key in (*sheet.reading.lead_keys, *sheet.reading.all_keys):
        if key.startswith("eo:"):
            sheet.set("authority", f"EO {key[3:]}", None)
    named = designees(sheet, by)
    described = [_designee(who) for who in named]
    known = {who.name for who in named}
    unlisted = unlisted_designees(sheet, known) if sheet.step == "imposed" else []
    unlisted += list_designees(sheet, known | {str(person["name"]) for person, _ in unlisted})
    if described or unlisted:
        shown = sheet.first(named[0].id) if named else unlisted[0][1]
        sheet.set("designees", [*described, *(person for person, _ in unlisted)], shown)
    listing = _listing(named, by, sheet.day) if by is not None else None
    if listing is not None:
        sheet.set("authority", listing.authority, None)
        number = round_number(listing)
        if number is not None and not listing.lifted:
            sheet.set("round", number, None)
    documents = [key for key in sheet.reading.all_keys if key.startswith(("fr:", "fr-cite:", "ofac:", "eu-act:"))]
    if documents:
        sheet.set("documents", documents, None)


def issuer(sheet: FactSheet) -> Entity | None:
    """Return who imposes sanctions: a state or organisation, named itself, through an arm of it or an official."""
    scores = _acting(sheet, _LISTERS)
    if any(key.startswith("eo:") for key in sheet.reading.all_keys):
        # Only the United States number executive orders; "I am designating Judge X of Canada" names its target's state.
        scores["us"] = scores.get("us", 0.0) + _ORDER_WEIGHT
    return _best(scores)


def opponent(sheet: FactSheet) -> Entity | None:
    """Return who threatens the Court or prosecutes its people: any state, or a bloc of them."""
    return _best(_acting(sheet, _BLOCS))


def _acting(sheet: FactSheet, organisations: Set[str]) -> dict[str, float]:
    """Return how much speaks for each state, and each of the organisations, as the one who acts."""
    scores: dict[str, float] = {}
    for entity_id, weight in sheet.ranked():
        who = entity(entity_id)
        arm = who.kind == "body" or (who.kind == "person" and who.role in _OFFICE)
        state = (who.state if arm else None) or entity_id
        if state in organisations or entity(state).kind == "state":
            # An arm or an official of a state that acts is a better sign than the adjective of its name.
            factor = 1.0 if who.kind == "state" else 1.2
            if _is_object(sheet, entity_id):
                factor *= 0.3
            scores[state] = scores.get(state, 0.0) + weight * factor
    return scores


def _best(scores: Mapping[str, float]) -> Entity | None:
    if not scores:
        return None
    place = {state: number for number, state in enumerate(_ISSUERS)}
    return entity(max(scores, key=lambda state: (scores[state] - _SELDOM * place.get(state, len(place)), state)))


def _is_object(sheet: FactSheet, entity_id: str) -> bool:
    """Whether the first place that names the entity has it hit by the act: "sanctions against Russia"."""
    sentence = sheet.first(entity_id)
    if sentence is None:
        return False
    start = next(mention.start for mention in sentence.mentions if mention.id == entity_id) - sentence.start
    before = sentence.folded[max(0, start - 40) : start].split()[-2:]
    return not _OBJECT.isdisjoint(before)


def designees(sheet: FactSheet, by: Entity | None) -> list[Entity]:
    """Return those hit, in the order of the text; names whose listing is long known are left out as background."""
    found: list[Entity] = []
    stale: list[Entity] = []
    seen: set[str] = set()
    for sentence in sheet.reading.sentences:
        for mention in sentence.mentions:
            who = entity(mention.id)
            if mention.kind == "state" or mention.id in seen or who.role not in _TARGET_ROLES:
                continue
            seen.add(mention.id)
            if by is not None and who.state == by.id:
                continue
            freshness = _freshness(who, by, sheet.day)
            if freshness == "old":
                stale.append(who)
            elif freshness == "fresh" or (sentence.number <= 2 and who.role not in ("suspect", "leader", "official")):
                found.append(who)
    fresh = [who for who in found if _freshness(who, by, sheet.day) == "fresh"]
    return fresh or found


def unlisted_designees(sheet: FactSheet, known: Collection[str]) -> list[tuple[dict[str, Json], Sentence]]:
    """Return persons "of" a state that an official release names in a sentence of its act and that no table knows.

    Only official texts: a name that one outlet alone has is not stored as a fact.
    """
    if sheet.reading.document.source_kind != "official":
        return []
    found: dict[str, tuple[dict[str, Json], Sentence]] = {}
    for sentence in sheet.reading.sentences[1:6]:
        if sentence.background or _DESIGNATES.search(sentence.text) is None:
            continue
        for mention in sentence.mentions:
            if mention.kind != "state":
                continue
            match = _PERSON.search(sentence.text[: mention.start - sentence.start])
            name = _TITLES.sub("", match[1]).strip(" ,.") if match else ""
            if " " not in name or any(_same_person(name, other) for other in (*known, *found)):
                continue
            found[name] = ({"name": name, "nationality": entity(mention.id).name}, sentence)
    return list(found.values())


def list_designees(sheet: FactSheet, known: Collection[str]) -> list[tuple[dict[str, Json], Sentence]]:
    """Return those whom an official list names in its entries and no table knows."""
    act = _LIST_ACTS.get(sheet.step or "")
    entries = _list_entries(sheet, act) if act is not None else []
    found: dict[str, tuple[dict[str, Json], Sentence]] = {}
    for entry in entries[:_MAX_ENTRIES]:
        described = _list_designee(entry)
        name = str(described["name"])
        if not any(_same_person(name, other) for other in (*known, *found)):
            found[name] = (described, _sentence_with(sheet, entry.line))
    return list(found.values())


def _list_entries(sheet: FactSheet, act: Act) -> list[ListEntry]:
    """Return the entries of an official list: those under the Court's programme alone, when there are any.

    A publication often touches several programmes.
    """
    if sheet.reading.document.source_kind != "official":
        return []
    entries = list(find_entries(news_of(sheet.reading.document.text), act))
    return [entry for entry in entries if COURT_PROGRAMME in entry.programmes] or entries


def _list_designee(entry: ListEntry) -> dict[str, Json]:
    """Describe an entry by what is known of whom it names, else by what it says."""
    for mention in (*find(entry.name), *find(entry.short)):
        who = entity(mention.id)
        if mention.kind != "state" and who.role in _TARGET_ROLES:
            return _designee(who)
    return {"name": entry.name} | ({"nationality": entry.nationality} if entry.nationality else {})


def _sentence_with(sheet: FactSheet, line: str) -> Sentence:
    """Return the sentence in which an entry begins, else the title."""
    start = line[:30]
    return next((one for one in sheet.reading.sentences if start in one.text), sheet.reading.sentences[0])


def _same_person(name: str, other: str) -> bool:
    """Whether two spellings share a family name: enough not to list one person twice."""
    return fold(name).split()[-1] in fold(other).split()


def _freshness(who: Entity, by: Entity | None, on: date | None) -> str:
    listings = [listing for listing in who.listings if by is None or listing.issuer == by.id]
    if not listings or on is None:
        return "unknown"
    if any(listing.on - _EARLY <= on <= listing.on + _FRESH for listing in listings):
        return "fresh"
    return "old" if listings[0].on < on else "unknown"


def _listing(named: list[Entity], by: Entity, on: date | None) -> Listing | None:
    for who in named:
        for listing in who.listings:
            if listing.issuer == by.id and (on is None or listing.on - _EARLY <= on <= listing.on + _FRESH):
                return listing
    return None


@cache
def _rounds(issuer_id: str, authority: str) -> tuple[date, ...]:
    days = {
        listing.on
        for known in gazetteer().entities.values()
        for listing in known.listings
        if (listing.issuer, listing.authority, listing.lifted) == (issuer_id, authority, False)
    }
    return tuple(sorted(days))


def round_number(listing: Listing) -> int | None:
    """Return the number of a listing's round under its authority, counted over the rounds known, from 1."""
    days = _rounds(listing.issuer, listing.authority)
    return days.index(listing.on) + 1 if listing.on in days else None


def _designee(who: Entity) -> dict[str, Json]:
    described: dict[str, Json] = {"name": who.name}
    if who.role:
        described["role"] = who.role
    if who.state:
        described["nationality"] = entity(who.state).name
    return described
