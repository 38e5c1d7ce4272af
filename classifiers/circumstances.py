"""Features from what stands around the concepts: when it happened, who is named, which steps are told, in whose voice.

A report names a day near its own; a commentary says "I", asks, and names days long past.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifiers.entities import entity
from classifiers.features import Features
from classifiers.folding import Folding
from classifiers.reading import Reading
from classifiers.steps import all_steps

_TOP = 3  # the title and two sentences
_AGES = ((3, "now"), (10, "week"), (45, "month"))  # days between what is told and its publication
_ACT_WEIGHT = 0.7
_FULL = 3.0  # the weight of a step that the title tells
_MOST = 1.5
_LENGTHS = ((400, "short"), (800, "medium"), (1500, "long"))  # characters
_HEARD = 3000  # characters in which a voice is listened for
_QUOTED = re.compile(r"[\"“«„][^\"”»“]{0,400}[\"”»“]")
# As people write them inside a sentence: "US" is no "us".
_I = frozenset(
    [
        *("I", "i", "my", "My", "me", "je", "Je", "mon", "ma", "ich", "Ich", "mein", "meine", "meinen", "meiner"),
        *("yo", "Yo", "mi", "Mi", "io", "Io", "mio", "eu", "Eu", "meu", "ik", "Ik", "mijn", "я", "Я", "мой", "мне"),
    ]
)
_WE = frozenset(
    [
        *("we", "our", "us", "nous", "notre", "nos", "wir", "unser", "unsere", "unseren", "unserer", "nosotros"),
        *("nuestro", "nuestra", "nuestros", "nuestras", "noi", "nostro", "nostra", "nostri", "nostre", "nós"),
        *("nosso", "nossa", "nossos", "nossas", "wij", "ons", "onze", "мы", "наш", "наша", "наше", "наши", "нашей"),
        *("нашего", "نحن"),
    ]
)
_LETTERS = Folding(lambda char: char if char.isalnum() and not char.isdecimal() else " ")


def circumstances(reading: Reading, acts: Sequence[str]) -> Features:
    """Return the features of a reading; ``acts`` are the first ones that its title and its lead tell."""
    found: Features = {}
    _days(reading, acts, found)
    _names(reading, found)
    _steps(reading, found)
    _voice(reading.document.text, found)
    return found


def _days(reading: Reading, acts: Sequence[str], found: Features) -> None:
    """Note how old the days are that title and lead name, alone and with the first act of each."""
    published = reading.published
    if published is None:
        found["when:undated"] = 1.0
        return
    ages = {
        f"when{'L' if sentence.number else 'T'}:{_age((published - stated.on).days)}": None
        for sentence in reading.lead(_TOP)
        for stated in sentence.dates
    }
    if not any(age[4] == "L" for age in ages):
        ages["whenL:none"] = None
    found.update(dict.fromkeys(ages, 1.0))
    found.update((f"{age}|{act}", _ACT_WEIGHT) for age in ages for act in acts)


def _age(days: int) -> str:
    if days < 0:
        return "future"
    return next((name for most, name in _AGES if days <= most), "old")


def _names(reading: Reading, found: Features) -> None:
    """Note the sorts of people and bodies that title and lead name."""
    for sentence in reading.lead(_TOP):
        zone = "L" if sentence.number else "T"
        for mention in sentence.mentions:
            known = entity(mention.id)
            found[f"name{zone}:{known.kind} {known.role}"] = 1.0


def _steps(reading: Reading, found: Features) -> None:
    """Note the steps of each category that the top tells: how weightily, where, and which one most."""
    for category, steps in all_steps(reading).items():
        for step, (weight, sentence) in steps.items():
            place = "T" if sentence.number == 0 else "L" if sentence.number < _TOP else "R"
            strength = min(weight / _FULL, _MOST)
            found[f"step:{category} {step}|{place}"] = 1.0
            found[f"step:{category} {step}"] = strength
        first = max(steps, key=lambda name: (steps[name][0], name))
        found[f"steps:{category}"] = min(steps[first][0] / _FULL, _MOST)
        found[f"step first:{category} {first}"] = 1.0


def _voice(text: str, found: Features) -> None:
    """Note in whose voice the text speaks outside its quotations, how much it quotes, and how long it is."""
    own, quotations = _QUOTED.subn(" ", text[:_HEARD])
    words = _LETTERS(own).split()
    if not _I.isdisjoint(words):
        found["voice:I"] = 1.0
    if not _WE.isdisjoint(words):
        found["voice:we"] = 1.0
    if "?" in own:
        found["voice:a question"] = 1.0
    found[f"quotations:{min(quotations, 2)}"] = 1.0
    found[f"length:{next((name for most, name in _LENGTHS if len(text) < most), 'very long')}"] = 1.0
