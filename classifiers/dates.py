"""Dates that a text states: calendar dates, weekdays and "today" in many languages, held against the publication.

The languages' words are one table: a month name means the same month wherever it stands, and the few that mean
different things in two languages are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from classifiers.matcher import even, fold_marked

DateKind = Literal["full", "day", "weekday", "relative"]

# Month names as folded stems or forms, by month; Arabic has the names of the Levant, of Egypt and of the Maghreb.
_MONTHS: tuple[str, ...] = (
    "january jan janvier janv enero janeiro gennaio januar janner januari январь января январе янв січень січня сiчня "
    "يناير جانفي януари ianuarie styczen stycznia styczniu ledna januara januarja januar ιανουαριου janvari janvara enero ocak ocakta",
    "february feb febr fevrier fevr febrero fevereiro febbraio februar februari февраль февраля феврале фев лютий лютого "
    "فبراير شباط فيفري февруари februarie luty lutego lutym unora februara februarja φεβρουαριου februari subat subatta pebrero",
    "march mar mars marzo marco marz maart март марта марте березень березня مارس آذار اذار martie marca marec martius "
    "martie brezna marts μαρτιου mart martta marso",
    "april apr avril avr abril aprile апрель апреля апреле апр квітень квітня أبريل ابريل نيسان أفريل افريل април aprilie "
    "kwiecien kwietnia dubna aprila aprilis απριλιου nisan nisanda abril",
    "may mai mayo maio maggio mei май мая мае травень травня مايو أيار ايار ماي maj maja kvetna majus maijs μαΐου mayis mayista maj",
    "june jun juin junio junho giugno juni июнь июня июне июн червень червня يونيو حزيران جوان юни iunie czerwiec czerwca "
    "cervna juna junij junija junius junijs ιουνιου haziran haziranda hunyo",
    "july jul juillet juil julio julho luglio juli июль июля июле июл липень липня يوليو يوليوز تموز جويلية юли iulie lipiec "
    "lipca cervence jula julij julija julius julijs ιουλιου temmuz temmuzda hulyo",
    "august aug aout agosto augustus август августа августе авг серпень серпня أغسطس اغسطس آب اوت أوت غشت sierpien sierpnia "
    "srpna augusta avgust avgusta avgustus augusts αυγουστου agustos agustosta agosto",
    "september sep sept septembre septiembre setembro settembre сентябрь сентября сентябре сен сент вересень вересня سبتمبر "
    "أيلول ايلول شتنبر септември septembrie wrzesien wrzesnia zari septembra szeptember septembris σεπτεμβριου eylul eylulde setyembre",
    "october oct octobre octubre outubro ottobre oktober okt октябрь октября октябре окт жовтень жовтня أكتوبر اكتوبر октомври "
    "octombrie pazdziernik pazdziernika rijna oktobra oktobris οκτωβριου ekim ekimde oktubre",
    "november nov novembre noviembre novembro ноябрь ноября ноябре ноя листопад листопада نوفمبر نونبر ноември noiembrie "
    "listopada novembra novembris νοεμβριου kasim kasimda nobyembre",
    "december dec decembre diciembre dezembro dicembre dezember dez декабрь декабря декабре дек грудень грудня ديسمبر دجنبر "
    "декември decembrie grudzien grudnia prosince decembra decembris δεκεμβριου aralik aralikta disyembre",
)
# Monday first. Short forms that are other words ("sun", "sat", "mar") are left out.
_WEEKDAYS: tuple[str, ...] = (
    "monday lundi lunes lunedi segunda montag maandag понедельник понедельника понеділок понеділка الاثنين الإثنين hetfo hetfon "
    "pazartesi poniedzialek pondeli pondelok ponedeljek luni måndag mandag maanantai lunes понеделник 月曜 montags",
    "tuesday mardi martes martedi terca dienstag dinsdag вторник вторника вівторок вівторка الثلاثاء kedd kedden sali wtorek "
    "utery utorok torek marti tisdag вторник 火曜",
    "wednesday mercredi miercoles mercoledi quarta mittwoch woensdag среда среду среды середа середу الأربعاء الاربعاء szerda "
    "szerdan carsamba sroda srode streda stredu sreda sredo miercuri onsdag сряда 水曜 miyerkules",
    "thursday jeudi jueves giovedi quinta donnerstag donderdag четверг четверга четвер الخميس csutortok csutortokon persembe "
    "czwartek ctvrtek stvrtok cetrtek joi torsdag четвъртък 木曜 huwebes",
    "friday vendredi viernes venerdi sexta freitag vrijdag пятница пятницу п'ятниця п'ятницю الجمعة pentek penteken cuma piatek "
    "patek piatok petek vineri fredag петък 金曜 biyernes",
    "saturday samedi sabado sabato samstag sonnabend zaterdag суббота субботу субота суботу السبت szombat szombaton cumartesi "
    "sobota sobote sobotu sambata lordag събота 土曜",
    "sunday dimanche domingo domenica sonntag zondag воскресенье воскресенья неділя неділю الأحد الاحد vasarnap pazar "
    "niedziela niedziele nedele nedela nedelja duminica sondag неделя 日曜 linggo",
)
_RELATIVE: dict[int, str] = {
    0: "today aujourd'hui hoy hoje oggi heute vandaag сегодня сьогодні اليوم bugun dzisiaj dzis dnes danes ngayon i dag 今日 "
    "tonight",
    -1: "yesterday hier ayer ontem ieri gestern gisteren вчера вчора أمس امس tegnap dun wczoraj vcera vceraj kahapon 昨日",
}
# Words in front of a weekday that send it into the future, and after which it is not the day of the act.
_FUTURE = frozenset(
    "next prochain prochaine proximo proxima prossimo prossima kommenden nachsten komende volgende следующий следующую "
    "наступного المقبل القادم until bis jusqu'a".split()
)
_PAST = frozenset(
    "last dernier derniere pasado pasada passado passada scorso scorsa vergangenen letzten afgelopen vorige прошлый прошлую минулу الماضي".split()
)


def _table(groups: tuple[str, ...]) -> dict[str, int]:
    table: dict[str, int] = {}
    for number, words in enumerate(groups):
        for word in words.split():
            table[fold_marked(even(word))] = number
    return table


_MONTH = {word: number + 1 for word, number in _table(_MONTHS).items()}
_WEEKDAY = _table(_WEEKDAYS)
_DAYS_AGO = {fold_marked(even(word)): days for days, words in _RELATIVE.items() for word in words.split()}
del _DAYS_AGO["i"], _DAYS_AGO["dag"]  # Swedish "i dag" is two words; "dag" alone is any day
# Arabic writes "and" and "in" onto the word.
_WEEKDAY.update(
    {prefix + word: day for word, day in list(_WEEKDAY.items()) if word.startswith("ال") for prefix in "وب"}
)
_SPOKEN = frozenset(_WEEKDAY) | frozenset(_DAYS_AGO)

_NUMBERS = re.compile(
    r"(?<![\d.,/-])(?:"
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})"
    r"|(?P<y2>\d{4})年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日|(?P<m3>\d{1,2})月(?P<d3>\d{1,2})日"
    r"|(?P<a>\d{1,2})(?P<sep>[./])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<y4>\d{4})"
    r"|(?P<y5>\d{4})\.\s(?P<w5>[^\W\d_]{3,})\s(?P<d5>\d{1,2})"
    r"|(?P<d6>\d{1,2})(?:st|nd|rd|th|er|eme|ª|º|o|°|-го|-е|\.)?,?\s(?:de\s|of\s|di\s|d')?(?P<w6>[^\W\d_]{3,})\.?(?:/[^\W\d_]+)?"
    r"(?:,?\s(?:de\s|del\s|of\s|عام\s|سنة\s)?(?P<y6>\d{4}))?"
    r")(?!\d)"
)
# The day after its month is looked for from its digits, and the word in front of them is looked up.
_WORD_DAY = re.compile(
    r"(?<=[^\W\d_])\.?\s(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)(?:,?\s(?P<year>\d{4})(?!\d))?"
)
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A day that a text names. ``kind`` says how: with its year, without, as a weekday, or as today or yesterday."""

    on: date
    kind: DateKind
    start: int
    end: int


