"""Foreign text made harmless at the edge where it is shown (DESIGN law 11): cleaned, cut, neutralised, escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, urlsplit, urlunsplit

from classifiers.text import sentences

URL_LIMIT = 2_000  # Slack takes 3,000 in a block; longer than this is no address of a release
MARKS_IN_A_ROW = 4  # real scripts stack up to four combining marks; more is meant to cover the lines around it

# Zero-width joiners belong to the spelling of Persian, Urdu and the scripts of India; anywhere else they hide things.
_JOINER = re.compile(r"(?<=[\u0600-\u0dff])[\u200c\u200d](?=[\u0600-\u0dff])")
_INVISIBLE = re.compile(r"[\ufe00-\ufe0f\U000e0000-\U000e0fff\u115f\u1160\u3164\uffa0]")
_MARKS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u20d0-\u20ff]+)")
_EMOJI_CODE = re.compile(r":(?=[\d_+'-]*[^\W\d_][\w+'-]{0,100}:)")  # not in 10:30:45
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")

# mrkdwn has no escape for its formatting marks (docs.slack.dev, "Formatting message text"): look-alikes stand in.
_LOOK_ALIKE = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ", "@": "＠", "|": "¦", "\\": "＼"})


def clean(text: object) -> str:
    """Return ``text`` on one line in NFC, without controls, bidi overrides, invisible characters or stacked marks."""
    value = "" if text is None else str(text)
    value = unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode("utf-8"))
    joined = {match.start() for match in _JOINER.finditer(value)}
    kept = []
    for index, char in enumerate(value):
        category = unicodedata.category(char)
        if index in joined or category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            kept.append(char)
        elif category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
    # What stood apart only by what was dropped may be one character now.
    value = unicodedata.normalize("NFC", _INVISIBLE.sub("", "".join(kept)))
    value = _MARKS.sub(lambda match: match.group()[:MARKS_IN_A_ROW], value)
    return " ".join(value.split())


def neutralise(text: str) -> str:
    """Return clean ``text`` in which nothing can be read as mrkdwn, a mention, a link or an emoji code."""
    text = text.translate(_LOOK_ALIKE)
    text = _LOOSE_UNDERSCORE.sub("ˍ", text)
    text = _EMOJI_CODE.sub("∶", text)
    text = text.replace("://", "[:]//")  # the defanged spelling that security teams know
    text = re.sub(r"(?i)\bwww\.", "www[.]", text)
    return re.sub(r"^[>\s]+", lambda match: "›" * match.group().count(">"), text)  # a leading > would be a quote


def escape(text: str) -> str:
    """Escape the three control characters of Slack text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int, cost: Callable[[str], int] = len) -> str:
    """Return clean ``text`` within ``limit`` as ``cost`` counts it, cut at a sentence, else at a word, marked by …"""
    if cost(text) <= limit:
        return text
    kept = ""
    for sentence in sentences(text):
        longer = f"{kept} {sentence}".strip()
        if cost(longer) + 2 > limit:
            break
        kept = longer
    if kept:
        return f"{kept} …"
    fits, words = "", text.split(" ")
    for word in words:
        longer = f"{fits} {word}".strip()
        if cost(longer) + 1 > limit:
            break
        fits = longer
    if len(fits) < limit // 4:  # one endless word: cut inside it, never before a combining mark
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if cost(text[:middle]) + 1 <= limit else (low, middle - 1)
        while low and unicodedata.combining(text[low : low + 1] or " "):
            low -= 1
        fits = text[:low]
    return f"{fits.rstrip(' ,;:-–—')}…"


def runs_right_to_left(text: str) -> bool:
    """Tell whether the first letter with a direction runs from right to left."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def isolate(text: str) -> str:
    """Wrap ``text`` that has right-to-left letters so that it neither turns nor is turned by what stands around it."""
    if not any(unicodedata.bidirectional(char) in ("R", "AL") for char in text):
        return text
    mark = "\u2067" if runs_right_to_left(text) else "\u2066"
    return f"{mark}{text}\u2069"


def mrkdwn(text: object, limit: int = 300) -> str:
    """Return foreign ``text`` as inert mrkdwn of at most ``limit`` characters."""
    value = clean(str("" if text is None else text)[: 50 * limit])  # what could be shown at most, and no megabytes
    return isolate(escape(neutralise(cut(value, limit - 2, cost=lambda piece: len(escape(neutralise(piece)))))))


def web_address(url: object) -> str | None:
    """Return ``url`` when it is a plain http(s) address, with all that could break out of a link encoded, else None.

    Addresses with user names (``https://un.org@evil.example``) are refused; host names stand as they resolve (IDNA).
    """
    if not isinstance(url, str) or not url.isprintable() or len(url) > URL_LIMIT:
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return None
    if parts.scheme not in ("http", "https") or parts.username is not None or not re.fullmatch(r"[a-z0-9.-]+", host):
        return None
    tail = [quote(part, safe="/%:;,=+$!()-._~@&?#[]'*") for part in (parts.path, parts.query, parts.fragment)]
    result = urlunsplit((parts.scheme, host + port, *tail))
    return result if len(result) <= URL_LIMIT else None


def link(url: object, label: object, limit: int = 150) -> str:
    """Return an mrkdwn link, or only its label when the address is not one that we show."""
    shown = mrkdwn(label, limit) or "source"
    address = web_address(url)
    return f"<{escape(address)}|{shown}>" if address else shown
