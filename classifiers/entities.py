"""Who and what a text names: persons, states and bodies under one id each, in many spellings and scripts.

The tables are data (``entities/*.toml``) that people can extend; every entry says where it comes from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from classifiers.matcher import Matcher, even, fold_words

KINDS = ("person", "state", "body", "phrase")


@dataclass(frozen=True, slots=True)
class Listing:
    """A published listing of a person by an issuer, or its end: what tells an old round from a new one."""

    issuer: str  # id of the state
    on: date
    authority: str
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, state or body. ``state`` is the nationality of a person, or whose arm a body is."""

    id: str
    kind: str  # one of KINDS
    name: str
    role: str = ""  # of a person ("judge"), or the sort of a body ("court")
    state: str | None = None
    members: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()


class Mention(NamedTuple):
    """One place where an entity is named. Offsets are those of the text that was searched (see :func:`find`)."""

    id: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Alias:
    entity: str
    kind: str
    short: bool = False


@dataclass(frozen=True, slots=True)
class _Short:
    """When a short form ("Khan") may stand for this person."""

    when: tuple[str, ...]
    unless: tuple[str, ...]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("classifiers") / "entities" / name).read_text("utf-8"))


def _listings(entry: Mapping[str, Any]) -> tuple[Listing, ...]:
    found = []
    for key, lifted in (("listed", False), ("lifted", True)):
        for text in entry.get(key, ()):
            issuer, on, authority = text.split(":", 2)
            found.append(Listing(issuer, date.fromisoformat(on), authority, lifted))
    return tuple(sorted(found, key=lambda listing: listing.on))


class Gazetteer:
    """All entities with one matcher over all their names."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self._shorts: dict[str, _Short] = {}
        patterns: list[tuple[str, _Alias]] = []
        for filename, default in (("persons.toml", "person"), ("bodies.toml", "body"), ("states.toml", "state")):
            for key, entry in _read(filename).items():
                if key != "sources":
                    patterns += self._add(key, entry, default)
        self._matcher = Matcher(patterns)

    def _add(self, key: str, entry: Mapping[str, Any], default: str) -> list[tuple[str, _Alias]]:
        kind = "phrase" if entry.get("kind") == "phrase" else default
        self.entities[key] = Entity(
            id=key,
            kind=kind,
            name=entry["name"],
            role=entry.get("role", entry.get("kind", "")),
            state=entry.get("state"),
            members=tuple(entry.get("members", ())),
            listings=_listings(entry),
        )
        aliases = [*entry.get("aliases", ())]
        if default != "state":
            aliases.append(entry["name"])
        if entry.get("short"):
            self._shorts[key] = _Short(
                tuple(fold_words(word) for word in entry.get("when", ())),
                tuple(fold_words(word) for word in entry.get("unless", ())),
            )
        full = _Alias(key, kind)
        short = _Alias(key, kind, short=True)
        return [(alias, full) for alias in aliases] + [(alias, short) for alias in entry.get("short", ())]

    def find(self, text: str, folded: str) -> list[Mention]:
        """Return the mentions in an even ``text``, in their order, short names resolved by the rest of the text."""
        hits = self._matcher.find(text, folded)
        certain = {alias.entity for _, _, alias in hits if not alias.short}
        mentions: list[Mention] = []
        for start, end, alias in hits:
            if alias.kind == "phrase" or (alias.short and not self._may_mean(alias.entity, certain, folded)):
                continue
            mention = Mention(alias.entity, alias.kind, start, end)
            if not (mentions and mentions[-1] == mention):
                mentions.append(mention)
        return mentions

    def _may_mean(self, entity: str, certain: set[str], folded: str) -> bool:
        if entity in certain:
            return True
        rule = self._shorts[entity]
        if any(word in folded for word in rule.unless):
            return False
        return not rule.when or any(word in folded for word in rule.when)


@cache
def gazetteer() -> Gazetteer:
    """Return the bundled tables, read once."""
    return Gazetteer()


def find(text: str) -> list[Mention]:
    """Return the persons, states and bodies named in ``text``; offsets are those of ``matcher.even(text)``.

    That is ``text`` itself unless it holds combining marks or invisible joiners.
    """
    text = even(text)
    return gazetteer().find(text, fold_words(text))


def entity(entity_id: str) -> Entity:
    """Return the entity of an id.

    Raises:
        KeyError: no such entity.
    """
    return gazetteer().entities[entity_id]
