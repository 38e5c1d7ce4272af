"""From the HTML that publishers send to the plain text that people read: one paragraph a line, no furniture."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Literal

from lxml import etree
from lxml import html as lxml_html

from spiders.urls import digest

# Not object and embed: feeds leave them open, and then all that follows lies inside.
_DROPPED = frozenset(
    """
    script style nav form svg select option optgroup button noscript iframe template input label textarea
    head title canvas audio video dialog
    """.split()  # noqa: SIM905 - a list of words is for reading
)
_BLOCKS = frozenset(
    """
    address article aside blockquote br dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header
    hr li main ol p pre section table tbody td tfoot th thead tr ul summary
    """.split()  # noqa: SIM905 - a list of words is for reading
)
# Classes of furniture that publishers put inside their content.
_FURNITURE = (
    "wp-block-whitehouse-topper",
    "field--name-title",
    "field--name-uid",
    "field--name-created",
    "field--name-field-document-type",
    "screen-reader-text",
    "sharedaddy",
    "social-share",
    "cookie-banner",
)
_CLOSINGS = [
    re.compile(r"(?:^|\n)The post .{1,400}? (?:first appeared|appeared first) on [^\n]{1,200}\.?\s*$", re.S),
    re.compile(r"(?:^|\n| )Continue reading(?:\.{3}|…)?\s*$"),
    re.compile(r"\s*\[(?:…|\.\.\.)\]\s*$"),
]
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_IFRAME_TAG = re.compile(r"</?iframe\b[^<>]*>", re.I)  # left open it would make raw text of all that follows
_CLOSING_TAG = re.compile(r"</[a-zA-Z]")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]\w{1,30});")
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x00, 0x09), *range(0x0E, 0x20), 0x7F]
)
_PARSER = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)


def plain_text(markup: str, *, literal: bool = False) -> str:
    """Turn HTML, or text that may be HTML, into plain text. Never raises on bad markup.

    The angle brackets of a ``literal`` text are meant, unless it closes a tag: many who say text send HTML.
    """
    if not _MARKUP.search(markup) or (literal and not _CLOSING_TAG.search(markup)):
        text = html.unescape(markup) if "&" in markup else markup
        return tidy(text)
    try:
        root = lxml_html.document_fromstring(_IFRAME_TAG.sub(" ", markup).encode("utf-8", "replace"), parser=_PARSER)
    except (etree.LxmlError, ValueError, AssertionError):  # nothing in it, or nothing lxml can hold
        return tidy(html.unescape(re.sub(r"<[^>]*>", " ", markup)))
    return element_text(root)


def element_text(root: etree._Element, drop: Iterable[etree._Element] = ()) -> str:
    """Return the text of an element without its furniture, block elements on lines of their own."""
    return trim_closing(tidy("".join(_walk(root, frozenset(drop)))))


def _walk(root: etree._Element, drop: frozenset[etree._Element]) -> Iterable[str]:
    # By hand rather than recursive: pages nest deeper than Python may recurse.
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if skipped is not None:
            if event == "end" and element is skipped:
                skipped = None
                yield element.tail or ""
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _DROPPED or element in drop or _is_furniture(element):
                skipped = element
                yield "\n" if tag in _BLOCKS else " "
            else:
                yield "\n" if tag in _BLOCKS else ""
                yield _flow(element.text, tag)
        else:
            yield "\n" if tag in _BLOCKS and tag != "br" else ""
            yield (
                (element.tail and _SPACE.sub(" ", element.tail.replace("\n", " "))) or "" if element is not root else ""
            )


def _flow(text: str | None, tag: str) -> str:
    if not text:
        return ""
    return text if tag == "pre" else text.replace("\n", " ")


def _is_furniture(element: etree._Element) -> bool:
    names = element.get("class")
    if element.get("hidden") is not None or (element.get("aria-hidden") == "true" and not len(element)):
        return True
    return bool(names) and any(one in names for one in _FURNITURE)


def tidy(text: str) -> str:
    """Single spaces, single line breaks, no invisible characters."""
    text = text.replace("\r", "\n").translate(_INVISIBLE)
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()


def trim_closing(text: str) -> str:
    """Take off what blog engines append to every text ("The post ... appeared first on ...")."""
    for closing in _CLOSINGS:
        text = closing.sub("", text)
    return text.strip()


def title_text(title: str, *, form: Literal["unsaid", "text", "html"] = "unsaid") -> str:
    """Write a headline on one line, with what was escaped twice read twice.

    Markup goes, also the escaped, unless the feed says what ``form`` it has: in html what was escaped is meant, in text
    all is, unless it closes a tag.
    """
    if form == "html" or (form == "text" and _CLOSING_TAG.search(title)):
        return title_text(_strip_tags(title), form="text")
    for _ in range(2):
        if not _ENTITY.search(title):
            break
        title = html.unescape(title)
    return " ".join(tidy(title if form == "text" else _strip_tags(title)).split())


def _strip_tags(title: str) -> str:
    if not _MARKUP.search(title):
        return title
    title = re.sub(r"<(script|style)\b.*?(?:</\1\s*>|$)", "", title, flags=re.S | re.I)
    return re.sub(r"</?[a-zA-Z][^<>]{0,2000}>", "", title)


def content_hash(title: str, text: str) -> str:
    """Name a revision: the hash of title and text with all white space alike."""
    return digest(" ".join(title.split()), " ".join(text.split()))
