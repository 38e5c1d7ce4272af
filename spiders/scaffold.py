"""Adding a source in five minutes: a TOML to fill in, a recorded page to review, and the page of all sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from spiders.catalogue import BUNDLED, Source, load_source
from spiders.check import SUFFIXES, write_expectation
from spiders.crawl import CollectOptions, crawl
from spiders.errors import SpiderError
from spiders.fetching import Answer, Fetcher
from spiders.pages import parse_listing

_HEAD = """\
name = ""  # as people say it
publisher = ""  # who answers for what is published
official = false
kind = "{kind}"
url = "{url}"
language = "en"
every = "1h"  # while it publishes; slowest = "6h" bounds how rarely it is asked when it is silent
timezone = "UTC"  # of dates without one, and of hours = "09:00-17:00" if it keeps office hours

[expect]
min_items = 3  # fewer on a page is a trouble; window = 10 would say how many it shows at once
max_silence = "7d"  # no new item for longer is a warning
"""
_TABLES = {
    "rss": "",
    "html": """
[listing]  # CSS; ::attr(name) takes an attribute
item = ""
title = "a"
url = "a::attr(href)"
date = "time::attr(datetime)"

[article]
title = "h1"
body = "article"
""",
    "json": """
[api]  # paths of fields, such as "agencies.0.name"
items = "results"
id = "id"
title = "title"
url = "url"
date = "date"
""",
}
_NOTES = """
[notes]
added = {day}
why = ""
odd = ""
evidence = ""
confidence = "guess"
"""


def new_source(
    slug: str, kind: Literal["rss", "html", "json"], url: str, *, day: datetime, folder: Path = BUNDLED
) -> Path:
    """Write the TOML of a new source, which does not load before its empty keys are filled in; return its path."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
        raise SpiderError(f"{slug!r} is no id of a source: use a-z, 0-9 and _, a letter first")
    if not re.fullmatch(r"https?://[^\s\"\\]+", url):
        raise SpiderError(f"{url!r} is no address: give a full http(s) one")
    path = folder / f"{slug}.toml"
    if path.exists():
        raise SpiderError(f"{path} is there already")
    path.write_text(_HEAD.format(kind=kind, url=url) + _TABLES[kind] + _NOTES.format(day=day.date()), encoding="utf-8")
    return path


async def record(
    slug: str,
    pages: Path,
    *,
    now: Callable[[], datetime],
    options: CollectOptions,
    folder: Path = BUNDLED,
) -> list[Path]:
    """Fetch what a source shows now, keep it under ``pages/<slug>/``, write what it reads as; return the files.

    For a listing the article of its first line is kept too. The expectation has to be reviewed by a person.
    Raises SpiderError when the source does not answer as it should.
    """
    source = load_source(folder / f"{slug}.toml")
    answers: dict[str, Answer] = {}

    async def work(fetcher: Fetcher) -> None:
        url = source.url.replace("{year}", str(now().year))
        answers[SUFFIXES[source.kind]] = first = await fetcher.get(source, url, source.kind)
        if source.kind == "html" and first.trouble is None and source.article.get("fetch", True):
            listing = parse_listing(source, first.body, first.charset, first.url, now=now())
            if listing.rows:
                answers[".article.html"] = await fetcher.get(source, listing.rows[0].url, "html")

    await crawl([source], work, now=now, options=options)
    target = pages / slug
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for suffix, answer in answers.items():
        if answer.trouble is not None:
            raise SpiderError(f"{slug}: {answer.url}: {answer.trouble.note}")
        path = target / f"{now():%Y-%m-%d}{suffix}"
        path.write_bytes(answer.body)
        written.append(path)
    return [*written, write_expectation(source, written[0])]


def render_sources(sources: Mapping[str, Source]) -> str:
    """Write docs/sources.md from the catalogue."""
    lines = [
        "# Sources",
        "",
        "Written by `make docs` from `spiders/sources/*.toml`; change it there.",
        "",
        f"{len(sources)} sources in {len({one.language for one in sources.values()})} languages. "
        "Sources that were dropped, and what stands in for them: [removed-sources.md](removed-sources.md).",
    ]
    for tier, title in _TIERS.items():
        members = [source for source in sources.values() if source.tier == tier]
        if members:
            lines += [
                "",
                f"## {title}",
                "",
                "| id | source | language | asked every | kind | why |",
                "|---|---|---|---|---|---|",
            ]
            lines += [_render_row(source) for source in members]
    return "\n".join(lines) + "\n"


_TIERS = {
    "official": "Governments and authorities",
    "court": "Courts",
    "un": "United Nations",
    "ngo": "Civil society",
    "press": "Press and search services",
    "blog": "Expert blogs",
}


def _render_row(source: Source) -> str:
    cells = [
        f"`{source.id}`",
        f"[{source.name}]({source.url.replace('{year}', 'YEAR')})",
        source.language,
        _render_every(source),
        source.kind,
        str(source.notes.get("why", "")),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _render_every(source: Source) -> str:
    """Write the shortest pause, the longest, and the hours in which the shortest holds."""
    pauses = _render_pause(source.every)
    if source.longest_pause > source.every:
        pauses += f" to {_render_pause(source.longest_pause)}"
    if source.hours is None:
        return pauses
    opens, closes = (f"{at:%H:%M}" for at in source.hours)
    return f"{pauses}; {_render_pause(source.every)} on weekdays {opens}-{closes} ({source.timezone})"


def _render_pause(pause: timedelta) -> str:
    minutes = int(pause.total_seconds() // 60)
    if minutes < 60 or minutes % 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2_880 else f"{minutes // 1_440} d"
