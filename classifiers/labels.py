"""Labelled items: the corpus we train and measure on, and files of the same make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from classifiers.categories import Category
from classifiers.errors import CorpusError
from classifiers.jsonl import Row, document_from, parse_rows
from classifiers.verdicts import Document

_LEARNT_FROM = (
    *("id", "title", "text", "lang", "source_kind", "published"),
    *("category", "about_court", "event_key", "weight"),
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document and what people say it is."""

    document: Document
    category: Category
    about_court: bool
    event_key: str | None
    hard: bool = False
    at: datetime | None = None  # publication, else the day of the event: for splits by time
    file: str = ""
    weight: float = 1.0  # how much it counts in training

    @property
    def group(self) -> str:
        """What must stay on one side of a split: the event, or the item itself when it reports none."""
        return f"event:{self.event_key}" if self.event_key else f"item:{self.document.id}"


def labelled_from(row: Row) -> Labelled:
    """Turn a row of a labels file into a labelled item; raises InputError naming the line."""
    category = row.text("category")
    if category not in set(Category):
        raise row.error(f"category is {category!r}, not one of {', '.join(Category)}")
    return Labelled(
        document=document_from(row),
        category=Category(category),
        about_court=row.flag("about_court"),
        event_key=row.optional_text("event_key"),
        hard=row.flag("hard", default=False),
        at=row.moment("published") or row.moment("event_date"),
        file=row.name,
        weight=row.share("weight", default=1.0),
    )


def parse_labelled(text: str, name: str) -> list[Labelled]:
    """Read a labels file; raises InputError for a bad line."""
    return [labelled_from(row) for row in parse_rows(text, name)]


def _corpus_files() -> Iterator[tuple[str, str]]:
    folder = files("classifiers").joinpath("corpus")
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".jsonl")), key=lambda p: p.name):
        yield path.name, path.read_text(encoding="utf-8")


@cache
def load_corpus() -> tuple[Labelled, ...]:
    """Return the whole corpus, in file order; raises CorpusError when an id stands twice."""
    items: dict[str, Labelled] = {}
    for name, text in _corpus_files():
        for item in parse_labelled(text, name):
            if item.document.id in items:
                raise CorpusError(f"{name}: id {item.document.id} is in the corpus twice; give one of them another id")
            items[item.document.id] = item
    return tuple(items.values())


@cache
def corpus_digest() -> str:
    """Return a hash over the corpus files: a part of the judge's version."""
    digest = hashlib.sha256()
    for name, text in _corpus_files():
        for line in text.splitlines():
            if line.strip():
                row = json.loads(line)
                kept = [row.get(key) for key in _LEARNT_FROM]
                digest.update(json.dumps([name, *kept], ensure_ascii=False).encode())
    return digest.hexdigest()


def check_split(train: Iterable[Labelled], test: Iterable[Labelled]) -> None:
    """Raise CorpusError when an event or an item is on both sides: the figures would flatter."""
    shared = {item.group for item in train} & {item.group for item in test}
    if shared:
        raise CorpusError(f"on both sides of the split: {', '.join(sorted(shared)[:5])}; split by event_key")


def fold_of(item: Labelled, folds: int) -> int:
    """Return the fold of an item: by the hash of its event, so that it never depends on the other items."""
    return int.from_bytes(hashlib.sha256(item.group.encode()).digest()[:8]) % folds


def split_folds(items: Sequence[Labelled], folds: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield (train, test) positions, grouped by event."""
    where = [fold_of(item, folds) for item in items]
    for fold in range(folds):
        yield [i for i, f in enumerate(where) if f != fold], [i for i, f in enumerate(where) if f == fold]
