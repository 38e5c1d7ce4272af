"""What can be wrong with how alerts are set up: one line each, saying what to do."""

from __future__ import annotations


class AlertsError(Exception):
    """Something about telling is not usable as configured; ``str()`` is one line that says what to do."""


class RoutesError(AlertsError):
    """The routes file cannot be read."""


class DeliveryError(AlertsError):
    """A mail address, a recipients file or a mail server is not usable."""


class ListeningError(AlertsError):
    """What people do in Slack cannot be heard."""
