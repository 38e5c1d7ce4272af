"""What a first bot does: a keyword list over title and text. It stands beside our figures, and nothing else uses it."""

from __future__ import annotations

import re

from classifiers.categories import Category
from classifiers.verdicts import Document, Judgement

_WORDS = (
    (Category.CYBER_INCIDENT, r"cyber|hack|ransomware|intrusion|spyware"),
    (Category.WITHDRAWAL, r"withdraw|retrait|leave the|quit the|austritt|выход|انسحاب"),
    (Category.SANCTION_ROUND, r"sanction|sancion|sanzion|санкци|عقوبات|blacklist|designat"),
    (Category.REPRISAL, r"in absentia|wanted list|заочно|розыск"),
    (Category.THREAT, r"threat|bill\b|could face"),
    (Category.CUSTODY, r"arrested|surrender|custody|detained|festgenommen|detenid"),
    (Category.RULING, r"warrant|ruling|convict|sentenc|judgment|verdict|mandat d'arrêt|haftbefehl|ордер|مذكرة"),
    (Category.NON_COOPERATION, r"refuse|despite|visit"),
    (Category.PROTECTIVE_MEASURE, r"blocking statute|joint statement|ratif|lawsuit"),
)
_PATTERNS = tuple((category, re.compile(pattern, re.IGNORECASE)) for category, pattern in _WORDS)
_COURT = re.compile(
    r"\bICC\b|International Criminal Court|Cour pénale|\bCPI\b|Corte Penal|Strafgerichtshof|Strafhof"
    r"|\bTPI\b|МУС|الجنائية الدولية"
)


def judge_by_keywords(doc: Document) -> Judgement:
    """Return the category of the first keyword found, and whether the Court is named at all."""
    text = f"{doc.title}\n{doc.text}"
    category = next((category for category, pattern in _PATTERNS if pattern.search(text)), Category.OTHER)
    return Judgement(category, bool(_COURT.search(text)), confidence=1.0, needs_review=False, evidence=())
