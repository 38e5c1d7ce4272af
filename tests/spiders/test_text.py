"""Plain text from what publishers call HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.text import content_hash, plain_text, tidy, title_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<p>One<br>Two <b>bold</b>word</p>", "One\nTwo boldword"),
        ("One &amp; two &eacute;", "One & two é"),
        ("Plain\n text", "Plain\ntext"),
        ("<p>Line\nbroken in source</p>", "Line broken in source"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("<p>a<script>x()</script>b<style>y{}</style>c</p>", "a b c"),
        ("<nav>Menu</nav><p>Body</p><form>Search</form>", "Body"),
        ("<p>a</p><!-- no --><?php no ?>", "a"),
        ("<p hidden>no</p><p>yes</p>", "yes"),
        ("<p>5 < 6 and 7 > 2</p>", "5 < 6 and 7 > 2"),
        ("<p>soft\u00adhyphen\u200b</p>", "softhyphen"),
        ("safe<iframe src='x'> <b>all</b> of it", "safe all of it"),
        ("safe<embed src='x'> <b>all</b> of it", "safe all of it"),
        ("safe<object data='x'> <b>all</b> of it", "safe all of it"),
        ("<math><mi>a</mi><mo>+</mo><mi>b</mi></math>", "a+b"),
        ("", ""),
        ("<>", "<>"),
        ("<p></p>", ""),
    ],
)
def test_plain_text(markup, text):
    assert plain_text(markup) == text


def test_angle_brackets_of_a_text_are_meant_unless_it_closes_a_tag():
    assert plain_text("History of the <blink> tag", literal=True) == "History of the <blink> tag"
    assert plain_text("<p>Judges &amp; clerks</p>", literal=True) == "Judges & clerks"


@pytest.mark.parametrize(
    ("form", "title", "read"),
    [
        ("html", "<div>History of the &lt;blink&gt; tag</div>", "History of the <blink> tag"),
        ("html", "Law &amp;amp; order", "Law & order"),
        ("text", "History of the <blink> tag", "History of the <blink> tag"),
        ("text", "<b>Court</b> answers", "Court answers"),
        ("unsaid", "&lt;b&gt;Court&lt;/b&gt; answers", "Court answers"),
        ("unsaid", f"<a style='{'x' * 400}'>Court</a> answers", "Court answers"),
    ],
)
def test_title_is_read_by_the_form_it_is_said_to_have(form, title, read):
    assert title_text(title, form=form) == read


def test_entries_of_a_list_change_stay_on_lines_of_their_own():
    markup = "<h4>Added:</h4><p>DOE, Jane [ICC-EO14203].<br><br>ROE, Richard [ICC-EO14203].</p>"
    assert plain_text(markup) == "Added:\nDOE, Jane [ICC-EO14203].\nROE, Richard [ICC-EO14203]."


def test_invitation_to_continue_is_cut_off():
    assert plain_text("<p>Judges ruled.</p> <a href='x'>Continue reading...</a>") == "Judges ruled."
    assert plain_text("<p>Continue reading the statute.</p>") == "Continue reading the statute."


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["<p>", "</p>", "<b", ">", "&lt;", "\x00", "<![CDATA[", "é"])).map("".join)
)
def test_no_markup_breaks_it_and_tidy_text_stays_as_it_is(markup):
    text = plain_text(markup)
    assert tidy(text) == text


@given(st.text(max_size=100))
def test_title_is_one_line_and_stays_as_it_is(title):
    once = title_text(title)
    assert "\n" not in once
    assert "  " not in once


def test_white_space_makes_no_revision():
    assert content_hash("A  title", "one\ntwo") == content_hash("A title", "one two ")
    assert content_hash("A title", "one two") != content_hash("A", "title one two")
