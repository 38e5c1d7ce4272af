"""From a tagged document to named features: who did what to whom, in which clause, in which mood, in which place."""

from __future__ import annotations

import re
from collections.abc import Container, Set
from itertools import islice, pairwise, repeat

from classifiers.lexicon import Hit
from classifiers.memo import Memo
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
_MODAL = _REACTIONS.union(_MOODS)
_DEEDS = _ACTS | _SPEECH
_REACTION_REACH = 10  # words between a reaction and what it is about
_TOPIC = frozenset(("GENRE_QUESTION", "GENRE_ANALYSIS", "GENRE_INTERVIEW"))  # opening a title, it makes all a topic
_MOOD_REACH = 5  # words between a modal word and the act it governs
_STEM = 5  # letters of a word that are compared: enough for the meaning, few enough for inflection
# The zones, which the names of their features begin with.
_TITLE, _LEAD, _BOTH = "T", "L", "Z"
_VEILED = "veiled L"  # the lead under a title that names no act: it says alone what is reported
_SHARED_WEIGHT = 0.7
_WORD_WEIGHT = 0.5  # plain words count less than what the lexicon understood
_SANCTIONS = ("SANCTION", "SANCTION_DONE")
LEAD = 2  # sentences that usually carry the news
_MARKS = frozenset(",;:–—-、")
_FORMAL = frozenset(("official", "court"))
_FORMAL_LEAD = 5  # the title and four sentences
_TITLE_MARKS = (
    ("question", re.compile(r"[?؟？]")),
    ("colon", re.compile(r":\s")),
    ("quotation", re.compile(r"[\"“«„]|['‘](?<!\w['‘])")),
)
_FULL_SENTENCE = 7  # words
_MANY_NAMES = 3
# Says how something is told; common in the second sentence of anything.
_MANNER = frozenset(("SUBORD", "GENRE_QUESTION", "MORE", "NUMBER_PEOPLE", "TECH_TARGET"))


def category_features(tagged: Tagged) -> tuple[Features, list[str]]:
    """Return the features from which the category is learnt, and the first acts that title and lead tell."""
    title, words = tagged.hits[0], tagged.tokens[0]
    features: Features = {"bias": 1.0, f"kind:{tagged.document.source_kind}": 1.0}
    acts = _zone(title, words, _TITLE, features)
    lead = _lead(tagged)
    veiled = all(hit.concept not in _ACTS for hit in title)
    if veiled:
        features["veiled"] = 1.0
    if lead:
        acts += _zone(tagged.hits[lead[0]], tagged.tokens[lead[0]], _VEILED if veiled else _LEAD, features)
        features.update(zip(map(_LEAD_WORD.__getitem__, tagged.tokens[lead[0]]), repeat(_WORD_WEIGHT), strict=False))
    features.update(zip(map(_WORD.__getitem__, words), repeat(_WORD_WEIGHT), strict=False))
    features.pop("", None)
    stems = filter(None, map(stem_of.__getitem__, words))
    features.update((f"words:{first} {second}", _WORD_WEIGHT) for first, second in pairwise(stems))
    _rest(tagged, lead, features)
    if tagged.document.source_kind in _FORMAL:
        _formal(tagged, features)
    if any(hit.concept.endswith(_SANCTIONS) for hit in title):
        _named(tagged, features)
    features.update((f"title has a {name}", 1.0) for name, mark in _TITLE_MARKS if mark.search(tagged.document.title))
    return features, acts


def _rest(tagged: Tagged, lead: list[int], features: Features) -> None:
    """Note what stands in the lead at all, and how often in what follows."""
    often: dict[str, int] = {}
    for place, hits in enumerate(tagged.hits[1:], start=1):
        in_lead = place in lead
        for hit in hits:
            if hit.concept in _MANNER:
                continue
            if in_lead:
                features[_IN_LEAD[hit.concept]] = 1.0
            else:
                often[hit.concept] = often.get(hit.concept, 0) + 1
    for concept, times in often.items():
        features[_IN_REST[concept]] = min(0.5 * times, 1.5)


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
    full = (
        place
        for place, tokens in enumerate(tagged.tokens)
        if place and len(tokens) >= _FULL_SENTENCE and sum(map(str.isalpha, tokens)) >= _FULL_SENTENCE
    )
    return list(islice(full, LEAD)) or list(range(1, len(tagged.tokens)))[:LEAD]


def _formal(tagged: Tagged, features: Features) -> None:
    """Note the acts of the first sentences: an official title often names the form ("Statement"), not the act."""
    for hits, tokens in zip(tagged.hits[1:_FORMAL_LEAD], tagged.tokens[1:_FORMAL_LEAD], strict=False):
        behind = background(hits, tokens)
        features.update(
            (f"formal:{_mood(hits, index, tokens)}{hit.concept}", 1.0)
            for index, hit in enumerate(hits)
            if hit.concept in _DEEDS and hit.start not in behind
        )


