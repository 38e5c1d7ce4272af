"""From a tagged document to named features: who did what to whom, in which clause, in which mood, in which place."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from classifiers.lexicon import Hit
from classifiers.tagging import Tagged

Features = dict[str, float]

# Actors are compared in a few roles; the model sees the fine class where it stands and the role in a frame.
_ROLES = {
    "COURT": "court",
    "OFFICIAL": "court",
    "CHAMBER": "court",
    "ASP": "asp",
    "JUDGES": "judges",
    "PROSECUTOR": "prosecutor",
    "NATIONAL_COURT": "tribunal",
    "OTHER_COURT": "tribunal",
    "US": "us",
    "RUSSIA": "russia",
    "ISRAEL": "state",
    "STATE": "state",
    "GOVT": "state",
    "LEGIS": "legislature",
    "STATES_GROUP": "states",
    "EU": "eu",
    "UN": "un",
    "UNEXPERT": "voice",
    "NGO": "voice",
    "WANTED": "wanted",
    "SUSPECT": "suspect",
    "HACKER": "hacker",
    "SANCTION_TARGET": "target",
}
_ACTS = frozenset(
    [
        "SANCTION",
        "SANCTION_DONE",
        "SANCTION_END",
        "VISA",
        "FREEZE",
        "ORDER",
        "SIGN",
        "WITHDRAW",
        "WITHDRAW_DONE",
        "REVERSE",
        "NOTIFY",
        "CYBER",
        "CYBER_DONE",
        "DETECT",
        "WARRANT",
        "WARRANT_ISSUED",
        "CONVICT",
        "RULE",
        "NONCOMPLIANCE",
        "INJUNCT",
        "ARREST",
        "SURRENDER",
        "APPEARANCE",
        "RELEASE",
        "VISIT",
        "NO_ARREST",
        "WANTED_LIST",
        "ABSENTIA",
        "CRIMINAL_CASE",
        "BILL",
        "THREATEN",
        "BLOCKING",
        "JOINT",
        "SUPPORT",
        "ACCEDE",
        "LICENSE",
        "LAWSUIT",
        "PROVIDER",
        "INVITE_EXIT",
        "CONDEMN",
        "WELCOME",
        "HEARING",
        "ROUTINE",
        "CHARGES",
    ]
)
_SPEECH = frozenset(["SAY", "ANNOUNCE", "CONDEMN", "WELCOME", "DEMAND", "SUPPORT", "PROMISE", "THREATEN"])
_MOODS = {"NEGATION": "not", "FUTURE": "plan", "CONSIDER": "plan", "PROMISE": "plan", "DEMAND": "ask"}
_REACTIONS = frozenset(("CONDEMN", "WELCOME", "SUPPORT"))
_REACTION_REACH = 10  # words between a reaction and what it is about
_TOPIC = frozenset(("GENRE_QUESTION", "GENRE_ANALYSIS", "GENRE_INTERVIEW"))  # opening a title, it makes all a topic
_MOOD_REACH = 5  # words between a modal word and the act it governs
_STEM = 5  # letters of a word that are compared: enough for the meaning, few enough for inflection
_ZONES = frozenset("TL")  # the title and the lead, the first letters of the names of their features
_SHARED_WEIGHT = 0.7
_WORD_WEIGHT = 0.5  # plain words count less than what the lexicon understood
LEAD = 2  # sentences that usually carry the news
_MARKS = frozenset(",;:–—-、")
_FORMAL = frozenset(("official", "court"))
_FORMAL_LEAD = 5  # the title and four sentences
_QUESTION = re.compile(r"[?؟？]")
_COLON = re.compile(r":\s")
_QUOTATION = re.compile(r"[\"“«„]|(?<!\w)['‘]")
_FULL_SENTENCE = 7  # words
_MANY_NAMES = 3
# Says how something is told; common in the second sentence of anything.
_MANNER = frozenset(("SUBORD", "GENRE_QUESTION", "MORE", "NUMBER_PEOPLE", "TECH_TARGET"))


def category_features(tagged: Tagged) -> Features:
    """Return the features from which the category is learnt."""
    features: Features = {"bias": 1.0, f"kind:{tagged.document.source_kind}": 1.0}
    _zone(tagged.hits[0], tagged.tokens[0], "T", features)
    sanctions = any(name.endswith(("SANCTION", "SANCTION_DONE")) for name in features)
    lead = _lead(tagged)
    if lead:
        _zone(tagged.hits[lead[0]], tagged.tokens[lead[0]], "L", features)
    _again(features, veiled=all(hit.concept not in _ACTS for hit in tagged.hits[0]))
    stems = [word[:_STEM] for word in tagged.tokens[0] if word.isalpha()]
    features.update((f"word:{stem}", _WORD_WEIGHT) for stem in stems)
    features.update((f"words:{first} {second}", _WORD_WEIGHT) for first, second in pairwise(stems))
    if lead:
        features.update(
            (f"lead-word:{word[:_STEM]}", _WORD_WEIGHT) for word in tagged.tokens[lead[0]] if word.isalpha()
        )
    for place, hits in enumerate(tagged.hits[1:], start=1):
        for hit in hits:
            if hit.concept in _MANNER:
                continue
            if place in lead:
                features[f"lead:{hit.concept}"] = 1.0
            else:
                name = f"rest:{hit.concept}"
                features[name] = min(features.get(name, 0.0) + 0.5, 1.5)
    if tagged.document.source_kind in _FORMAL:
        _formal(tagged, features)
    if sanctions:
        _named(tagged, features)
    text = tagged.document.title
    for name, mark in (("question", _QUESTION), ("colon", _COLON), ("quotation", _QUOTATION)):
        if mark.search(text):
            features[f"title has a {name}"] = 1.0
    return features


def _again(features: Features, *, veiled: bool) -> None:
    """Say what title and lead say once more in names that both share, so that each learns from the other.

    ``veiled``: the title names no act, so that the lead says alone what is reported.
    """
    told = [name for name in features if name[0] in _ZONES]
    features.update((f"Z{name[1:]}", _SHARED_WEIGHT) for name in told)
    if veiled:
        features["veiled"] = 1.0
        features.update((f"veiled {name}", _SHARED_WEIGHT) for name in told if name[0] == "L")


def _named(tagged: Tagged, features: Features) -> None:
    """Note how many people of the Court are named: a report that says who was hit is news even under a reaction."""
    people = {
        tokens[hit.start]
        for hits, tokens in zip(tagged.hits[1:], tagged.tokens[1:], strict=True)
        for hit in hits
        if hit.concept == "OFFICIAL" and hit.end - hit.start == 1
    }
    count = "none" if not people else "few" if len(people) < _MANY_NAMES else "many"
    features[f"people:{count}|sanctions"] = 1.0


def _lead(tagged: Tagged) -> list[int]:
    """Return the places of the sentences that carry the news: the first two that are more than a dateline."""
    full = [
        place for place, tokens in enumerate(tagged.tokens) if place and sum(map(str.isalpha, tokens)) >= _FULL_SENTENCE
    ]
    return (full or list(range(1, len(tagged.tokens))))[:LEAD]


def _formal(tagged: Tagged, features: Features) -> None:
    """Note the acts of the first sentences: an official title often names the form ("Statement"), not the act."""
    for hits, tokens in zip(tagged.hits[1:_FORMAL_LEAD], tagged.tokens[1:_FORMAL_LEAD], strict=False):
        numbers, back = clauses(hits, tokens)
        features.update(
            (f"formal:{_mood(hits, index, numbers)}{hit.concept}", 1.0)
            for index, hit in enumerate(hits)
            if not back[hit.start] and (hit.concept in _ACTS or hit.concept in _SPEECH)
        )


def performatives(tagged: Tagged, wanted: Container[str]) -> list[str]:
    """Return which of the ``wanted`` concepts the top of an official release performs, in no mood but the plain one.

    What the Court itself welcomes it gives notice of by that: a surrender, a warrant made public.
    """
    kind = tagged.document.source_kind
    if kind not in _FORMAL:
        return []
    moods = ("", "react:") if kind == "court" else ("",)
    found: dict[str, None] = {}
    for hits, tokens in zip(tagged.hits[:_FORMAL_LEAD], tagged.tokens, strict=False):
        if any(hit.concept in wanted for hit in hits):
            numbers, _ = clauses(hits, tokens)
            for index, hit in enumerate(hits):
                if hit.concept in wanted and _mood(hits, index, numbers) in moods:
                    found[hit.concept] = None
    return list(found)


def _zone(hits: list[Hit], tokens: list[str], zone: str, features: Features) -> None:
    """Note what stands in the main clause and what in the background of one sentence, by whom and in which mood."""
    numbers, back = clauses(hits, tokens)
    first_actor = first_act = True
    topic = zone == "T" and bool(hits) and hits[0].start <= 1 and hits[0].concept in _TOPIC
    for index, hit in enumerate(hits):
        concept = hit.concept
        if concept == "SUBORD" or (zone == "L" and concept in _MANNER):
            continue
        side = "~" if back[hit.start] else "="
        act = concept in _ACTS or concept in _SPEECH
        if act:
            concept = ("about:" if topic else _mood(hits, index, numbers)) + concept
        features[f"{zone}:{hit.concept}"] = features[f"{zone}{side}{concept}"] = 1.0
        if side == "~":
            continue
        if concept in _ROLES and first_actor:
            first_actor = False
            features[f"{zone}-first:{_ROLES[concept]}"] = features[f"{zone}-first:{concept}"] = 1.0
        if act:
            if first_act:
                first_act = False
                features[f"{zone}-act:{concept}"] = 1.0
            features[f"{zone}:{_near(hits, range(index - 1, -1, -1))}>{concept}"] = 1.0
            features[f"{zone}:{concept}>{_near(hits, range(index + 1, len(hits)))}"] = 1.0


def _mood(hits: list[Hit], index: int, numbers: list[int]) -> str:
    """Return the mood of an act, else an empty text.

    "not:", "plan:" and "ask:" come from a word shortly before it in its clause; "react:" means that an earlier verb
    condemns, welcomes or defends it.
    """
    act = hits[index]
    for other in reversed(hits[:index]):
        if act.start - other.end > _MOOD_REACH:
            break
        mood = _MOODS.get(other.concept)
        if mood and other.end <= act.start and numbers[other.start] == numbers[act.start]:
            return f"{mood}:"
    if act.concept not in _REACTIONS and any(
        other.concept in _REACTIONS and other.end <= act.start <= other.end + _REACTION_REACH for other in hits[:index]
    ):
        return "react:"
    return ""


def _near(hits: list[Hit], order: range) -> str:
    """Return the role of the nearest actor in that direction, or "nobody"."""
    return next((role for position in order if (role := _ROLES.get(hits[position].concept))), "nobody")


def clauses(hits: list[Hit], tokens: list[str]) -> tuple[list[int], list[bool]]:
    """Return the number of each word's clause, and whether it is background: from an opening word to a comma."""
    opening = {hit.start for hit in hits if hit.concept == "SUBORD"}
    numbers: list[int] = []
    back: list[bool] = []
    number, behind = 0, False
    for position, token in enumerate(tokens):
        if position in opening:
            number, behind = number + 1, True
        elif token in _MARKS:
            number, behind = number + 1, False
        numbers.append(number)
        back.append(behind)
    return numbers, back
