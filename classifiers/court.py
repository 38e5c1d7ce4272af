"""Is an item about the Court: its people, its Statute, its cases, its supporters?"""

from __future__ import annotations

from classifiers.features import LEAD, Features
from classifiers.tagging import Tagged

_CUES = frozenset(
    (
        "COURT",
        "STATUTE",
        "OFFICIAL",
        "CHAMBER",
        "ASP",
        "ICC_CASE",
        "SANCTION_TARGET",
        "WANTED",
        "SUSPECT",
        "OFF_TOPIC",
        "OTHER_TREATY",
        "OTHER_COURT",
        "HAGUE",
        "NATIONAL_COURT",
        "WARRANT",
    )
)
_CORE = frozenset(("COURT", "STATUTE", "ICC_CASE", "OFFICIAL", "SANCTION_TARGET"))
# Abbreviations that others bear too: the cricket council, the chamber of commerce, committees of inquiry.
_SHARED_NAMES = frozenset(("icc", "cpi", "tpi", "мус", "мкс"))


def court_features(tagged: Tagged) -> Features:
    """Return the features from which it is learnt whether the item is about the Court."""
    features: Features = {"bias": 1.0}
    core = spelt = 0
    for place, hits in enumerate(tagged.hits):
        zone = "T" if place == 0 else "L" if place <= LEAD else "R"
        tokens = tagged.tokens[place]
        for hit in hits:
            if hit.concept in _CUES:
                name = zone + hit.concept
                if name in features:
                    features[name + "+"] = 1.0
                features[name] = 1.0
                if hit.concept in _CORE:
                    core += 1
                    spelt += hit.end - hit.start > 1 or tokens[hit.start] not in _SHARED_NAMES
    features["core"] = min(core, 4) / 2
    features["no-core"] = float(not core)
    if core and not spelt:
        features["abbreviated"] = 1.0
        if "TOFF_TOPIC" in features or "LOFF_TOPIC" in features:
            features["abbreviated, and of others"] = 1.0
    return features
