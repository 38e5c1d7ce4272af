"""Errors of the wiring. Each message is one line that says what to do."""

from __future__ import annotations


class FlowError(Exception):
    """Base of the wiring's errors: something outside the code must be put right."""


class ConfigurationError(FlowError):
    """A setting is wrong: unknown name, unreadable file, impossible value."""


class CycleRunning(FlowError):
    """Another process is in the middle of a cycle on the same warehouse."""


class ActionRefused(FlowError):
    """What a person asked for in Slack cannot be done; the text says why, to that person."""
