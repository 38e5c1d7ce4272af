"""The taxonomy: what an item can be about, how far an event has come, how much it matters."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """What an item primarily reports as news. Definitions and borders: docs/categories.md."""

    SANCTION_ROUND = "sanction_round"
    WITHDRAWAL = "withdrawal"
    CYBER_INCIDENT = "cyber_incident"
    RULING = "ruling"
    REPRISAL = "reprisal"
    THREAT = "threat"
    NON_COOPERATION = "non_cooperation"
    CUSTODY = "custody"
    PROTECTIVE_MEASURE = "protective_measure"
    OTHER = "other"


EVENT_CATEGORIES = tuple(category for category in Category if category is not Category.OTHER)


class Status(StrEnum):
    """How far an event has come; it moves forward only, and each move is told with its proof."""

    REPORTED = "reported"
    ANNOUNCED = "announced"
    PUBLISHED = "officially_published"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"  # suspended or enjoined
    LIFTED = "lifted"  # lifted, revoked, terminated


class Severity(StrEnum):
    """How loud an event is told."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