def find_dates(text: str, published: date | None) -> list[DateMention]:
    """Return the days named in ``text``, in their order. Without ``published`` only dates with a year can be told."""
    folded = fold_marked(even(text))
    found = [*_calendar(folded, published), *_spoken(folded, published)]
    found.sort(key=lambda mention: (mention.start, -mention.end))
    result: list[DateMention] = []
    for mention in found:
        if not result or mention.start >= result[-1].end:
            result.append(mention)
    return result


def _calendar(folded: str, published: date | None) -> list[DateMention]:
    found: list[DateMention] = []
    for match in _NUMBERS.finditer(folded):
        parts = _numeric_parts(match)
        if parts is not None:
            _append(found, match, *parts, published)
    for match in _WORD_DAY.finditer(folded):
        word = _LAST_WORD.search(folded, max(0, match.start() - 14), match.start())
        month = _MONTH.get(word.group()) if word else None
        if month is not None:
            _append(found, match, match["year"], month, int(match["day"]), published)
    return found


def _numeric_parts(match: re.Match[str]) -> tuple[str | None, int, int] | None:
    if match["y1"]:
        return match["y1"], int(match["m1"]), int(match["d1"])
    if match["y2"]:
        return match["y2"], int(match["m2"]), int(match["d2"])
    if match["m3"]:
        return None, int(match["m3"]), int(match["d3"])
    if match["y4"]:
        first, second = int(match["a"]), int(match["b"])
        # Day first, except where that cannot be; 03/04/2025 with strokes is left alone: it means two things.
        if match["sep"] == "/" and first <= 12 and second <= 12 and first != second:
            return None
        return (match["y4"], second, first) if second <= 12 else (match["y4"], first, second)
    word, year, day = ("w5", "y5", "d5") if match["y5"] else ("w6", "y6", "d6")
    month = _MONTH.get(match[word])
    return None if month is None else (match[year], month, int(match[day]))


