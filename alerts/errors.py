"""What can be wrong with what people wrote for the alerts: one line each, saying what to do."""

from __future__ import annotations


class AlertsError(Exception):
    """An alert cannot be planned or sent as configured; ``str()`` is one line that says what to do."""


class RoutesError(AlertsError):
    """The routes file cannot be read."""


class MailError(AlertsError):
    """A mail address, a recipients file or a mail server is not usable."""
