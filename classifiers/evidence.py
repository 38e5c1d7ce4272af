"""The sentences that a judgement rests on, verbatim, and why each counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifiers.categories import Category
from classifiers.features import background
from classifiers.lexicon import Hit, load_concepts
from classifiers.tagging import Tagged
from classifiers.verdicts import Evidence

_SHOWN = 3  # quotes at most
_LOOKED_AT = 5  # sentences from the top, the title included
# What speaks for a category, strongest first.
_SIGNS: dict[Category, tuple[str, ...]] = {
    Category.SANCTION_ROUND: ("SANCTION_DONE", "SANCTION_END", "SANCTION", "VISA", "FREEZE", "ORDER"),
    Category.WITHDRAWAL: ("WITHDRAW_DONE", "REVERSE", "NOTIFY", "WITHDRAW"),
    Category.CYBER_INCIDENT: ("CYBER_DONE", "CYBER", "HACKER", "DETECT"),
    Category.RULING: ("CONVICT", "WARRANT_ISSUED", "NONCOMPLIANCE", "INJUNCT", "RULE", "WARRANT"),
    Category.REPRISAL: ("ABSENTIA", "WANTED_LIST", "CRIMINAL_CASE", "CONVICT", "ARREST"),
    Category.THREAT: ("THREATEN", "BILL", "CONSIDER", "PROMISE"),
    Category.NON_COOPERATION: ("NO_ARREST", "VISIT", "NONCOMPLIANCE"),
    Category.CUSTODY: ("SURRENDER", "ARREST", "APPEARANCE", "RELEASE"),
    Category.PROTECTIVE_MEASURE: ("JOINT", "BLOCKING", "ACCEDE", "LAWSUIT", "LICENSE", "PROVIDER", "SUPPORT"),
    Category.OTHER: (
        "CONDEMN",
        "WELCOME",
        "DEMAND",
        "HEARING",
        "ROUTINE",
        "GENRE_QUESTION",
        "GENRE_INTERVIEW",
        "GENRE_ANALYSIS",
        "GENRE_DIGEST",
        "SAY",
    ),
}
_SUBJECTS = ("the headline", "the text")
_COURT = ("COURT", "STATUTE", "OFFICIAL", "CHAMBER", "ASP", "ICC_CASE", "SANCTION_TARGET")


def quote(tagged: Tagged, category: Category, *, about: bool) -> tuple[Evidence, ...]:
    """Return up to three sentences that speak for ``category`` (and for the Court), the title before the text."""
    concepts = load_concepts()
    signs = _SIGNS[category]
    found: list[Evidence] = []
    for place, (sentence, hits) in enumerate(zip(tagged.sentences[:_LOOKED_AT], tagged.hits, strict=False)):
        if len(found) == _SHOWN:
            break
        named = {hit.concept for hit in hits}
        if named.isdisjoint(signs):
            continue
        reasons = [_said(concepts[sign]) for sign in signs if sign in named][:2]
        if about and (court := next((sign for sign in _COURT if sign in named), None)):
            reasons.append(_said(concepts[court]))
        if category is not Category.OTHER and _behind(hits, tagged.tokens[place], signs):
            reasons[-1] += ", as background"
        found.append(Evidence(sentence, f"{_SUBJECTS[place > 0]} {_listed(reasons)}"))
    if not found:
        said = "neither the headline nor the sentences that follow have words of an event"
        found.append(Evidence(tagged.sentences[0], said))
    return tuple(found)


def _behind(hits: list[Hit], tokens: list[str], signs: tuple[str, ...]) -> bool:
    """Whether all that speaks for a category stands in the background of its sentence."""
    behind = background(hits, tokens)
    return bool(behind) and all(hit.start in behind for hit in hits if hit.concept in signs)


def _said(concept: Mapping[str, str]) -> str:
    return concept.get("says", concept["reason"])


def _listed(parts: Sequence[str]) -> str:
    """Write "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
