"""What can go wrong in this room; every message is one line that says what to do."""

from __future__ import annotations


class ClassifierError(Exception):
    """Any failure of judging, grouping or their files."""


class RulesError(ClassifierError):
    """A rule file of ours is not as it should be."""


class InputError(ClassifierError):
    """A file that we were given cannot be used; the message names the line and what is wrong with it."""


class CorpusError(ClassifierError):
    """The labelled corpus contradicts itself."""
