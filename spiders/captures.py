"""What an official source answered, kept as it came: what a release said can be shown when it says so no longer."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable
from dataclasses import replace
from hashlib import sha256

from spiders.catalogue import Source
from spiders.fetching import Answer
from spiders.items import Capture, Item

#: Bytes of one body; of a larger one only hash and headers are kept.
LARGEST = 5_000_000
#: Compressed bytes of one run; of what comes after, only hashes and headers are kept.
RUN_LIMIT = 20_000_000


class CaptureLog:
    """Collects the answers of one run that may turn out to be evidence; those that gave nothing are dropped."""

    def __init__(self, source: Source) -> None:
        self._wanted = source.keep_raw
        self._pages: dict[str, Capture] = {}  # by the address that was asked for
        self._listings: list[tuple[Capture, frozenset[str]]] = []
        self._absences: list[Capture] = []

    def hold_page(self, address: str, answer: Answer) -> None:
        """Hold the page of an article: it is evidence when the item at this address goes out."""
        if self._wanted and address not in self._pages:
            self._pages[address] = _capture(answer)

    def hold_listing(self, answer: Answer, item_ids: Collection[str]) -> None:
        """Hold a feed, listing or document from which these items were read."""
        if self._wanted and item_ids:
            self._listings.append((_capture(answer), frozenset(item_ids)))

    def hold_absence(self, answer: Answer, item_id: str) -> None:
        """Hold the 404 or 410 that shows that an item is gone."""
        if self._wanted:
            self._absences.append(replace(_capture(answer), gave=((item_id, ""),)))

    def evidence_of(self, items: Iterable[Item]) -> tuple[Capture, ...]:
        """Return what is evidence of these items as they go out, and of absences; bounded by :data:`RUN_LIMIT`."""
        found: list[Capture] = []
        out = {item.id: item.content_hash for item in items}
        for capture, ids in self._listings:
            gave = tuple((name, content) for name, content in out.items() if name in ids)
            if gave:
                found.append(replace(capture, gave=gave))
        for item in items:
            page = self._pages.get(item.url)
            if page is not None:
                found.append(replace(page, gave=((item.id, item.content_hash),)))
        return tuple(_within_limit([*found, *self._absences]))


def _capture(answer: Answer) -> Capture:
    """Compress an answer at once: a first run holds hundreds of pages."""
    body = gzip.compress(answer.body, 6, mtime=0) if len(answer.body) <= LARGEST else None
    return Capture(
        url=answer.url,
        status=answer.status or 0,
        headers=tuple(pair for pair in answer.raw_headers if pair[0].lower() != "set-cookie"),
        fetched_at=answer.fetched_at,
        sha256=sha256(answer.body).hexdigest(),
        size=len(answer.body),
        body=body,
    )


def _within_limit(captures: Iterable[Capture]) -> Iterable[Capture]:
    left = RUN_LIMIT
    for capture in captures:
        left -= len(capture.body or b"")
        yield capture if left >= 0 else replace(capture, body=None)
