"""What settles the matter whatever the trained weights say: facts of the calendar that a headline cannot outweigh.

Each guard was counted on the labelled corpus before it was let in; docs/decisions.md has the counts.
"""

from __future__ import annotations

import re
from datetime import date

from classifiers.categories import Category
from classifiers.entities import entity
from classifiers.listings import Act, find_entries
from classifiers.reading import Sentence, read
from classifiers.steps import main_step
from classifiers.text import news_of
from classifiers.verdicts import Document, Evidence

# What follows is looked for in titles in lower case: with re.IGNORECASE Python would try every alternative at every
# word; without it the first letter rules nearly all of them out.

# A title that announces a decision or an appearance for a later day.
_SCHEDULED = re.compile(
    r"\b(?:to (?:be )?(?:delivered|deliver|hand(?:ed)? down|pronounced?|rule|give)\b|scheduled (?:for|on|to)"
    r"|set (?:for|to)\b"
    r"|will (?:be )?(?:deliver|rule|hand|pronounce|announce|issue|decide|appear)|is due|due (?:on|to)|date set"
    r"|sets? (?:a )?(?:date|trial|hearing)|postpone[ds]?|awaits?|expected (?:on|to)"
    r"|rendra|sera rendu|fixée? au|reportée?|dictará|fijad[ao]|aplaza|wird [^.]{0,40}(?:verkünde|entscheiden)|angesetzt"
    r"|verschoben|pronuncerà|fissat[ao]|rinviat[ao]|marcad[ao] para|proferirá|adiad[ao]|uitgesteld|gepland"
    r"|comparecerá|comparaîtra|comparirà|предстанет|назначен|огласит|вынесет|отлож|оголосить|призначен|ستصدر|تحدد|حددت|موعد|تؤجل)",
)
# A title that tells of a sitting and of no decision.
_SITTING = re.compile(
    r"\b(?:hears?|hearings?|opens?|opening|begins?|resumes?|starts?|audience|s['’]ouvre|audiencia|vista|anhörung"
    r"|prozessauftakt|beginnt|udienza|zitting|слушани|جلسة)\b",
)
_DECISION = re.compile(
    r"\b(?:fit to|unfit|opens? (?:the )?way|clears? (?:the )?way"
    r"|convict|guilty|acquit|sentenc|confirm|reject|dismiss|uph[eo]ld|rul(?:es?|ed|ing)\b|decid|finds?\b|found|order|issu"
    r"|warrant|unseal|verdict|judge?ment|grant|den(?:y|ies|ied)|investigation|probe|inquiry|condamn|coupable|rejet|ordonn"
    r"|mandat|jug[eé]|enquête|conden|culpable|rechaz|orden|fall[oa]|verurteil|schuldig|freigesprochen|urteil|bestätigt"
    r"|haftbefehl|ermittl|condann|colpevol|assol|indagin|veroordeel|vonnis|bevel|приговор|осуд|вынес|ордер|расследован"
    r"|вирок|засуд|أدان|حكم|مذكرة|قض|تحقيق)",
)
# Titles about sanctions that were imposed before: somebody answers to them, explains them, looks back at them.
_ABOUT_SANCTIONS = re.compile(
    r"\b(?:decr(?:y|ies)|condemns?|deplores?|denounces?|slams?|regrets?|criticis|criticiz|rejects?|protests?|urges?|dismay"
    r"|backs?|defends?|support|stands? by|outrage|concern|reacts?|reaction|condamne|dénonce|regrette|déplore|soutien"
    r"|verurteil|kritisier|bedauer|empör|veroordeelt|betreurt|bekritis|condena|lamenta?|rechaza|critica|deplora|condanna"
    r"|осуд|осуж|критик|сожале|засуд|تدين|تندد|أدان|يدين)"
    r"|(?:^|[:–—-]\s*)(?:how|why|what|inside|who|comment|pourquoi|quoi|ce que|wie|warum|was|hoe|waarom|wat|cómo"
    r"|por qué|qué|come|perché|cosa|como|por que|как|почему|что|як|чому|كيف|لماذا|ماذا)\b"
    r"|\b(?:one|two|three|four|five|six|nine|ten|\d+|an?|une?|deux|trois|eine?|zwei|drei|een|twee|dos|tres|due|tre|um|dois)"
    r" (?:day|week|month|year|ans?\b|mois|año|mes\b|mese|mesi|anno|jahr|monat|jaar|maand|ano\b|mês)\w*"
    r" (?:after|on\b|since|later|into|après|nach|na\b|después|dopo|depois)",
)
_IMPOSES = re.compile(
    r"\b(?:puts?|adds?|added|impos|hits|designat|blacklists|has sanctioned|just|slaps|verhängt|inflige|sanctionne"
    r"|sanciona|sanziona|sanktionier|вводит|ввел|تفرض)",
)
# A name on a list is news for these days; after the last of them the list itself is history, a lifting apart.
_LISTED_LATELY = 10
_LISTED_ONCE = 500
_EARLY = 6  # a name can be reported before the list is published


