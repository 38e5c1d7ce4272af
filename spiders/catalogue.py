"""The source catalogue: one TOML a source, its file name is its id."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cssselect import SelectorError
from parsel.csstranslator import HTMLTranslator
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from spiders.errors import CatalogueError
from spiders.items import Tier

BUNDLED = Path(__file__).parent / "sources"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What normal looks like: falling below ``min_items`` is a trouble, longer silence a warning.

    ``window`` is how many items the source shows at once, where that is known: what is older can only be had elsewhere.
    """

    min_items: int = 1
    max_silence: timedelta | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One place where something is published, as its TOML declares it."""

    id: str
    name: str
    publisher: str
    kind: Literal["rss", "html", "json"]
    url: str
    official: bool = False
    document: Literal["release", "list", "register"] | None = None  # what it gives of an act, when it is official
    tier: Tier = "press"
    language: str = "en"
    every: timedelta = timedelta(hours=1)
    slowest: timedelta | None = None  # the longest pause while it is well and silent; None: see ``longest_pause``
    hours: tuple[time, time] | None = None  # of weekdays in its time zone: when it publishes
    timezone: str = "UTC"  # of day-precision and naive dates, and of its hours
    date_precision: Literal["instant", "day"] = "instant"  # "day" where the hour is invented
    user_agent: Literal["honest", "compat"] = "honest"
    horizon: timedelta = timedelta(days=14)  # older items are a backfill, never news
    delay: float = 0.5  # seconds between requests to its host
    max_bytes: int = 5_000_000
    fallback: str | None = None
    archive: str | None = None  # older pages of a feed: relative, with {page}, counted from 1, or {page0}, from 0
    watch_edits: bool = False  # look at articles again for edits and take-downs
    keep_raw: bool = False  # keep the answers that gave something new, as evidence
    expect: Expectation = field(default_factory=Expectation)
    listing: Mapping[str, Any] = field(default_factory=dict)
    article: Mapping[str, Any] = field(default_factory=dict)
    api: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def longest_pause(self) -> timedelta:
        """The longest pause while it is well: its own bound, else three times ``every`` but four looks a day."""
        return self.slowest or max(self.every, min(self.every * 3, timedelta(hours=6)))


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _read_duration(value: object) -> object:
    """Turn "30s", "5m", "1h", "1d" or "1w" into a timedelta."""
    match = re.fullmatch(r"([1-9]\d*)([smhdw])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('give a duration such as "30s", "5m", "1h", "1d" or "1w"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _read_hours(value: object) -> object:
    """Turn "09:30-15:30" into two times of day, the first before the second."""
    match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", value) if isinstance(value, str) else None
    try:
        opens, closes = (time.fromisoformat(part) for part in match.groups()) if match else (time(), time())
    except ValueError:
        opens = closes = time()
    if not opens < closes:
        raise ValueError('give hours of a weekday such as "09:30-15:30"')
    return opens, closes


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as error:  # unknown, or not a name at all
        raise ValueError('name a zone of the IANA database, such as "Europe/Amsterdam"') from error
    return value


def _check_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("give a full http(s) address")
    return value


def _check_page_address(value: str) -> str:
    if "{page}" not in value and "{page0}" not in value:
        raise ValueError("put {page} (counted from 1) or {page0} (from 0) where the number goes")
    return value


def _check_pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


def _read_selectors(value: object) -> object:
    """Accept one selector or a list of alternatives, the first that matches wins; all must be valid CSS."""
    selectors = [value] if isinstance(value, str) else value
    if not isinstance(selectors, list) or not selectors or not all(isinstance(one, str) for one in selectors):
        raise ValueError("give a CSS selector or a list of them")
    for selector in selectors:
        try:
            HTMLTranslator().css_to_xpath(selector)
        except SelectorError as error:
            raise ValueError(f"not a CSS selector: {selector!r}") from error
    return tuple(selectors)


def _read_fields(value: object) -> object:
    """Accept one field path or a list of them."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Duration = Annotated[timedelta, BeforeValidator(_read_duration)]
