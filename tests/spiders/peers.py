"""feedparser's own suite read through our wrapper: ``make peers``.

The suite is in feedparser's source distribution (BSD-2), fetched as requirements.lock pins it and never committed. Each
file says in a comment what it expects, as a Python expression; nothing of it is executed here: comparisons of a core
field of an entry with a literal are read out of it, and every other part of the expression is left alone.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser

from spiders.catalogue import Source
from spiders.feeds import parse_feed
from spiders.items import Item
from spiders.urls import canonical_url

PACKAGE = "feedparser"
CACHE = Path(".peers")
ADDRESS = "http://127.0.0.1:8097/tests/"  # where the suite's own server would lie
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

# Not ours to pass, with the reason.
DELIBERATE = {
    "encoding/bozo_linenoise.xml": "feedparser's sanitizer removes `<>`, which a browser shows",
    "wellformed/sanitize/item_content_encoded_script_nested_cdata.xml": "CDATA in CDATA: a browser shows nothing of it",
}

# What an entry of feedparser calls a field, and what we call it. Numbers stand as 0.
FIELDS: Mapping[tuple[str | int, ...], str] = {
    ("title",): "title",
    ("title_detail", "value"): "title",
    ("link",): "link",
    ("id",): "id",
    ("guid",): "id",
    ("summary",): "text",
    ("description",): "text",
    ("summary_detail", "value"): "text",
    ("content", 0, "value"): "text",
    ("published",): "stated",
    ("updated",): "stated",
    ("created",): "stated",
    ("date",): "stated",
    ("published_parsed",): "date",
    ("updated_parsed",): "date",
    ("created_parsed",): "date",
    ("date_parsed",): "date",
    ("author",): "author",
    ("category",): "tag",
    ("tags", 0, "term"): "tag",
}


@dataclass(frozen=True)
class Claim:
    """What a case says about one core field of one entry."""

    path: tuple[str | int, ...]
    entry: int
    field: str
    expected: Any


@dataclass(frozen=True)
class Case:
    """One file of the suite: the bytes, the headers they come with, what is claimed."""

    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Score:
    """How a case went: whether feedparser keeps its claims, and the claims that we do not keep."""

    case: Case
    theirs: bool
    missed: tuple[tuple[Claim, Any], ...] = ()


def read_case(name: str, body: bytes) -> Case:
    """Read a file of the suite; without a readable expectation it has no claims and is only to be survived."""
    for encoding in ("utf-8", "utf-16", "utf-32", "latin-1"):
        text = body.decode(encoding, "replace")
        if found := re.search(r"Expect:\s*(.*?)\s*-->", text, re.S):
            said = re.findall(r"^Header:\s+([^:\n]+):(.+)$", text, re.M)
            headers = {key.strip().lower(): value.strip() for key, value in said}
            return Case(name, body, headers, tuple(read_claims(found[1])))
    return Case(name, body)


def read_claims(expression: str) -> Iterator[Claim]:
    """Yield the comparisons of core fields with literals that must all hold for the expression to be true."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return
    for part in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        if not isinstance(part, ast.Compare) or len(part.ops) != 1 or not isinstance(part.ops[0], ast.Eq):
            continue
        path = tuple(_steps(part.left))
        name = FIELDS.get(tuple(0 if isinstance(step, int) else step for step in path[2:]))
        if path[:1] != ("entries",) or name is None or not isinstance(path[1], int):
            continue
        try:
            yield Claim(path, path[1], name, ast.literal_eval(part.comparators[0]))
        except ValueError:
            continue


