"""A doubtful item beside the events that are known: what tells of one of them as others told it is a report of it.

A headline can hide what it reports. When the judge wavers between a category and another, and the item under the
other one fits a known event of it, the event decides. No new event ever comes of this, only one more report.
"""

from __future__ import annotations

from dataclasses import replace

from classifiers import facts
from classifiers.categories import Category
from classifiers.grouping import Grouper
from classifiers.verdicts import Document, Evidence, Verdict

_SURE = 0.97  # the confidence from which no company changes the judgement
_LEAST = 0.05  # the probability that a category must have by the item's own words
_FIT = 0.6  # how like the event's reports the item must be
_TRUST = 0.8  # share of such answers that are right (docs/decisions.md has the counts)


def recognise(doc: Document, verdict: Verdict, grouper: Grouper) -> Verdict:
    """Return ``verdict``, or that of a report of an event which ``grouper`` holds."""
    judgement = verdict.judgement
    if judgement.confidence >= _SURE:
        return verdict
    options = {
        category: probability
        for category in Category
        if (probability := judgement.probabilities.get(str(category), 0.0)) >= _LEAST
        and category is not Category.OTHER
        and (category is not judgement.category or judgement.needs_review)
    }
    if not options:
        return verdict
    best, found = _FIT, verdict
    for category in sorted(options.keys() & grouper.categories_near(doc, verdict), key=lambda name: -options[name]):
        other = replace(judgement, category=category, confidence=options[category], needs_review=False)
        tried = replace(verdict, judgement=other, findings=facts.extract(doc, other))
        fit = grouper.fit(doc, tried)
        if fit is None or fit.likeness < best:
            continue
        best = fit.likeness
        known = Evidence(doc.title, f"known: reports the event “{fit.title}” ({fit.reason})")
        confidence = round(max(options[category], _TRUST * best), 4)
        found = replace(tried, judgement=replace(other, confidence=confidence, evidence=(known, *judgement.evidence)))
    return found
