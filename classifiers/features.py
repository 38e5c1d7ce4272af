"""From a tagged to numbered features: which concepts stand where, and which stand before which."""

from __future__ import annotations

from classifiers.lexicon import Hit
from classifiers.tagging import Tagged

Features = dict[str, float]

_ACTORS = frozenset(
    ["COURT", "OFFICIAL", "CHAMBER", "JUDGES", "PROSECUTOR", "ASP", "US", "RUSSIA", "ISRAEL", "EU", "UN", "UNEXPERT", "NGO", "GOVT", "LEGIS", "NATIONAL_COURT", "OTHER_COURT", "WANTED", "SUSPECT", "STATE", "STATES_GROUP", "HACKER", "SANCTION_TARGET"]
)
_COURT_CUES = ["COURT", "STATUTE", "OFFICIAL", "CHAMBER", "ASP", "ICC_CASE", "SANCTION_TARGET", "WANTED", "SUSPECT", "OFF_TOPIC", "OTHER_TREATY", "OTHER_COURT", "HAGUE", "NATIONAL_COURT", "WARRANT"]
_CORE = frozenset(("COURT", "STATUTE", "ICC_CASE"))
_LEAD = 2  # sentences that usually carry the news
_REACH = 12  # words between two concepts of one frame in the lead
_MARKS = frozenset(",;:–—-、")
_QUOTES = "\"“«„'‘"


def category_features(tagged: Tagged) -> Features:
    """Return the features from which the category is learnt."""
    features: Features = {"bias": 1.0, f"kind:{tagged.document.source_kind}": 1.0}
    title, lead, rest = tagged.hits[0], tagged.hits[1 : 1 + _LEAD], tagged.hits[1 + _LEAD :]
    _zone(title, tagged.tokens[0], "T", features)
    for index, hits in enumerate(lead):
        _zone(hits, tagged.tokens[index + 1], f"L{index}", features)
        features.update((f"L:{hit.concept}", 1.0) for hit in hits)
    for hits in rest:
        for hit in hits:
            name = f"R:{hit.concept}"
            features[name] = min(features.get(name, 0.0) + 0.5, 1.5)
    text = tagged.document.title
    features.update(
        (name, 1.0)
        for name, present in (
            ("title?", "?" in text or "؟" in text),
            ("title:", ":" in text),
            ("title-quote", any(mark in text for mark in _QUOTES)),
        )
        if present
    )
    return features


def _zone(hits: list[Hit], tokens: list[str], zone: str, features: Features) -> None:
    """Note what stands in the main clause and what in a background clause of one sentence, and in which order."""
    main, back = _clauses(hits, tokens)
    pairs = "T" if zone == "T" else "L"
    features.update((f"{zone}:{hit.concept}", 1.0) for hit in hits)
    features.update((f"{zone}=:{hit.concept}", 1.0) for hit in main)
    features.update((f"{zone}~:{hit.concept}", 1.0) for hit in back)
    _pairs(main, pairs, _REACH, features)
    _first(main, zone, features)


def _clauses(hits: list[Hit], tokens: list[str]) -> tuple[list[Hit], list[Hit]]:
    """Divide hits between main and background clauses: a background clause runs from its opening word to a comma."""
    opening = {hit.start for hit in hits if hit.concept == "SUBORD"}
    back_at, back = [], False
    for position, token in enumerate(tokens):
        if position in opening:
            back = True
        elif token in _MARKS:
            back = False
        back_at.append(back)
    main: list[Hit] = []
    rest: list[Hit] = []
    for hit in hits:
        if hit.concept != "SUBORD":
            (rest if back_at[hit.start] else main).append(hit)
    return main, rest


def court_features(tagged: Tagged) -> Features:
    """Return the features from which it is learnt whether the item is about the Court."""
    features: Features = {"bias": 1.0}
    for zone, part in (("T", tagged.hits[:1]), ("L", tagged.hits[1 : 1 + _LEAD]), ("R", tagged.hits[1 + _LEAD :])):
        found = [hit.concept for hits in part for hit in hits]
        for concept in _COURT_CUES:
            count = found.count(concept)
            if count:
                features[zone + concept] = 1.0
            if count > 1:
                features[zone + concept + "+"] = 1.0
    core = sum(hit.concept in _CORE for hits in tagged.hits for hit in hits)
    features["core"] = min(core, 4) / 2
    features["no-core"] = float(not core)
    return features


def _first(hits: list[Hit], zone: str, features: Features) -> None:
    """Note who is named first and what is done first: in a title mostly the subject and the news."""
    for kind, wanted in (("actor", True), ("act", False)):
        concept = next((hit.concept for hit in hits if (hit.concept in _ACTORS) is wanted), None)
        if concept:
            features[f"{zone}-{kind}:{concept}"] = 1.0


def _pairs(hits: list[Hit], zone: str, reach: int, features: Features) -> None:
    """Note each pair of concepts in its order, when not more than ``reach`` words lie between."""
    for index, first in enumerate(hits):
        for second in hits[index + 1 :]:
            if second.start < first.end:
                continue
            if second.start - first.end > reach:
                break
            features[f"{zone}:{first.concept}>{second.concept}"] = 1.0