# A title in which a judge stops sanctions, an order or a decree.
_ENJOINS = re.compile(
    r"\b(?:judges?|courts?|tribunal|juges?|juez|jueza|juzgado|corte|richter(?:in)?|gericht|giudice|tribunale|juíza?|juiza?"
    r"|rechter|rechtbank|суд(?:ья|дя)?|محكمة|قاض(?:ية)?)\s(?:(?!to\s)\S+\s){0,3}?"
    r"(?:blocks|blocked|halts|halted|suspends|suspended|enjoins|enjoined|bars|barred|freezes|pauses|stoppt|stoppte"
    r"|suspend|suspendent|interdit|gèle|bloque|suspende|bloquea|frena|sospende|blocca|bloqueia|schorst|blokkeert"
    r"|приостанов\w*|заблокир\w*|зупин\w*|заблокув\w*|توقف|تعلق|تجمد)\b",
)
_MEASURE = re.compile(
    r"sancti|sanzion|sanktion|sanction|\border\b|décret|decret|dekret|orden\b|ordem\b|decreet|санкц|указ|عقوبات|مرسوم",
)


# A title that says itself that it explains.
_EXPLAINS = re.compile(
    r"\b(?:explainer|explained|explains?:|what (?:you need )?to know|all you need to know|q ?& ?a|faq"
    r"|questions and answers|ce qu.il faut savoir|was (?:sie|man) wissen|qué se sabe|lo que se sabe|cosa sapere"
    r"|o que se sabe|wat we weten"
    r"|что известно|що відомо|пояснюємо|ما نعرفه|ماذا نعرف)(?!\w)",
)
# A title that denies the exit or the intrusion that it names, or looks back at a day years ago.
_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied)|dément(?:ent)?|niegan?|desmienten?|dementier(?:t|en)|bestreitet|smentis(?:ce|cono)|desmente"
    r"|ontkent|опроверг\w*|отрица\w*|спростов\w*|заперечу\w*|تنفي|ينفي|نفى|نفت)\b(?! visas?\b| entry\b)",
)
_YEARS_AGO = re.compile(
    r"^(?:.{0,30}:\s*)?(?:(?:one|a|two|three|five|ten|\d+) years? ago\b|on this day\b"
    r"|il y a (?:un|deux|trois|cinq|dix|\d+) ans?\b|vor (?:einem|zwei|drei|fünf|zehn|\d+) jahr"
    r"|hace (?:un|dos|tres|cinco|diez|\d+) años?\b|un anno fa\b|há (?:um|\d+) anos?\b|een jaar geleden\b"
    r"|(?:один|два|три|пять|\d+) (?:год|года|лет) назад\b|рік тому\b|قبل عام)",
)
# A title that says how things stand, and of no act: those whom the Court seeks are as free as they were.
_STANDS = re.compile(
    r"\b(?:(?:still|remains?|remaining) (?:free|at large|on the run|wanted|unarrested)|courent toujours"
    r"|toujours en liberté|noch immer frei|immer noch frei|ancora (?:libero|liberi)"
    r"|siguen? (?:libres?|prófugos?)|nog steeds vrij"
    r"|ainda (?:livres?|foragidos?)|до сих пор на свободе|досі на волі)\b",
)
# A title by which judges call a state to account: the opening of article 87(7), whose finding comes later.
_CALLS_TO_ACCOUNT = re.compile(
    r"\b(?:asks?|asked|invites?|requests?|seeks?|demande|somme|pide|exige|fordert|verlangt|chiede|vraagt|pede|требует|تطلب)\b"
    r".{0,60}(?:\b(?:explain|explanations?|account for|submissions|observations|expliquer|s'expliquer|explications"
    r"|explicaciones|explique|erklär\w*|erläuter\w*|spiegar\w*|spiegazion\w*|uitleg|explicações|explicar|объясн\w*)\b|تفسير)"
    r"|\b(?:opens?|opened|ouvre|abre|leitet|apre|avvia\w*|opent)\b"
    r".{0,30}\b(?:proceedings?|procedure|procédure|procedimiento|verfahren|procedimento|accertamento)\b"
    r".{0,60}(?:itali|hungar|ungher|hongr|ungarn|mongol|tajik|argentin|cooperat|cooperaz|coopér)"
    r"|\bobservations\b.{0,40}\b87",
)


