"""Source files: what they say, and what they say wrong in one line."""

from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.catalogue import load_source, load_sources
from spiders.errors import CatalogueError
from tests.spiders.conftest import FUZZ

LEAST = 'name = "The Paper"\npublisher = "The Paper"\nkind = "rss"\nurl = "https://paper.test/feed"\n'


@pytest.fixture
def load(tmp_path):
    def run(text, name="paper"):
        path = tmp_path / f"{name}.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_source(path)

    return run


def test_four_keys_are_enough(load):
    source = load(LEAST)
    assert (source.id, source.tier, source.every, source.official) == ("paper", "press", timedelta(hours=1), False)
    assert source.watch_edits is False


def test_official_sources_are_watched_for_edits_unless_they_say_otherwise(load):
    assert load(LEAST + "official = true").watch_edits is True
    assert load(LEAST + "official = true").tier == "official"
    assert load(LEAST + 'official = true\ntier = "court"\nwatch_edits = false').watch_edits is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_durations(written, meant, load):
    source = load(LEAST + f'every = "{written}"\n[expect]\nmax_silence = "{written}"')
    assert (source.every, source.expect.max_silence) == (meant, meant)


def test_hours_of_publication(load):
    assert load(LEAST + 'hours = "09:30-15:30"').hours == (time(9, 30), time(15, 30))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LEAST + "evry = '1h'", "evry: unknown key; did you mean 'every'?"),
        (LEAST + "[expect]\nmin_item = 3", "expect.min_item: unknown key; did you mean 'min_items'?"),
        (LEAST + "[listing]\nitem = 'li'\ntitel = 'a'", "listing.titel: unknown key; did you mean 'title'?"),
        (LEAST + "[expect]\nwindow = 0", "expect.window: "),
        (LEAST + "[expect]\nmin_items = 6\nwindow = 5", "expect: min_items is more than the window holds"),
        (LEAST + "zzz = 1", "zzz: unknown key; known are"),
        (LEAST.replace("publisher", "# publisher"), "publisher: missing; add it"),
        (LEAST.replace('"The Paper"\np', '""\np'), "name: "),
        (LEAST + "every = '1 hour'", "every: give a duration"),
        (LEAST + "every = 60", "every: give a duration"),
        (LEAST + "every = '0m'", "every: give a duration"),
        (LEAST + "every = '1h'\nslowest = '30m'", "slowest: shorter than every"),
        (LEAST + "hours = '15:30-09:30'", "hours: give hours of a weekday"),
        (LEAST + "hours = '9-5'", "hours: give hours of a weekday"),
        (LEAST + "hours = '09:00-25:00'", "hours: give hours of a weekday"),
        (LEAST + "timezone = 'Hague'", "timezone: name a zone"),
        (LEAST + "timezone = '../../etc/passwd'", "timezone: name a zone"),
        (LEAST.replace("https://paper.test/feed", "paper.test/feed"), "url: give a full http(s) address"),
        (LEAST.replace("https://paper.test/feed", "file:///etc/passwd"), "url: give a full http(s) address"),
        (LEAST.replace('"rss"', '"atom"'), "kind: "),
        (LEAST + "official = 'yes'", "official: "),
        (LEAST + "tier = 'friends'", "tier: "),
        (LEAST + "delay = -1.0", "delay: "),
        (LEAST + "language = 'English'", "language: "),
        (LEAST.replace('"rss"', '"html"'), "listing: "),
        (LEAST.replace('"rss"', '"json"'), "api: "),
        (LEAST.replace('"rss"', '"html"') + "[listing]\nitem = 'li['", "listing.item: not a CSS selector: 'li['"),
        (LEAST.replace('"rss"', '"html"') + "[listing]\nitem = []", "listing.item: give a CSS selector"),
        (
            LEAST.replace('"rss"', '"html"') + "[listing]\nitem = 'li'\nkeep = '('",
            "listing.keep: not a regular expression",
        ),
        (LEAST + "kind = 'rss'", "not valid TOML"),
        ("name = ", "not valid TOML"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_mistake_is_one_line_with_file_key_and_remedy(text, words, load):
    with pytest.raises(CatalogueError) as caught:
        load(text)
    message = str(caught.value)
    assert "paper.toml: " in message
    assert words in message
    assert "\n" not in message


def test_file_name_is_the_id(load):
    with pytest.raises(CatalogueError, match="the file name is the id"):
        load(LEAST, name="The-Paper")


def test_folder_without_sources_says_what_to_do(tmp_path):
    with pytest.raises(CatalogueError, match="no source file"):
        load_sources(tmp_path)
    with pytest.raises(CatalogueError, match="no such folder"):
        load_sources(tmp_path / "none")


def test_fallback_must_exist(tmp_path):
    (tmp_path / "paper.toml").write_text(LEAST + 'fallback = "papre"')
    with pytest.raises(CatalogueError, match=r"paper.toml: fallback: no source 'papre'; did you mean 'paper'\?"):
        load_sources(tmp_path)


@settings(max_examples=FUZZ, deadline=None)
@given(st.binary(max_size=120) | st.text(alphabet="abkind=[]\"'\n.#1{}", max_size=80).map(str.encode))
def test_no_file_breaks_the_loader(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("sources") / "paper.toml"
    path.write_bytes(text)
    with pytest.raises(CatalogueError):
        load_source(path)


@pytest.fixture(scope="module")
def sources():
    return load_sources()


def test_catalogue_covers_the_field(sources):
    assert len(sources) >= 90
    assert {one.tier for one in sources.values()} == {"official", "court", "un", "ngo", "press", "blog"}
    assert len({one.language for one in sources.values()}) >= 6


def test_every_source_says_why_it_is_watched_and_how_sure_we_are(sources):
    for source in sources.values():
        assert source.notes["why"], source.id
        assert source.notes["evidence"], source.id
        assert source.notes["confidence"] in {"verified", "single", "lists", "guess"}, source.id


def test_no_two_sources_ask_for_the_same(sources):
    assert len({one.url for one in sources.values()}) == len(sources)


def test_hosts_are_asked_no_faster_than_they_wish(sources):
    for source in sources.values():
        host = urlsplit(source.url).hostname
        assert source.delay >= {"www.state.gov": 5, "api.gdeltproject.org": 5}.get(host, 0), source.id


def test_catalogue_asks_for_little(sources):
    requests_a_day = sum(timedelta(days=1) / one.every for one in sources.values())
    assert requests_a_day < 6_000
