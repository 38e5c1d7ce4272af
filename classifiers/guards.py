"""What settles the matter whatever the trained weights say: facts of the calendar that a headline cannot outweigh.

Each guard was counted on the whole labelled corpus before it was let in; docs/decisions.md has the counts.
"""

from __future__ import annotations

import re
from datetime import date

from classifiers.categories import Category
from classifiers.entities import entity
from classifiers.reading import Sentence, read
from classifiers.steps import main_step
from classifiers.verdicts import Document, Evidence

# A title that announces a decision or an appearance for a later day.
_SCHEDULED = re.compile(
    r"\b(?:to (?:be )?(?:delivered|deliver|hand(?:ed)? down|pronounced?|rule|give)\b|scheduled (?:for|on|to)"
    r"|set (?:for|to)\b"
    r"|will (?:be )?(?:deliver|rule|hand|pronounce|announce|issue|decide|appear)|is due|due (?:on|to)|date set"
    r"|sets? (?:a )?(?:date|trial|hearing)|postpone[ds]?|awaits?|expected (?:on|to)"
    r"|rendra|sera rendu|fixée? au|reportée?|dictará|fijad[ao]|aplaza|wird [^.]{0,40}(?:verkünde|entscheiden)|angesetzt"
    r"|verschoben|pronuncerà|fissat[ao]|rinviat[ao]|marcad[ao] para|proferirá|adiad[ao]|uitgesteld|gepland"
    r"|назначен|огласит|вынесет|отлож|оголосить|призначен|ستصدر|تحدد|حددت|موعد|تؤجل)",
    re.IGNORECASE,
)
# A title that tells of a sitting and of no decision.
_SITTING = re.compile(
    r"\b(?:hears?|hearings?|opens?|opening|begins?|resumes?|starts?|audience|s['’]ouvre|audiencia|vista|anhörung"
    r"|prozessauftakt|beginnt|udienza|zitting|слушани|جلسة)\b",
    re.IGNORECASE,
)
_DECISION = re.compile(
    r"\b(?:convict|guilty|acquit|sentenc|confirm|reject|dismiss|uph[eo]ld|rul(?:es?|ed|ing)\b|decid|finds?\b|found|order|issu"
    r"|warrant|unseal|verdict|judge?ment|grant|den(?:y|ies|ied)|investigation|probe|inquiry|condamn|coupable|rejet|ordonn"
    r"|mandat|jug[eé]|enquête|conden|culpable|rechaz|orden|fall[oa]|verurteil|schuldig|freigesprochen|urteil|bestätigt"
    r"|haftbefehl|ermittl|condann|colpevol|assol|indagin|veroordeel|vonnis|bevel|приговор|осуд|вынес|ордер|расследован"
    r"|вирок|засуд|أدان|حكم|مذكرة|قض|تحقيق)",
    re.IGNORECASE,
)
# A name on a list is news for these days; after the last of them the list itself is history, a lifting apart.
_LISTED_LATELY = 10
_LISTED_ONCE = 500
_EARLY = 6  # a name can be reported before the list is published


def overrule(doc: Document, category: Category) -> Evidence | None:
    """Return why an item of this category reports no such event after all, or None."""
    if category in (Category.RULING, Category.CUSTODY) and _SCHEDULED.search(doc.title):
        return Evidence(doc.title, "known: what is scheduled has not happened")
    if category is Category.RULING and _SITTING.search(doc.title) and not _DECISION.search(doc.title):
        return Evidence(doc.title, "known: a sitting is no decision")
    if category is Category.SANCTION_ROUND:
        return _old_listing(doc)
    return None


def _old_listing(doc: Document) -> Evidence | None:
    """Return the evidence that everyone named was listed long before, so that the round is no news."""
    if doc.published is None or doc.source_kind in ("official", "court"):
        return None
    reading = read(doc)
    on = doc.published.date()
    newest: tuple[date, str, Sentence] | None = None
    for sentence in reading.sentences:
        for mention in sentence.mentions:
            known = entity(mention.id)
            for listing in known.listings:
                if listing.issuer != "us" or listing.lifted or (on - listing.on).days < -_EARLY:
                    continue
                if newest is None or listing.on > newest[0]:
                    newest = (listing.on, known.name, sentence)
    if newest is None or not _LISTED_LATELY < (on - newest[0]).days < _LISTED_ONCE:
        return None
    step = main_step(reading, Category.SANCTION_ROUND)
    if step is not None and step[0] not in ("imposed",):
        return None
    listed, name, sentence = newest
    quote = sentence.text if sentence.text in doc.text or sentence.text in doc.title else doc.title
    return Evidence(quote, f"known: {name} was listed on {listed:%d %b %Y}, long before this was published")
