"""Foreign text at the edge: whatever comes in, nothing in it acts."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.text import clean, cut, escape, isolate, link, mrkdwn, neutralise, runs_right_to_left, web_address

# Random text rarely spells an attack; these pieces make it likely.
_MARKUP = [
    "<!channel>",
    "<!here|x>",
    "<@U024BE7LH>",
    "<#C024BE7LR>",
    "<https://evil.example|Slack>",
    "&lt;!channel&gt;",
]
_WRITTEN = [
    "@channel",
    "*bold*",
    "_i_",
    "~s~",
    "`code`",
    "```",
    "> quote",
    "&gt;",
    "https://evil.example/x",
    "www.evil.example",
]
_HIDDEN = [":skull:", "\u202e", "\u200b", "\u2066", "\ufeff", "\x00", "\x1b[31m", "\n", "\r\n", "\u2028", "\u0311" * 9]
PIECES = st.sampled_from([*_MARKUP, *_WRITTEN, *_HIDDEN, "ا", "שלום", "é", "a" * 60])
HOSTILE = st.one_of(st.text(max_size=200), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join))


@given(HOSTILE)
def test_no_text_becomes_a_mention_a_link_or_markup(text: str) -> None:
    shown = mrkdwn(text)
    assert "<" not in shown
    assert ">" not in shown
    assert not re.search(r"&(?!(amp|lt|gt);)", shown)
    assert "@" not in shown
    assert "://" not in shown
    assert not re.search(r"[*~`|]", shown)
    assert not re.search(r"(?<!\w)_|_(?!\w)", shown)
    assert not re.search(r":[a-z][\w+'-]*:", shown)


@given(HOSTILE)
def test_no_control_bidi_or_invisible_character_survives(text: str) -> None:
    for char in clean(text):
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp", "Co")
        assert unicodedata.category(char) != "Cf" or char in "\u200c\u200d"


@example("I\U00018d09\u030f")
@given(HOSTILE)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(HOSTILE, st.integers(min_value=10, max_value=400))
def test_text_is_never_longer_than_asked_for(text: str, limit: int) -> None:
    assert len(mrkdwn(text, limit)) <= limit


@given(HOSTILE, st.integers(min_value=10, max_value=200))
def test_what_is_cut_is_a_beginning_of_the_text_and_marked(text: str, limit: int) -> None:
    value = clean(text)
    shown = cut(value, limit)
    assert len(shown) <= limit
    if shown != value:
        assert shown.endswith("…")
        assert value.startswith(shown[:-1].rstrip())


def test_a_cut_falls_between_sentences_when_it_can() -> None:
    assert (
        cut("The Court ruled. The judges left the room. Nobody spoke.", 45)
        == "The Court ruled. The judges left the room. …"
    )


def test_a_cut_falls_between_words_when_the_first_sentence_is_too_long() -> None:
    assert cut("The Court ruled that the state had failed to comply", 30) == "The Court ruled that the…"


def test_an_endless_word_is_cut_inside_but_not_before_a_combining_mark() -> None:
    assert cut("x" * 50 + "q\u0323" * 50, 54) in ("x" * 50 + "q\u0323…", "x" * 50 + "q\u0323q…"[:-2] + "…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> read this", "&lt;!channel&gt; read this"),
        ("AT&T <b>", "AT&amp;T &lt;b&gt;"),
        ("write to @here", "write to ＠here"),
        ("see https://evil.example/x", "see https[:]//evil.example/x"),
        ("see www.evil.example", "see www[.]evil.example"),
        ("*very* _much_ ~not~ `code`", "∗very∗ ˍmuchˍ ∼not∼ ˋcodeˋ"),
        ("file_name stays", "file_name stays"),
        ("at 10:30:45 :skull: came", "at 10:30:45 ∶skull: came"),
        ("> not a quote", "›not a quote"),
        ("abc\u202etxt.exe\u200b!", "abctxt.exe!"),
        ("two\nlines\u2028and more", "two lines and more"),
        ("Za" + "\u0311" * 9 + "lgo", "Zȃ" + "\u0311" * 4 + "lgo"),
    ],
)
def test_tricks_are_shown_but_do_nothing(text: str, shown: str) -> None:
    assert mrkdwn(text) == shown


def test_right_to_left_text_is_isolated_and_left_to_right_text_is_left_alone() -> None:
    assert mrkdwn("שלום") == "\u2067שלום\u2069"
    assert isolate("Report by مبط today") == "\u2066Report by مبط today\u2069"
    assert isolate("plain") == "plain"
    assert runs_right_to_left("«المحكمة» ICC")
    assert not runs_right_to_left("ICC: المحكمة")
    assert not runs_right_to_left("12:30")


def test_joiners_that_belong_to_the_spelling_stay() -> None:
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("pay\u200cpal") == "paypal"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://files.example/x",
        "//no-scheme.example",
        "https://",
        "https://un.org@evil.example/",
        "https://a b.example/",
        "https://evil.example\n/x",
        "https://exa\u202emple.org/",
        "http://[::1/",
        "https://host.example:99999/",
        "https://host.example/" + "x" * 3000,
    ],
)
def test_what_is_no_plain_web_address_is_no_link(url: str | None) -> None:
    assert web_address(url) is None
    assert link(url, "label") == "label"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.icc-cpi.int/news/x?y=1&z=2#a", "https://www.icc-cpi.int/news/x?y=1&z=2#a"),
        ("https://host.example/a|b>c<d", "https://host.example/a%7Cb%3Ec%3Cd"),
        ("https://host.example/%7Cdone", "https://host.example/%7Cdone"),
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
    ],
)
def test_addresses_are_encoded_so_that_they_cannot_end_early(url: str, shown: str) -> None:
    assert web_address(url) == shown
    assert link(url, "a | b > c") == f"<{shown.replace('&', '&amp;')}|a ¦ b &gt; c>"


@given(st.text(max_size=80), HOSTILE)
def test_a_link_holds_exactly_one_address_and_one_label(tail: str, label: str) -> None:
    written = link(f"https://host.example/{tail}", label)
    assert written.count("<") == written.count(">") <= 1
    assert written.count("|") <= 1
    if written.startswith("<"):
        assert written.startswith("<https://host.example/")
        assert written.endswith(">")


def test_escaping_is_done_once_and_can_be_undone() -> None:
    assert escape("a & b < c > d") == "a &amp; b &lt; c &gt; d"
    assert neutralise("a & b") == "a & b"