_LIST_ACTS: tuple[Act, ...] = ("added", "removed")


def overrule(doc: Document, category: Category, *, about_court: bool) -> tuple[Category, Evidence] | None:
    """Return what an item is after all, and why, or None when the category may stand."""
    title = doc.title.lower()
    if category is not Category.RULING and _ENJOINS.search(title) and _MEASURE.search(title):
        return Category.RULING, Evidence(doc.title, "known: a judge who stops a measure has ruled")
    entry = _list_entry(doc) if category is not Category.SANCTION_ROUND else None
    if entry is not None:
        return Category.SANCTION_ROUND, Evidence(entry, "known: the list itself names whom it adds or removes")
    nothing = _no_event(doc, category, about_court=about_court)
    return (Category.OTHER, nothing) if nothing is not None else None


def _list_entry(doc: Document) -> str | None:
    """Return the first line by which an official list adds somebody, or takes somebody off."""
    if doc.source_kind != "official" or "]" not in doc.text:
        return None
    news = news_of(doc.text)
    return next((entry.line for act in _LIST_ACTS for entry in find_entries(news, act)), None)


def _no_event(doc: Document, category: Category, *, about_court: bool) -> Evidence | None:
    title = doc.title.lower()
    if category is not Category.OTHER and _EXPLAINS.search(title):
        return Evidence(doc.title, "known: what explains an event is no report of it")
    if category in (Category.RULING, Category.NON_COOPERATION) and about_court and _CALLS_TO_ACCOUNT.search(title):
        return Evidence(doc.title, "known: a state is called to account, and nothing is found yet")
    if category in (Category.WITHDRAWAL, Category.CYBER_INCIDENT) and _DENIES.search(title):
        return Evidence(doc.title, "known: denies what it names")
    if category is not Category.OTHER and _YEARS_AGO.search(title):
        return Evidence(doc.title, "known: looks back at what happened years ago")
    if category in (Category.NON_COOPERATION, Category.CUSTODY) and _STANDS.search(title):
        return Evidence(doc.title, "known: says how things stand and reports no act")
    if category in (Category.RULING, Category.CUSTODY) and _SCHEDULED.search(title):
        return Evidence(doc.title, "known: what is scheduled has not happened")
    if category is Category.RULING and _SITTING.search(title) and not _DECISION.search(title):
        return Evidence(doc.title, "known: a sitting is no decision")
    if category is Category.SANCTION_ROUND and about_court and doc.source_kind != "official":
        return _old_round(doc)
    return None


def _old_round(doc: Document) -> Evidence | None:
    """Return the evidence that sanctions are the background: whoever is named was listed long before, or nobody is."""
    title = doc.title.lower()
    newest = _newest_listing(doc) if doc.published is not None else None
    days = (doc.published.date() - newest[0]).days if doc.published is not None and newest is not None else None
    if days is not None and days <= _LISTED_LATELY:
        return None
    if _ABOUT_SANCTIONS.search(title) and not _IMPOSES.search(title):
        return Evidence(doc.title, "known: speaks of sanctions, and names nobody who was listed in these days")
    if newest is None or days is None or days >= _LISTED_ONCE:
        return None
    step = main_step(read(doc), Category.SANCTION_ROUND)
    if step is not None and step[0] != "imposed":
        return None
    listed, name, sentence = newest
    quote = sentence.text if sentence.text in doc.text or sentence.text in doc.title else doc.title
    return Evidence(quote, f"known: {name} was listed on {listed:%d %b %Y}, long before this was published")


def _newest_listing(doc: Document) -> tuple[date, str, Sentence] | None:
    """Return the latest American listing, up to the item's day, of anybody whom the item names."""
    if doc.published is None:
        return None
    on = doc.published.date()
    newest: tuple[date, str, Sentence] | None = None
    for sentence in read(doc).sentences:
        for mention in sentence.mentions:
            known = entity(mention.id)
            for listing in known.listings:
                if listing.issuer != "us" or listing.lifted or (on - listing.on).days < -_EARLY:
                    continue
                if newest is None or listing.on > newest[0]:
                    newest = (listing.on, known.name, sentence)
    return newest
