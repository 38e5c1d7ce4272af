"""JSON interfaces: the [api] table of a source says where its documents carry what an item needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from spiders.catalogue import Source
from spiders.dates import read_date
from spiders.items import DateEvidence, Item, Outcome
from spiders.text import content_hash, plain_text, title_text
from spiders.urls import canonical_url, item_id

_FIELD = re.compile(r"\{([\w.]+)\}")


@dataclass(frozen=True, slots=True)
class Documents:
    """The items of an answer, each id once; ``trouble`` names what is wrong when it is not what was declared."""

    items: tuple[Item, ...] = ()
    dropped: int = 0
    trouble: Outcome | None = None
    note: str = ""


def parse_documents(source: Source, body: bytes, *, now: datetime) -> Documents:
    """Read the items of a JSON answer. Never raises on what a server may send.

    An answer without the array, as the Federal Register gives when nothing matches, has no items.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return Documents(trouble=Outcome.FAILED, note="The JSON is broken.")
    entries = dig(document, source.api.get("items", ""))
    if entries is None and isinstance(document, dict) and "count" in document:
        entries = []
    if not isinstance(entries, list):
        path = source.api.get("items") or "the document"
        return Documents(trouble=Outcome.CHANGED_LAYOUT, note=f"There is no array at {path!r}.")
    items: dict[str, Item] = {}
    for entry in entries:
        item = _read_document(source, entry, now) if isinstance(entry, dict) else None
        if item is not None:
            items.setdefault(item.id, item)
    dropped = len(entries) - len(items)
    if entries and not items:
        note = f"{len(entries)} entries, but none has the declared fields."
        return Documents(trouble=Outcome.CHANGED_LAYOUT, note=note, dropped=dropped)
    return Documents(items=tuple(items.values()), dropped=dropped)


def find_next(source: Source, body: bytes) -> str | None:
    """Return the address of the next page that an answer names, if it names one."""
    path = source.api.get("next")
    if not path:
        return None
    try:
        found = _scalar(dig(json.loads(body), path))
    except (ValueError, RecursionError):
        return None
    return canonical_url(found, source.url) if found else None


def dig(document: Any, path: str) -> Any:
    """Follow a dotted path through objects; numbers index arrays; None when it leads nowhere."""
    for name in path.split(".") if path else ():
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and re.fullmatch(r"-?\d+", name):
            index = int(name)
            document = document[index] if -len(document) <= index < len(document) else None
        else:
            return None
    return document


def _read_document(source: Source, entry: Mapping[str, Any], now: datetime) -> Item | None:
    rules = source.api
    title = title_text(next((text for rule in rules["title"] if (text := _filled(entry, rule))), ""))
    url = _address(source, entry)
    if not title or url is None or (rules.get("keep") and not re.search(rules["keep"], url)):
        return None
    guid = _scalar(dig(entry, rules["id"])) if rules.get("id") else None
    text = "\n".join(dict.fromkeys(part for raw in _texts(entry, rules.get("text", ())) if (part := plain_text(raw))))
    return Item(
        id=item_id(source.id, guid, url),
        source=source.id,
        url=url,
        title=title,
        text=text,
        published=_published(source, entry, now),
        language=_language(source, entry),
        publisher=source.publisher,
        tier=source.tier,
        content_hash=content_hash(title, text),
        guid=guid,
        author=(_scalar(dig(entry, rules["author"])) if rules.get("author") else None),
        tags=tuple(dict.fromkeys(title_text(raw) for raw in _texts(entry, rules.get("tags", ())))),
    )


def _filled(entry: Mapping[str, Any], rule: str) -> str:
    """Read a field, or fill the fields into words; "" when one of them is missing."""
    if not _FIELD.search(rule):
        return next(_texts(entry, [rule]), "")
    values = {name: _scalar(dig(entry, name)) for name in _FIELD.findall(rule)}
    return _FIELD.sub(lambda match: values[match[1]] or "", rule) if all(values.values()) else ""


def _address(source: Source, entry: Mapping[str, Any]) -> str | None:
    """Build the address of a document: a field, or a pattern with fields in it."""
    rule = source.api["url"]
    if not _FIELD.search(rule):
        raw = _scalar(dig(entry, rule))
        return canonical_url(raw, source.url) if raw else None
    values = {name: _scalar(dig(entry, name)) for name in _FIELD.findall(rule)}
    if not all(values.values()):
        return None
    return canonical_url(_FIELD.sub(lambda match: quote(values[match[1]] or "", safe=""), rule), source.url)


def _published(source: Source, entry: Mapping[str, Any], now: datetime) -> DateEvidence:
    for raw in _texts(entry, source.api.get("date", ())):
        return read_date(raw, zone=source.timezone, finest=source.date_precision, now=now, origin="api")
    return DateEvidence()


def _language(source: Source, entry: Mapping[str, Any]) -> str:
    """Read the language an aggregator names for a document, else the source's."""
    named = _scalar(dig(entry, source.api["language"])) if source.api.get("language") else None
    return _LANGUAGES.get((named or "").lower(), source.language)


_LANGUAGES = {
    "english": "en", "french": "fr", "spanish": "es", "german": "de", "dutch": "nl", "russian": "ru", "arabic": "ar",
    "portuguese": "pt", "italian": "it", "hungarian": "hu", "chinese": "zh", "hebrew": "he", "turkish": "tr",
}  # fmt: skip


def _texts(entry: Any, paths: Sequence[str]) -> Iterator[str]:
    """Yield the non-empty texts at these paths, lists spread out, objects by their name."""
    for path in paths:
        value = dig(entry, path)
        for one in value if isinstance(value, list) else [value]:
            text = _scalar(one.get("name") if isinstance(one, dict) else one)
            if text:
                yield text


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return None
    return str(value).strip() or None
