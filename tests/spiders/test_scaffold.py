"""Adding a source in five minutes."""

import json
import tomllib
from datetime import UTC, datetime

import pytest

from spiders.catalogue import load_source
from spiders.crawl import CollectOptions
from spiders.errors import CatalogueError, SpiderError
from spiders.scaffold import new_source, record, render_sources

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["rss", "html", "json"])
def test_new_source_is_valid_toml_that_does_not_load_unread(kind, tmp_path):
    path = new_source("new_paper", kind, "https://paper.test/feed", day=NOW, folder=tmp_path)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["kind"] == kind
    with pytest.raises(CatalogueError, match=r"new_paper.toml: name: "):
        load_source(path)


def test_filled_in_source_loads(tmp_path):
    path = new_source("new_paper", "rss", "https://paper.test/feed", day=NOW, folder=tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('= ""', '= "x"'), encoding="utf-8")
    assert load_source(path).url == "https://paper.test/feed"


@pytest.mark.parametrize(
    ("slug", "url", "words"),
    [
        ("New", "https://a.test/", "is no id"),
        ("../x", "https://a.test/", "is no id"),
        ("new", "a.test", "is no address"),
        ("new", 'https://a.test/"\nofficial = true\n#', "is no address"),
    ],
)
def test_what_cannot_be_a_source_is_refused(slug, url, words, tmp_path):
    with pytest.raises(SpiderError, match=words):
        new_source(slug, "rss", url, day=NOW, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_existing_source_is_not_overwritten(tmp_path):
    new_source("new", "rss", "https://a.test/", day=NOW, folder=tmp_path)
    with pytest.raises(SpiderError, match="is there already"):
        new_source("new", "rss", "https://a.test/", day=NOW, folder=tmp_path)


async def test_recording_keeps_page_article_and_an_expectation_to_review(web, reply, tmp_path):
    (tmp_path / "paper.toml").write_text(
        'name = "P"\npublisher = "P"\nkind = "html"\nurl = "https://paper.test/list"\n[listing]\nitem = "li"\n'
        '[article]\nbody = "p"\n'
    )
    web.pages |= {
        "/list": reply(body="<html><li><a href='/1'>One</a></li></html>"),
        "/1": reply(body="<html><p>Text</p></html>"),
    }
    options = CollectOptions(gateway=web.gateway, retry_delays=())
    written = await record("paper", tmp_path / "pages", now=lambda: NOW, options=options, folder=tmp_path)
    assert [one.name for one in written] == ["2026-11-20.html", "2026-11-20.article.html", "2026-11-20.expected.json"]
    expectation = json.loads(written[-1].read_text(encoding="utf-8"))
    assert (expectation["reviewed"], expectation["items"][0]["text"]) == (False, "Text")


async def test_recording_a_source_in_trouble_says_why(web, reply, tmp_path):
    (tmp_path / "paper.toml").write_text('name = "P"\npublisher = "P"\nkind = "rss"\nurl = "https://paper.test/feed"\n')
    web.pages["/feed"] = reply(403)
    options = CollectOptions(gateway=web.gateway, retry_delays=())
    with pytest.raises(SpiderError, match="HTTP 403"):
        await record("paper", tmp_path / "pages", now=lambda: NOW, options=options, folder=tmp_path)


def test_page_of_sources_escapes_what_markdown_would_take_for_a_column(source_of):
    page = render_sources({"a": source_of(notes={"why": "this | that"})})
    assert "this \\| that" in page
