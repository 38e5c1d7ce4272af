"""What can go wrong in this room for reasons a person can mend."""

from __future__ import annotations


class SpiderError(Exception):
    """Base of the errors that leave the spiders."""


class CatalogueError(SpiderError):
    """A source file cannot be used. ``str()`` is one line: file, key, what to do."""