def is_call(tagged: Tagged) -> bool:
    """Whether an organisation speaks that can only call upon others: it publishes, or the title names it first."""
    if tagged.document.source_kind == "ngo":
        return True
    return next((role for hit in tagged.hits[0] if (role := _ROLES.get(hit.concept))), None) == "voice"


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
        for index, hit in enumerate(hits):
            if hit.concept in wanted and _mood(hits, index, tokens) in moods:
                found[hit.concept] = None
    return list(found)


def _zone(hits: list[Hit], tokens: list[str], zone: str, features: Features) -> list[str]:
    """Note what stands in the main clause and what in the background of one sentence, by whom and in which mood.

    Returns the first act, if there is one.
    """
    behind = background(hits, tokens)
    concepts = [hit.concept for hit in hits]
    roles = list(map(_ROLES.get, concepts))
    modal = not _MODAL.isdisjoint(concepts)
    topic = zone == _TITLE and bool(hits) and hits[0].start <= 1 and concepts[0] in _TOPIC
    acts: list[str] = []
    actor = False
    for index, concept in enumerate(concepts):
        if concept == "SUBORD" or (zone != _TITLE and concept in _MANNER):
            continue
        act = concept
        if concept in _DEEDS and (topic or modal):
            act = ("about:" if topic else _mood(hits, index, tokens)) + concept
        if behind and hits[index].start in behind:
            features.update(_STANDS[zone, concept, "~", act])
            continue
        features.update(_STANDS[zone, concept, "=", act])
        role = roles[index]
        if role and not actor:
            actor = True
            features.update(_ACTOR[zone, role, concept])
        if concept in _DEEDS:
            if not acts:
                acts.append(act)
                features.update(_FIRST_ACT[zone, act])
            by = next(filter(None, reversed(roles[:index])), "nobody")
            whom = next(filter(None, roles[index + 1 :]), "nobody")
            features.update(_FRAME[zone, by, act, whom])
    return acts


def _told(zone: str, *names: str) -> Features:
    """Return what is said in a zone, and once more in names that both zones share, so that each learns from the other.

    What a veiled lead says counts as that, too.
    """
    told = {zone[-1] + name: 1.0 for name in names} | {_BOTH + name: _SHARED_WEIGHT for name in names}
    return told | {zone + name: _SHARED_WEIGHT for name in names} if zone == _VEILED else told


# The names of features, made once and asked for often: what stands where (zone, concept, side, the concept with its
# mood), the first actor (zone, role, concept), the first act (zone, act), an act between actors (zone, who, act, whom).
_STANDS = Memo[tuple[str, str, str, str], Features](lambda key: _told(key[0], f":{key[1]}", key[2] + key[3]))
_ACTOR = Memo[tuple[str, str, str], Features](lambda key: _told(key[0], f"-first:{key[1]}", f"-first:{key[2]}"))
_FIRST_ACT = Memo[tuple[str, str], Features](lambda key: _told(key[0], f"-act:{key[1]}"))
_FRAME = Memo[tuple[str, str, str, str], Features](
    lambda key: _told(key[0], f":{key[1]}>{key[2]}", f":{key[2]}>{key[3]}")
)
_IN_LEAD = Memo[str, str]("lead:{}".format)
_IN_REST = Memo[str, str]("rest:{}".format)
stem_of = Memo[str, str](lambda word: word[:_STEM] if word.isalpha() else "")
_WORD = Memo[str, str](lambda word: f"word:{word[:_STEM]}" if word.isalpha() else "")
_LEAD_WORD = Memo[str, str](lambda word: f"lead-word:{word[:_STEM]}" if word.isalpha() else "")


def _mood(hits: list[Hit], index: int, tokens: list[str]) -> str:
    """Return the mood of an act, else an empty text.

    "not:", "plan:" and "ask:" come from a word shortly before it in its clause; "react:" means that an earlier verb
    condemns, welcomes or defends it.
    """
    act = hits[index]
    for other in reversed(hits[:index]):
        if act.start - other.end > _MOOD_REACH:
            break
        mood = _MOODS.get(other.concept)
        if mood and other.end <= act.start and _one_clause(hits, tokens, other.start, act.start):
            return f"{mood}:"
    if act.concept not in _REACTIONS and any(
        other.concept in _REACTIONS and other.end <= act.start <= other.end + _REACTION_REACH for other in hits[:index]
    ):
        return "react:"
    return ""


def _one_clause(hits: list[Hit], tokens: list[str], first: int, last: int) -> bool:
    """Whether no mark and no opening word parts the word at ``last`` from the one at ``first``."""
    return _MARKS.isdisjoint(tokens[first + 1 : last + 1]) and not any(
        first < hit.start <= last for hit in hits if hit.concept == "SUBORD"
    )


def background(hits: list[Hit], tokens: list[str]) -> Set[int]:
    """Return the places of the words in clauses that tell the background: from an opening word to a mark."""
    opening = {hit.start for hit in hits if hit.concept == "SUBORD"}
    behind = set(opening)
    for start in opening:
        for position in range(start + 1, len(tokens)):
            if tokens[position] in _MARKS or position in opening:
                break
            behind.add(position)
    return behind
