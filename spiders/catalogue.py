"""The source catalogue: one TOML a source, its file name is its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from spiders.items import Tier


@dataclass(frozen=True, slots=True)
class Expectation:
    """What normal looks like: falling below ``min_items`` is a trouble, longer silence a warning."""

    min_items: int = 1
    max_silence: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One place where something is published, as its TOML declares it."""

    id: str
    name: str
    publisher: str
    kind: Literal["rss", "html", "json"]
    url: str
    official: bool = False
    tier: Tier = "press"
    language: str = "en"
    every: timedelta = timedelta(hours=1)
    timezone: str = "UTC"  # of day-precision and naive dates
    user_agent: Literal["honest", "compat"] = "honest"
    horizon: timedelta = timedelta(days=14)  # older items are a backfill, never news
    delay: float = 0.5  # seconds between requests to its host
    max_bytes: int = 5_000_000
    fallback: str | None = None
    watch_edits: bool = False  # look at articles again for edits and take-downs
    expect: Expectation = field(default_factory=Expectation)
    listing: Mapping[str, Any] = field(default_factory=dict)
    article: Mapping[str, Any] = field(default_factory=dict)
    api: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
