"""The score on feedparser's own suite: how its cases are read, and that a failure is told."""

import pytest

from tests.spiders import peers

CASE = """<!--
Description: {description}
Header:      Content-type: application/rss+xml; charset=koi8-r
Expect:      {expectation}
-->
<rss version="2.0"><channel><item>{item}</item></channel></rss>"""


def case_of(expectation, item, name="wellformed/rss/item.xml"):
    return peers.read_case(name, CASE.format(description="ours", expectation=expectation, item=item).encode("koi8-r"))


@pytest.mark.parametrize(
    ("expectation", "item"),
    [
        ("not bozo and entries[0]['title'] == 'Judges rule'", "<title>Judges rule</title>"),
        (r"entries[0]['title'] == '\u0421\u0443\u0434'", "<title>Суд</title>"),
        ("entries[0].link == 'http://paper.test/1'", "<link>http://paper.test/1</link>"),
        ("entries[0]['guid'] == 'urn:1'", "<guid isPermaLink='false'>urn:1</guid>"),
        (
            "entries[0]['summary'] == '<p>Two men.</p>'",
            "<title>a</title><description>&lt;p>Two men.&lt;/p></description>",
        ),
        ("entries[0]['description'] == 'No title.'", "<description>No title.</description>"),
        ("entries[0]['author'] == 'Ann'", "<author>Ann</author>"),
        ("entries[0]['tags'][0]['term'] == 'Law'", "<category>Law</category>"),
        (
            "entries[0]['published_parsed'] == (2026, 7, 6, 14, 24, 9, 0, 187, 0)",
            "<pubDate>Mon, 06 Jul 2026 14:24:09 GMT</pubDate>",
        ),
    ],
)
def test_what_an_item_says_is_compared_in_our_form(expectation, item):
    scored = peers.score(case_of(expectation, item))
    assert (len(scored.case.claims), scored.theirs, scored.missed) == (1, True, ())


def test_only_comparisons_of_core_fields_with_literals_count_and_nothing_is_run(tmp_path):
    trap = tmp_path / "trap"
    said = f"entries[0]['title'] == open({str(trap)!r}, 'w') and feed['title'] == 'x' and len(entries) == 1"
    assert list(peers.read_claims(said)) == []
    assert list(peers.read_claims("entries[0]['title'] == 'x' or bozo")) == []
    assert list(peers.read_claims("this is (no Python")) == []
    assert not trap.exists()


def test_file_without_expectation_is_only_to_be_survived():
    scored = peers.score(peers.read_case("encoding/noise.xml", b"\xff\xfe<\x00rss"))
    assert (scored.case.claims, scored.theirs, scored.missed) == ((), False, ())


def test_summary_beside_another_content_is_no_claim_on_the_one_text():
    item = "<description>Short</description><summary>Long and full</summary>"
    scored = peers.score(case_of("entries[0]['description'] == 'Short'", item))
    assert scored.case.claims == ()


def test_a_case_that_feedparser_passes_and_we_do_not_fails_the_run(tmp_path, monkeypatch, capsys):
    (tmp_path / "item_title.xml").write_bytes(case_of("entries[0]['title'] == 'a'", "<title>a</title>").body)
    monkeypatch.setattr("sys.argv", ["peers", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        peers.main()
    assert ended.value.code == 0
    monkeypatch.setattr("spiders.feeds.title_text", lambda title, form: title + "!")
    with pytest.raises(SystemExit) as ended:
        peers.main()
    assert ended.value.code == 1
    assert "item_title.xml: entries.0.title is 'a!', expected 'a'" in capsys.readouterr().out


def test_what_feedparser_gets_wrong_itself_is_not_held_against_us(tmp_path, monkeypatch, capsys):
    (tmp_path / "item_title.xml").write_bytes(case_of("entries[0]['title'] == 'b'", "<title>a</title>").body)
    monkeypatch.setattr("sys.argv", ["peers", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        peers.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["title", "1", "0", "0"]