def _append(
    found: list[DateMention], match: re.Match[str], year: str | None, month: int, day: int, published: date | None
) -> None:
    if year is not None:
        on = _date(int(year), month, day)
        if on is not None and 1990 <= on.year <= 2100:
            found.append(DateMention(on, "full", match.start(), match.end()))
        return
    if published is None:
        return
    # A day without its year is the nearest one, and of two the past one: news tells what was.
    candidates = [on for y in (published.year - 1, published.year, published.year + 1) if (on := _date(y, month, day))]
    if candidates:
        on = min(candidates, key=lambda c: (c - published).days * 3 if c > published else (published - c).days)
        found.append(DateMention(on, "day", match.start(), match.end()))


def _spoken(folded: str, published: date | None) -> list[DateMention]:
    if published is None:
        return []
    if _SPOKEN.isdisjoint(_WORD.findall(folded)):
        return []
    found: list[DateMention] = []
    before = ""
    words = list(_WORD.finditer(folded))
    for number, match in enumerate(words):
        word = match.group()
        if word in _DAYS_AGO:
            found.append(_mention(published + timedelta(days=_DAYS_AGO[word]), "relative", match))
        elif word in _WEEKDAY:
            after = words[number + 1].group() if number + 1 < len(words) else ""
            if before not in _FUTURE and after not in _FUTURE:
                back = (published.weekday() - _WEEKDAY[word]) % 7
                if back == 0 and (before in _PAST or after in _PAST):
                    back = 7
                found.append(_mention(published - timedelta(days=back), "weekday", match))
        before = word
    return found


def _mention(on: date, kind: DateKind, match: re.Match[str]) -> DateMention:
    return DateMention(on, kind, match.start(), match.end())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
