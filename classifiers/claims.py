"""What sources claim for one fact, and whom to believe: the official source, else most publishers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from classifiers.verdicts import Json

_CLAIMANTS_KEPT = 6
_VALUES_KEPT = 8


@dataclass(slots=True)
class Claim:
    """A value that sources state for a fact. ``official`` counts the official sources among them."""

    value: Json
    publishers: list[str] = field(default_factory=list)
    official: int = 0
    weight: float = 0.0


def read_claim(data: Sequence[Json]) -> Claim:
    """Read back what :func:`write_claim` wrote."""
    value, publishers, official, weight = data
    return Claim(value, list(publishers), official, weight)


def write_claim(claim: Claim) -> Json:
    """Return the claim as plain JSON."""
    return [claim.value, list(claim.publishers), claim.official, claim.weight]


def support(claims: list[Claim], value: Json, publisher: str, *, official: bool, weight: float) -> None:
    """Count ``publisher`` for ``value``, once; a few values and claimants are enough to know whom to believe."""
    claim = next((known for known in claims if known.value == value), None)
    if claim is None:
        if len(claims) >= _VALUES_KEPT:
            if not official:
                return
            claims.remove(min(claims, key=_strength))
        claim = Claim(value)
        claims.append(claim)
    if publisher in claim.publishers:
        claim.official = max(claim.official, int(official))
    elif official or len(claim.publishers) < _CLAIMANTS_KEPT:
        claim.publishers.append(publisher)
        claim.official += int(official)
        claim.weight = round(claim.weight + weight, 6)


def withdraw(claims: list[Claim], publisher: str) -> None:
    """Take back what ``publisher`` claimed."""
    for claim in list(claims):
        if publisher in claim.publishers:
            claim.weight = round(claim.weight - claim.weight / len(claim.publishers), 6)
            claim.publishers.remove(publisher)
            claim.official = min(claim.official, len(claim.publishers))
            if not claim.publishers:
                claims.remove(claim)


def strongest(claims: Sequence[Claim]) -> Claim:
    """Return the claim of the official sources, else that of most publishers, else the fuller, else the first."""
    return max(claims, key=_strength)


def _strength(claim: Claim) -> tuple[bool, float, int]:
    return claim.official > 0, claim.weight, len(claim.value) if isinstance(claim.value, list) else 0
