"""Is an item about the Court: its people, its Statute, its cases, its supporters?"""

from __future__ import annotations

from collections import Counter

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


def court_features(tagged: Tagged) -> Features:
    """Return the features from which it is learnt whether the item is about the Court."""
    features: Features = {"bias": 1.0}
    core = 0
    for zone, part in (("T", tagged.hits[:1]), ("L", tagged.hits[1 : 1 + LEAD]), ("R", tagged.hits[1 + LEAD :])):
        counts = Counter([hit.concept for hits in part for hit in hits])
        for concept in _CUES & counts.keys():
            features[zone + concept] = 1.0
            if counts[concept] > 1:
                features[zone + concept + "+"] = 1.0
        core += sum([counts[concept] for concept in _CORE & counts.keys()])
    features["core"] = min(core, 4) / 2
    features["no-core"] = float(not core)
    return features
