"""The life of an event: how far it has come, how loud it is told, which dates are coming due."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from classifiers.categories import Category, Severity, Status
from classifiers.dates import find_dates
from classifiers.entities import entity, gazetteer
from classifiers.keys import identifies
from classifiers.matcher import fold_words
from classifiers.verdicts import Clock, Findings, Json, Verdict

OFFICIAL_TIERS = frozenset({"official", "court", "un"})
# Best source first.
TIERS = ("official", "court", "un", "ngo", "press", "blog")
_FORWARD = (Status.REPORTED, Status.ANNOUNCED, Status.PUBLISHED, Status.IN_FORCE, Status.SUSPENDED, Status.LIFTED)
_ENDED = {
    "lifted": Status.LIFTED,
    "delisted": Status.LIFTED,
    "revoked": Status.LIFTED,
    "suspended": Status.SUSPENDED,
}
# What the United Nations themselves do or receive, as depositary or as author.
_UN_ACTS = frozenset({Category.WITHDRAWAL, Category.PROTECTIVE_MEASURE, Category.RULING})
_STANDING = frozenset({"effective", "in_force"})
_EXPIRY = re.compile(r"\bexpir\w*|\bvalid until\b|\buntil\b|\bjusqu au\b|\bbis zum\b|\bhasta el\b|\bate\b|\bfino al\b")
_DEADLINE = re.compile(
    r"\bdeadline\b|\bno later than\b|\bwithin\b|\bby\b|\bau plus tard\b|\bplazo\b|\bprazo\b|\bfrist\b|\bspatestens\b|"
    r"\bentro il\b|\btermijn\b"
)


def status_for(verdict: Verdict, tier: str) -> Status:
    """Return how far the event has come by this one report.

    Only an official source proves more than that something was reported; a legal gazette or an act number proves
    publication, the words of effect prove effect, an end proves an end.
    """
    if tier not in OFFICIAL_TIERS:
        return Status.REPORTED
    named = any(identifies(key) for key in verdict.findings.keys)
    if tier == "un" and not named and verdict.category not in _UN_ACTS:
        return Status.REPORTED  # the United Nations report the act of another
    step = verdict.findings.step
    if step in _ENDED:
        return _ENDED[step]
    if step in _STANDING:
        return Status.IN_FORCE
    if named:
        return Status.PUBLISHED
    return Status.ANNOUNCED


def forward(known: Status, proven: Status) -> Status:
    """Return the further of two statuses: an event never goes back."""
    return max(known, proven, key=_FORWARD.index)


@cache
def _rules() -> tuple[Mapping[str, Any], ...]:
    data = tomllib.loads((files("classifiers") / "severity.toml").read_text("utf-8"))
    return tuple(data["rule"])


@cache
def severity_for(category: Category, *, step: str | None, target: str, tier: str, about_court: bool) -> Severity:
    """Return how loud an event is told, by the first rule of ``severity.toml`` that fits."""
    event = {"category": str(category), "step": step, "target": target, "tier": tier}
    for rule in _rules():
        if "about_court" in rule and rule["about_court"] != about_court:
            continue
        if all(value in rule[key] for key, value in event.items() if key in rule):
            return Severity(rule["severity"])
    return Severity.NORMAL


def target_of(facts: Mapping[str, Json], actors: Iterable[str]) -> str:
    """Return whom the event hits: official, supporter, court, suspect, state, or none."""
    roles = {
        "judge": "official",
        "prosecutor": "official",
        "deputy prosecutor": "official",
        "registrar": "official",
        "NGO": "supporter",
        "UN special rapporteur": "supporter",
        "suspect": "suspect",
    }
    hit = [_known_role(name) for key in ("designees", "target", "persons") for name in _names(facts.get(key))]
    for wanted in ("official", "supporter", "court", "suspect"):
        if any(roles.get(role, "court" if role == "court" else "") == wanted for role in hit):
            return wanted
    known = [entity(actor) for actor in actors]
    if any(who.id == "icc" for who in known):
        return "court"
    return "state" if any(who.kind == "state" for who in known) else "none"


@cache
def _roles_by_name() -> Mapping[str, str]:
    return {who.name: who.role for who in gazetteer().entities.values()}


def _known_role(name: str) -> str:
    return _roles_by_name().get(name, "")


def _names(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [entry["name"] if isinstance(entry, dict) else str(entry) for entry in value or ()]


def clocks_for(findings: Findings, category: Category) -> tuple[Clock, ...]:
    """Return the dates that come due: an exit's effect, the expiry of a licence, a stated deadline."""
    clocks: list[Clock] = []
    facts = findings.facts
    if category is Category.WITHDRAWAL and "effective_on" in facts and findings.step == "notified":
        computed = bool(facts.get("effective_computed"))
        clocks.append(
            Clock(
                kind="withdrawal_effective",
                due_on=date.fromisoformat(facts["effective_on"]),
                computed=computed,
                basis="Rome Statute article 127(1): one year after notification"
                if computed
                else "stated by the source",
                subject=", ".join(facts.get("states", ())),
            )
        )
    for evidence in findings.evidence:
        clocks.extend(_stated_clocks(evidence.quote, findings, category))
    return tuple(dict.fromkeys(clocks))


def _stated_clocks(quote: str, findings: Findings, category: Category) -> list[Clock]:
    if category is Category.SANCTION_ROUND and findings.step == "licence":
        kind, words = "licence_expiry", _EXPIRY
    elif category in (Category.RULING, Category.PROTECTIVE_MEASURE):
        kind, words = "deadline", _DEADLINE
    else:
        return []
    if words.search(fold_words(quote)) is None:
        return []
    after = findings.event_date
    return [
        Clock(kind=kind, due_on=stated.on, computed=False, basis=quote)
        for stated in find_dates(quote, after)
        if after is not None and stated.on > after
    ]
