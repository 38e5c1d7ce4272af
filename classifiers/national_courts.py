"""National courts: which one a sentence names, in the words of the sentence.

They are thousands and in no table; what the text calls them says enough to whoever reads an alert.
"""

from __future__ import annotations

import re

from classifiers.reading import Sentence

# As folded text has them: without marks and diacritics.
_NAMED = re.compile(
    r"\b(?:(?:supreme|high|constitutional|district|federal|circuit|crown|appeals?) court"
    r"|court of (?:appeals?|cassation)|(?:first|second|third|fourth|fifth|ninth|dc) circuit|federal judge|cassation"
    r"|cour (?:constitutionnelle|supreme)|cour (?:d appel|de cassation)|conseil d etat"
    r"|tribunal (?:judiciaire|de l entreprise|administratif)"
    r"|corte (?:suprema|costituzionale|d appello|di cassazione)|tribunal (?:supremo|constitucional)|audiencia nacional"
    r"|sala constitucional|juzgado|supremo tribunal|korte suprema|(?:bundes)?verfassungsgericht\w*|bundesgericht\w*"
    r"|(?:oberlandes|verwaltungs|land|amts)gericht\w*|hoge raad|gerechtshof|hof van (?:beroep|cassatie)|rechtbank"
    r"|voorzieningenrechter|sad najwyzszy|ustavni soud|nejvyssi soud|curtea constitutionala|anayasa mahkemesi"
    r"|(?:верховн|конституционн|конституційн|апелляционн|апеляційн)\w+ суд\w*"
    r"|محكمه النقض|المحكمه (?:العليا|الدستوريه))\b"
)
_JUDGES_BEHIND = re.compile(  # "South African judges"
    r" (?:appeals? |top |federal |high )?"
    r"(?:courts?|judges?|magistrates?|tribunal|gericht|richter|rechters?|sad|soud|mahkeme\w*)\b"
)
_JUDGES_BEFORE = re.compile(  # "juges argentins"
    r"\b(?:tribunal|cour|corte|juges|jueces|juez\w*|giudici|juizes|justice|justicia|justica|суд\w*|судь\w*|محكمه|القضاء)"
    r" (?:(?:de|d|del|della|da|do|of) )?$"
)
_REACH = 30  # characters before a state's name


def national_court(sentence: Sentence) -> str:
    """Return how a sentence names a national court or its judges ("a Dutch court"), else an empty text."""
    named = _NAMED.search(sentence.folded)
    if named is not None:
        return sentence.text[named.start() : named.end()]
    for mention in sentence.mentions:
        if mention.kind != "state":
            continue
        start, end = mention.start - sentence.start, mention.end - sentence.start
        behind = _JUDGES_BEHIND.match(sentence.folded, end)
        if behind is not None:
            return sentence.text[start : behind.end()]
        before = _JUDGES_BEFORE.search(sentence.folded, max(0, start - _REACH), start)
        if before is not None:
            return sentence.text[before.start() : end]
    return ""
