"""OFAC's list changes: the delta file behind a publication, as text that can be judged like any other release."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from spiders.items import DateEvidence
from spiders.pages import Article
from spiders.text import tidy

_MAX_LINES = 400  # entries named; large housekeeping changes touch thousands
_VERBS = {"add": "Added", "remove": "Removed"}  # any other action changes an entry
# What the programme tag of the sanctions against the Court stands for; others explain themselves by their order.
_PROGRAMMES = {"ICC-EO14203": "Executive Order 14203, International Criminal Court"}


def parse_delta(body: bytes) -> Article | None:
    """Read a delta file (namespace DeltaFile/1.0): who was added, removed or changed under which programme.

    One entry a line, with the programme tags that OFAC's own notices use. None when the body is no such file.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None or str(root.tag).rpartition("}")[2] != "sanctionsData":
        return None
    lines: list[str] = []
    counts: Counter[str] = Counter()
    programmes: Counter[str] = Counter()
    for entity in root.iterfind(".//{*}entity"):
        verb = _VERBS.get(entity.get("action", ""), "Changed")
        tags = _texts(entity, "sanctionsProgram")
        counts[verb] += 1
        programmes.update(tags)
        if len(lines) < _MAX_LINES:
            kind = " ".join(_texts(entity, "entityType")[:1]).lower()
            lines.append(f"{verb}: {_name(entity)}{f' ({kind})' if kind else ''} [{'] ['.join(tags)}].")
    rest = sum(counts.values()) - len(lines)
    explained = [f"{tag}: {_PROGRAMMES[tag]}." for tag in programmes if tag in _PROGRAMMES]
    more = [f"And {rest} more entries."] if rest else []
    return Article(
        title=_headline(counts, [tag for tag, _ in programmes.most_common(6)]),
        text="\n".join([*explained, *lines, *more]),
        published=DateEvidence(),  # the list of publications tells it
        tags=tuple(programmes),
    )


def _headline(counts: Counter[str], programmes: list[str]) -> str:
    what = ", ".join(f"{counts[verb]} {verb.lower()}" for verb in ("Added", "Removed", "Changed") if counts[verb])
    return f"OFAC sanctions list: {what or 'no entry touched'}{' - ' if programmes else ''}{', '.join(programmes)}"


def _name(entity: etree._Element) -> str:
    """Return the primary name in Latin letters, else the first there is."""
    best = ""
    for name in entity.iterfind(".//{*}name"):
        primary = _texts(name, "isPrimary")[:1] == ["true"]
        for translation in name.iterfind(".//{*}translation"):
            full = " ".join(_texts(translation, "formattedFullName")[:1])
            latin = _texts(translation, "script")[:1] in ([], ["Latin"])
            if primary and latin and full:
                return full
            best = best or full
    return best or f"entry {entity.get('id', 'without a name')}"


def _texts(element: etree._Element, name: str) -> list[str]:
    found = (tidy("".join(one.itertext())) for one in element.iterfind(f".//{{*}}{name}"))
    return [text for text in found if text]