Hours = Annotated[tuple[time, time], BeforeValidator(_read_hours)]
Selectors = Annotated[tuple[str, ...], BeforeValidator(_read_selectors)]
Fields = Annotated[tuple[str, ...], BeforeValidator(_read_fields)]
PageAddress = Annotated[str, AfterValidator(_check_page_address)]
Pattern = Annotated[str, AfterValidator(_check_pattern)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Expect(_Table):
    min_items: int = Field(default=1, ge=0)
    window: int | None = Field(default=None, ge=1)
    max_silence: Duration | None = None

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        if self.window is not None and self.min_items > self.window:
            raise ValueError("min_items is more than the window holds")
        return self


class _Listing(_Table):
    format: Literal["links", "status"] = "links"  # lines that lead to articles, or a table whose change is the news
    subject: str | None = Field(default=None, min_length=1)  # what a status table is of, as sentences name it
    note: Selectors | None = None  # the notes below a status table
    item: Selectors
    container: Selectors | None = None  # what is there even when nothing is listed
    title: Selectors | None = None
    url: Selectors | None = None
    date: Selectors | None = None
    date_format: str | None = None
    type: Selectors | None = None
    text: Selectors | None = None
    next: PageAddress | None = None  # older pages: relative, with {page}, counted from 1, or {page0}, from 0
    keep: Pattern | None = None  # addresses that are articles


class _Article(_Table):
    fetch: bool = True
    format: Literal["page", "ofac-delta"] = "page"
    title: Selectors | None = None
    date: Selectors | None = None
    date_format: str | None = None
    body: Selectors | None = None
    drop: Selectors | None = None  # furniture inside the body
    author: Selectors | None = None
    tags: Selectors | None = None


class _Api(_Table):
    items: str = ""  # path of the array, "" when the document is the array
    id: str | None = None
    title: Fields  # field paths, or words with {field} in them
    url: str  # a field path, or an address with {field} in it
    date: Fields | None = None
    text: Fields | None = None
    author: str | None = None
    tags: Fields | None = None
    language: str | None = None
    keep: Pattern | None = None
    next: str | None = None  # older pages: the path of the field that names the next one


class _Notes(_Table):
    added: Any = None
    why: str = ""
    odd: str = ""
    evidence: str = ""
    confidence: str = ""


class _SourceFile(_Table):
    name: str = Field(min_length=1)
    publisher: str = Field(min_length=1)
    official: bool = False
    document: Literal["release", "list", "register"] | None = None
    tier: Literal["official", "court", "un", "ngo", "press", "blog"] | None = None
    kind: Literal["rss", "html", "json"]
    url: Annotated[str, AfterValidator(_check_url)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] = "en"
    every: Duration = timedelta(hours=1)
    slowest: Duration | None = None
    hours: Hours | None = None
    timezone: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    date_precision: Literal["instant", "day"] = "instant"
    user_agent: Literal["honest", "compat"] = "honest"
    horizon: Duration = timedelta(days=14)
    delay: float = Field(default=0.5, ge=0, le=60)
    max_bytes: int = Field(default=5_000_000, ge=1_000, le=100_000_000)
    fallback: str | None = None
    archive: PageAddress | None = None
    watch_edits: bool | None = None
    keep_raw: bool | None = None
    expect: _Expect = Field(default_factory=_Expect)
    listing: _Listing | None = None
    article: _Article | None = None
    api: _Api | None = None
    notes: _Notes = Field(default_factory=_Notes)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sources of a folder, by id in alphabetical order; of each file that cannot be used, by its stem, why not."""

    sources: Mapping[str, Source]
    broken: Mapping[str, str] = field(default_factory=dict)


def read_catalogue(folder: Path | None = None) -> Catalogue:
    """Read every ``*.toml`` of ``folder`` (None: the bundled catalogue); a file that cannot be used stops no other.

    Raises CatalogueError when there is no folder, no file, or none that can be used.
    """
    folder = folder or BUNDLED
    if not folder.is_dir():
        raise CatalogueError(f"{folder}: no such folder; point COURTWATCH_SOURCES at a folder of source files")
    read: dict[str, Source] = {}
    broken: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            read[path.stem] = load_source(path)
        except CatalogueError as error:
            broken[path.stem] = str(error)
    for source in list(read.values()):
        if source.fallback is not None and source.fallback not in read.keys() | broken.keys():
            hint = _suggest(source.fallback, read)
            broken[source.id] = f"{folder / source.id}.toml: fallback: no source {source.fallback!r}{hint}"
    sources = {name: source for name, source in read.items() if name not in broken}
    if not sources:
        raise CatalogueError(
            next(iter(broken.values()), f"{folder}: no source file (*.toml) in it; copy one from the bundled catalogue")
        )
    return Catalogue(sources, dict(sorted(broken.items())))


def load_sources(folder: Path | None = None) -> dict[str, Source]:
    """Read a catalogue that has to be whole, such as the bundled one; raises CatalogueError at a broken file."""
    catalogue = read_catalogue(folder)
    for fault in catalogue.broken.values():
        raise CatalogueError(fault)
    return dict(catalogue.sources)


def load_source(path: Path) -> Source:
    """Read one source file. Raises CatalogueError."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem):
        raise CatalogueError(f"{path}: the file name is the id of the source: use a-z, 0-9 and _, a letter first")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueError(f"{path}: not valid TOML: {_one_line(str(error))}") from error
    try:
        declared = _SourceFile.model_validate(table)
    except ValidationError as error:
        raise CatalogueError(f"{path}: {_explain(error)}") from error
    return _build(path, declared)


def _build(path: Path, declared: _SourceFile) -> Source:
    if declared.kind == "html" and declared.listing is None:
        raise CatalogueError(f'{path}: listing: kind = "html" needs a [listing] table with the selector of an item')
    if declared.listing is not None and declared.listing.format == "status" and declared.listing.subject is None:
        raise CatalogueError(f"{path}: listing.subject: a status table needs to say what it is of")
    if declared.slowest is not None and declared.slowest < declared.every:
        raise CatalogueError(f"{path}: slowest: shorter than every; it is the longest pause, every the shortest")
    if declared.kind == "json" and declared.api is None:
        raise CatalogueError(f'{path}: api: kind = "json" needs an [api] table with the fields of an item')
    plain = declared.model_dump(
        exclude={"document", "tier", "watch_edits", "keep_raw", "expect", "listing", "article", "api", "notes"}
    )
    return Source(
        id=path.stem,
        **plain,
        document=declared.document or ("release" if declared.official else None),
        tier=declared.tier or ("official" if declared.official else "press"),
        watch_edits=declared.official if declared.watch_edits is None else declared.watch_edits,
        expect=Expectation(**declared.expect.model_dump()),
        keep_raw=declared.official if declared.keep_raw is None else declared.keep_raw,
        listing=_table(declared.listing),
        article=_table(declared.article),
        api=_table(declared.api),
        notes=_table(declared.notes),
    )


def _table(model: _Table | None) -> dict[str, Any]:
    return {} if model is None else model.model_dump(exclude_none=True)


def _explain(error: ValidationError) -> str:
    """Say the first fault in one line: key, what is wrong, what to do."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key}: unknown key{_suggest(str(fault['loc'][-1]), _known_keys(fault['loc'][:-1]))}"
    if fault["type"] == "missing":
        return f"{key}: missing; add it"
    return _one_line(f"{key}: {fault['msg'].removeprefix('Value error, ')}, not {fault['input']!r}")


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    tables: dict[tuple[int | str, ...], type[_Table]] = {
        ("expect",): _Expect,
        ("listing",): _Listing,
        ("article",): _Article,
        ("api",): _Api,
        ("notes",): _Notes,
    }
    return list(tables.get(location, _SourceFile).model_fields)


def _suggest(word: str, known: Mapping[str, object] | list[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(known))[:200]}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
