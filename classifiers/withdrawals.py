"""Withdrawals: which state took which step, and when the exit takes effect.

Rome Statute article 127(1): a withdrawal takes effect one year after the depositary received the notification, unless
the notification names a later date. "With immediate effect" is a claim of the state, never a date.
"""

from __future__ import annotations

import re
from datetime import date

from classifiers.entities import entity
from classifiers.factsheet import FactSheet

_CLAIMS = (
    *("immediate effect", "effet immediat", "efecto inmediato", "efeito imediato", "effetto immediato"),
    *("sofortiger wirkung", "onmiddellijke ingang", "немедленно", "с немедленн", "اثر فوري", "azonnali hatal"),
)
_EFFECT = re.compile(
    r"take\w* effect|becom\w* effective|came into effect|effective|prend\w* effet|efectiv\w*|surt\w* efecto|wirksam|"
    r"van kracht|вступ\w+ в силу|hataly|yururlug"
)


def effective_on(notified_on: date) -> date:
    """Return the day one year later: the same day of the next year, 28 February for a notification of 29 February."""
    try:
        return notified_on.replace(year=notified_on.year + 1)
    except ValueError:
        return date(notified_on.year + 1, 2, 28)


def fill(sheet: FactSheet) -> None:
    """State the facts of a withdrawal, from the Rome Statute or from something else."""
    states = leaving_states(sheet)
    if states:
        sheet.set("states", [entity(state).name for state in states], sheet.first(states[0]))
    if sheet.step:
        sheet.set("step", sheet.step, None)
    for body, weight in sheet.ranked():
        known = entity(body)
        # The United Nations receive the notice; they are seldom what is left.
        left = known.kind == "body" and known.role in ("court", "organisation", "instrument") and body != "un"
        if left and weight >= 1.5:
            sheet.set("from", known.name, sheet.first(body))
            break
    _dates(sheet)
    for sentence in sheet.reading.sentences:
        if any(claim in sentence.folded for claim in _CLAIMS):
            sheet.set("effective_claimed", "immediate", sentence)
            break


def leaving_states(sheet: FactSheet) -> list[str]:
    """Return the ids of the states that leave: those of the title and lead, groups spelt out as their members."""
    found: dict[str, float] = {}
    for entity_id, weight in sheet.ranked():
        known = entity(entity_id)
        members = known.members or ((entity_id,) if known.kind == "state" else ())
        for member in members:
            found.setdefault(member, weight)
        if known.kind == "person" and known.role in ("leader", "minister") and known.state:
            found.setdefault(known.state, weight * 0.8)
    if not found:
        return []
    best = max(found.values())
    if best < 1.0:
        return []
    return [state for state, weight in found.items() if weight >= 0.75 * best][:6]


def _dates(sheet: FactSheet) -> None:
    if sheet.step in ("notified", "effective") and sheet.facts.get("from") in (
        None,
        "Rome Statute",
        "International Criminal Court",
    ):
        stated = _stated_effect(sheet)
        if sheet.step == "notified" and sheet.on is not None:
            sheet.set("notified_on", sheet.on.isoformat(), None)
            if stated is None or stated <= sheet.on:
                sheet.set("effective_on", effective_on(sheet.on).isoformat(), None)
                sheet.set("effective_computed", True, None)
            else:
                sheet.set("effective_on", stated.isoformat(), None)
        elif sheet.step == "effective" and sheet.on is not None:
            sheet.set("effective_on", sheet.on.isoformat(), None)


def _stated_effect(sheet: FactSheet) -> date | None:
    for sentence in sheet.reading.sentences:
        if _EFFECT.search(sentence.folded):
            for stated in sentence.dates:
                if stated.kind == "full" and (sheet.on is None or (stated.on - sheet.on).days > 200):
                    return stated.on
    return None
