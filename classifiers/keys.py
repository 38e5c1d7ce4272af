"""Hard legal keys: the numbers that name one document, one case, one act.

A key identifies an event only when it names the act itself. A Federal Register document, a filing, a depositary
notification is such an act; an executive order, a case, a bill or a docket is what many acts refer to.
"""

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick

# Kinds of keys that name one act.
IDENTIFYING = ("fr", "icc-filing", "cn", "un-doc", "asp", "echr", "eu-act")

_ORDER_WORDS = (
    r"executive order|e\.?\s?o\.?|presidential order|d[ée]cret(?: pr[ée]sidentiel)?|decreto|orden ejecutiva|"
    r"ordem executiva|ordine esecutivo|erlass|exekutivanordnung|dekret|decreet|presidenti[ëe]el decreet|"
    r"указ\w*|исполнительн\w+ указ\w*|الأمر التنفيذي|أمر تنفيذي"
)
# An order is looked for in front of its number, of which there are few.
_ORDER = re.compile(
    rf"\b(?:{_ORDER_WORDS})\s?(?:\(?(?:no|nr|nº|n°|n\.º|№|num|núm|رقم)\.?\s?)?(1[34]\d{{3}})\b", re.IGNORECASE
)
_ORDER_NUMBER = re.compile(r"1[34]\d{3}\b")
_BEFORE = 80  # characters that hold the words in front
# "H.R. 23" as people write it, up to its first figure: "HR" alone stands in every mention of HRW.
_HOUSE = tuple(
    f"H{first}R{second}{digit}"
    for first in ("", ".", " ", ". ")
    for second in ("", ".", " ", ". ")
    for digit in range(10)
)
# (one of which must stand in the text for the pattern to be worth trying, pattern, shape of the key)
_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = tuple(
    (gates, re.compile(pattern, re.IGNORECASE), shape)
    for gates, pattern, shape in (
        (("FR Doc", "FRDoc"), r"\bFR\s?Doc\.?\s?(?:No\.?\s?)?((?:19|20)\d\d-\d{4,5})\b", "fr:{0}"),
        (("Doc",), r"\bDoc(?:ument)?\.?\s(?:number\s|no\.?\s)?((?:19|20)\d\d-\d{5})\b", "fr:{0}"),
        (
            ("federalregister.gov",),
            r"federalregister\.gov/(?:documents/\d{4}/\d\d/\d\d|d)/((?:19|20)\d\d-\d{4,5})\b",
            "fr:{0}",
        ),
        ((" FR ",), r"\b(\d{2,3})\sFR\s(\d{2,6})\b", "fr-cite:{0}-{1}"),
        (("recent-actions",), r"ofac\.treasury\.gov/recent-actions/(20\d{6})", "ofac:{0}"),
        (("C.N.", "C. N."), r"\bC\.\s?N\.\s?(\d{1,4})[./](\d{4})", "cn:{1}.{0}"),
        (("-cv-", "-cr-", "-mc-"), r"\b(\d:\d\d-(?:cv|cr|mc)-\d{4,5})\b", "docket:{0}"),
        (_HOUSE, r"\bH\.?\s?R\.?\s?(\d{1,5})\b", "bill:HR{0}"),
        (
            ("Senate Bill", *(f"S. {digit}" for digit in range(10))),
            r"(?:\bS\.\s|\bSenate Bill\s)(\d{1,5})\b",
            "bill:S{0}",
        ),
        (("pplication no",), r"\bapplication\s(?:no|nos)\.?\s(\d{3,6}/\d\d)\b", "echr:{0}"),
        (("/RES/",), r"\b([AS]/RES/\d{1,4}(?:/\d{1,4})?(?:\s\(\d{4}\))?)", "un-doc:{0}"),
        (("ICC-ASP/",), r"\b(ICC-ASP/\d{1,2}/(?:Res\.|Decl\.)\s?\d{1,2})\b", "asp:{0}"),
        (("(CFSP)", "(EU)"), r"\b(?:Decision|Regulation)\s\((?:CFSP|EU)\)\s(?:No\s)?(\d{4}/\d{1,4})\b", "eu-act:{0}"),
    )
)
_GATES = [number for number, (gates, _, _) in enumerate(_PATTERNS) for _ in gates]
_GATE_WORDS = AhoCorasick([gate for gates, _, _ in _PATTERNS for gate in gates])
# ICC-01/11 is a situation, ICC-02/05-01/20 a case, and what follows is the number of a filing in it.
_ICC = re.compile(r"ICC(?<!\wICC)[-‐‑–](\d\d/\d\d)(?:[-‐‑–](\d\d/\d\d))?(?:[-‐‑–](\d{1,5}))?(?!\d)(?!/)")


def find_keys(text: str) -> list[str]:
    """Return the keys stated in ``text`` (or in an address), in order of kind, each once."""
    found: dict[str, None] = {}
    for match in _ICC.finditer(text) if "ICC" in text else ():
        situation, case, filing = match.groups()
        parent = f"ICC-{situation}-{case}" if case else f"ICC-{situation}"
        found[f"icc-case:{parent}" if case else f"icc-situation:{parent}"] = None
        if filing:
            found[f"icc-filing:{parent}-{filing}"] = None
    for figures in _ORDER_NUMBER.finditer(text):
        order = _ORDER.search(text, max(0, figures.start() - _BEFORE), figures.end())
        if order:
            found[f"eo:{order[1]}"] = None
    for number in sorted({_GATES[gate] for gate, _, _ in _GATE_WORDS.find_matches_as_indexes(text, overlapping=True)}):
        _, pattern, shape = _PATTERNS[number]
        for match in pattern.finditer(text):
            found[shape.format(*(" ".join(group.split()) for group in match.groups()))] = None
    return list(found)


def identifies(key: str) -> bool:
    """Whether the key names one act, so that two reports that report it report the same event."""
    return key.partition(":")[0] in IDENTIFYING