def _steps(node: ast.expr) -> list[str | int]:
    """Return the names and numbers that lead to a value: ``entries[0]['title']`` as entries, 0, title."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=inner, attr=name):
            return [*_steps(inner), name]
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as step)):
            return [*_steps(inner), step]
    return []


def score(case: Case) -> Score:
    """Read a case with feedparser as it comes and with our wrapper, and compare."""
    parsed = feedparser.parse(
        io.BytesIO(case.body), response_headers={"content-location": ADDRESS + case.name, **case.headers}
    )
    claims = [claim for claim in case.claims if not _is_beside_content(parsed, claim)]
    case = replace(case, claims=() if case.name in DELIBERATE else tuple(claims))
    theirs = bool(case.claims) and all(_holds(parsed, claim) for claim in case.claims)
    headers = {"content-location": ADDRESS + case.name} | dict(case.headers)
    ours = parse_feed(SOURCE, case.body, headers, now=NOW).entries
    missed = []
    for claim in case.claims:
        item = ours[claim.entry] if claim.entry < len(ours) else None
        if item is None or not _keeps(item, claim, plain=_is_plain(parsed, claim)):
            missed.append((claim, item and _field(item, claim.field)))
    return Score(case, theirs, tuple(missed))


SOURCE = Source(id="peer", name="Peer", publisher="Peer", kind="rss", url=ADDRESS, max_bytes=50_000_000)


def _holds(parsed: Any, claim: Claim) -> bool:
    try:
        for step in claim.path:
            parsed = parsed[step]
    except (KeyError, IndexError, TypeError):
        return False
    return bool(parsed == claim.expected)


def _field(item: Item, name: str) -> Any:
    date = item.published
    return {
        "title": item.title, "link": item.url, "id": item.guid, "text": item.text, "author": item.author,
        "tag": item.tags, "stated": date.raw, "date": (date.at, date.precision),
    }[name]  # fmt: skip


def _is_beside_content(parsed: Any, claim: Claim) -> bool:
    """Whether it is about the summary of an entry that has another content: an item has one text, and that is it."""
    if claim.field != "text" or claim.path[2] == "content" or claim.entry >= len(parsed["entries"]):
        return False
    contents = [part["value"] for part in parsed["entries"][claim.entry].get("content", ())]
    return bool(contents) and claim.expected not in contents


def _is_plain(parsed: Any, claim: Claim) -> bool:
    """Whether what is expected is plain text, in which angle brackets are meant."""
    entry = parsed["entries"][claim.entry] if claim.entry < len(parsed["entries"]) else {}
    detail = entry.get("content", [{}])[0] if claim.path[2] == "content" else entry.get(f"{claim.path[2]}_detail", {})
    return str(detail.get("type")) == "text/plain" and "</" not in str(claim.expected)


def _keeps(item: Item, claim: Claim, *, plain: bool) -> bool:
    """Whether an item says what is expected, in our form: text without markup, addresses in canonical form."""
    have, want = _field(item, claim.field), claim.expected
    match claim.field:
        case "link":
            return bool(have == canonical_url(str(want)))
        case "date":
            return _is_date(item, want)
        case "tag":
            return _bare(str(want)) in {_bare(tag) for tag in item.tags}
        case "title":
            return _bare(str(want) if plain else _shown(str(want))) == _bare(have)
        case "text":  # without the headline, or all of it where an entry without one is called by its first words
            return _bare(str(want) if plain else _shown(str(want))) in {_bare(have), _bare(item.title + have)}
    return _bare(str(want)) == _bare(have or "")


def _is_date(item: Item, want: Any) -> bool:
    at = item.published.at
    if want is None or at is None:
        return want is at
    meant = datetime(*want[:6], tzinfo=UTC)
    return at == meant or (item.published.precision != "instant" and abs(at - meant) < timedelta(days=1))


def _bare(text: str) -> str:
    """Take all white space and invisible characters away: where a block begins is a matter of taste."""
    return re.sub(r"[\s\u00ad\u200b-\u200d\u2060\ufeff\x00-\x1f]", "", text)


def _shown(markup: str) -> str:
    """Return what a browser would show of it, with the standard library's parser and not with ours."""
    page = _Page()
    page.feed(markup)
    page.close()
    return "".join(page.text)


_HIDDEN = {"script", "style", "title", "desc"}  # the last two are a picture's


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden += tag in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def fetch_suite(cache: Path = CACHE) -> Path:
    """Return the folder of the suite, fetched with pip when it is not in the cache; its hash is the lock's."""
    lock = Path("requirements.lock").read_text(encoding="utf-8")
    pinned = re.search(rf"^{PACKAGE}==(\S+).*?(?=^\S)", lock, re.M | re.S)
    if pinned is None:
        raise SystemExit(f"requirements.lock does not pin {PACKAGE}: run make lock")
    folder = cache / f"{PACKAGE}-{pinned[1]}" / "tests"
    if not folder.is_dir():
        cache.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            wanted = Path(scratch) / "wanted.txt"
            wanted.write_text(re.sub(r"^\s*#.*$", "", pinned[0], flags=re.M), encoding="utf-8")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += ["--no-binary", PACKAGE, "--require-hashes", "--dest", scratch, "--requirement", str(wanted)]
            subprocess.run(command, check=True)
            [archive] = Path(scratch).glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                packed.extractall(cache, filter="data")
    return folder


def score_all(folder: Path) -> Iterator[Score]:
    """Score every XML file below ``folder``, in the order of their names."""
    for path in sorted(folder.rglob("*.xml")):
        yield score(read_case(path.relative_to(folder).as_posix(), path.read_bytes()))


def render(scores: Iterable[Score]) -> tuple[str, int]:
    """Write the table and the failures; count the cases that feedparser passes and we do not."""
    rows: dict[str, Counter[str]] = {}
    lines = []
    failed = 0
    for one in scores:
        for name in dict.fromkeys(claim.field for claim in one.case.claims) or ["none: to be survived"]:
            row = rows.setdefault(name, Counter())
            missed = [(claim, have) for claim, have in one.missed if claim.field == name]
            row["cases"] += 1
            row["feedparser"] += one.theirs
            row["ours"] += one.theirs and not missed
        if one.theirs and one.missed:
            failed += 1
            lines += [
                f"{one.case.name}: {'.'.join(map(str, claim.path))} is {have!r}, expected {claim.expected!r}"
                for claim, have in one.missed
            ]
    table = [f"{'field':<22}{'cases':>7}{'feedparser':>12}{'ours':>7}"]
    table += [f"{name:<22}{row['cases']:>7}{row['feedparser']:>12}{row['ours']:>7}" for name, row in rows.items()]
    return "\n".join(table + lines), failed


def main() -> None:
    """Print the table; exit with 1 when a case that feedparser passes is not passed here."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("folder", nargs="?", type=Path, help="an unpacked suite, instead of the one in the cache")
    text, failed = render(score_all(asked.parse_args().folder or fetch_suite()))
    print(text)  # noqa: T201 - a command line prints
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
