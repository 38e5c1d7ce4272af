"""What is stored is found by any of its words, however it is written; nothing that is asked does harm."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import astuple, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import warehouse.publish
import warehouse.search
from classifiers.categories import Category
from spiders.items import DateEvidence, ProbeResult
from warehouse.connection import open_warehouse
from warehouse.corrections import add_corrections
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import open_copy, run_sql
from warehouse.rows import Correction
from warehouse.schema import migrate
from warehouse.search import index_new, search
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)

TEXTS = {
    "en": ("Sanctions on a judge", "The United States designated Judge O'Brien under E.O. 14203."),
    "fr": ("L'Élysée réagit", "La Cour pénale internationale a été sanctionnée, déplore le président."),
    "es": ("El Tribunal señaló", "La Corte condenó a los años de prisión más largos."),
    "hu": ("Magyarország kilép", "A Nemzetközi Büntetőbíróság főügyésze. Őrült űr."),
    "de": ("Großbritannien", "Die Maßnahme heißt: Straße gesperrt."),
    "pl": ("Łódź", "Trybunał ogłosił wyrok."),
    "ru": ("Съёмка запрещена", "Международный уголовный суд выдал ордер; ёлка и йод."),
    "ar": ("المحكمة الجنائية الدولية", "أصدرت المُحَكِّمةُ مذكّرة توقيف بحق رئيس الوزراء، وللمحكمة أن تقرر."),
    "fa": ("دیوان کیفری", "دادستان گفت که پرونده باز است."),
    "zh": ("国际刑事法院", "检察官申请逮捕令。ICC 法官受到制裁。"),
    "ja": ("国際刑事裁判所", "赤根智子所長はサーバーへの攻撃をICCが検知したと述べた。"),
    "el": ("Ποινικό Δικαστήριο", "Ο εισαγγελέας της Χάγης μίλησε."),
    "he": ("בית הדין", "התובע ביקש צווי מעצר."),
    "ko": ("국제형사재판소", "검사가 영장을 청구했다."),
}


class World:
    """A warehouse whose items are searched in its published copy."""

    def __init__(self, folder, make):
        self.make, self.live, self.copy = make, folder / "live.duckdb", folder / "copy.duckdb"
        self.step = 0

    def store(self, *items, source="court", probes=(), listed=None):
        self.step += 1
        at = self.make.now + self.step * HOUR
        result = self.make.result(*items, source=source, at=at, probes=probes,
                                  listed=listed or tuple(item.id for item in items))  # fmt: skip
        with open_warehouse(self.live) as db:
            migrate(db)
            store_results(db, [(self.make.source(source), result)], now=at)
        return at

    def find(self, words, **filters):
        return [found.item_id for found in search(self.copy, words, limit=1000, **filters)]

    def publish(self):
        publish(self.live, self.copy)


@pytest.fixture
def world(make, tmp_path):
    return World(tmp_path, make)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """One item a language, in segments and in recent postings."""
    from tests.warehouse.conftest import Maker

    world = World(tmp_path_factory.mktemp("library"), Maker())
    items = [world.make.item(n, item_id=lang, title=title, text=text)
             for n, (lang, (title, text)) in enumerate(TEXTS.items())]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warehouse.search, "SEGMENT", 4)
        for start in (0, 1, 8):  # an incomplete segment, one and a half, the rest
            world.store(*items[: {0: 1, 1: 8, 8: 99}[start]])
            world.publish()
    return world


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sanctions", ["en"]),
        ("o'brien 14203", ["en"]),
        ("elysee", ["fr"]),
        ("ÉLYSÉE REAGIT", ["fr"]),
        ("E\N{COMBINING ACUTE ACCENT}lyse\N{COMBINING ACUTE ACCENT}e", ["fr"]),
        ("penale", ["fr"]),
        ("anos mas", ["es"]),
        ("birosag", []),
        ("buntetobirosag ŐRÜLT", ["hu"]),
        ("GROSSBRITANNIEN strasse", ["de"]),
        ("lodz", ["pl"]),
        ("СЪЕМКА елка", ["ru"]),
        ("محكمة", ["ar"]),
        ("اصدرت المحكمه", ["ar"]),
        ("مُذَكِّرَة", ["ar"]),
        ("دادستان", ["fa"]),
        ("法院", ["zh"]),
        ("法", ["zh"]),
        ("国际刑事法院检察官", []),  # neighbours that do not stand together
        ("刑事", ["ja", "zh"]),
        ("ICC", ["ja", "zh"]),
        ("ＩＣＣ 制裁", ["zh"]),
        ("サーバー", ["ja"]),
        ("ΔΙΚΑΣΤΗΡΙΟ χαγησ", ["el"]),
        ("צווי", ["he"]),
        ("재판소", []),
        ("영장을", ["ko"]),
        ("영장*", ["ko"]),
        ("sanction*", ["en", "fr"]),
        ("sanction* o*", ["en"]),
        ("sanction* nothing", []),
        ("*", []),
        ("sanction", []),
    ],
)
def test_words_are_found_in_every_script_whatever_their_case_and_accents(library, words, found):
    assert sorted(library.find(words)) == found


def variants(word):
    """Return other ways to write a word that a reader would call the same."""
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return {word, word.upper(), word.lower(), word.title(), unicodedata.normalize("NFD", word), bare, bare.upper()}


@pytest.mark.parametrize("language", TEXTS)
def test_each_word_of_an_item_finds_it_in_each_way_to_write_it(library, language):
    from classifiers.text import words as judged_words

    pieces = " ".join(TEXTS[language]).split()
    asked = {form for piece in pieces for form in variants(piece) if judged_words(form)}
    missed = {words for words in asked if any(c.isalnum() for c in words) and language not in library.find(words)}
    assert not missed


LETTERS = st.characters(whitelist_categories=["Lu", "Ll", "Lo", "Nd", "Mn", "Zs", "Po", "Pd"])


def writable(text: str) -> str:
    """Return what is left of a text once lone surrogates, which no encoding carries, are gone."""
    return text.encode("utf-8", "replace").decode()


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=LETTERS, max_size=60),
    st.sampled_from([
        "'", "''; DROP TABLE base.items; --", "$1", "?", "%", "_", "\\", "((", "[", "*" * 50, "a*" * 200, "\x00",
        "\ud800", "a\x00b", "NULL", "x' OR '1'='1", "\N{RIGHT-TO-LEFT OVERRIDE}", "é" * 5000, "word " * 3000, "{{}}",
        "\\p{L}", "🏛️",
    ]),
)  # fmt: skip


@pytest.fixture(scope="module")
def words_of(tmp_path_factory):
    """The words of a text, as the index sees them."""
    with open_warehouse(tmp_path_factory.mktemp("words") / "w.duckdb") as db:
        migrate(db)
        yield lambda text: set(db.execute("SELECT base.words(?)", [text]).fetchone()[0])


@given(text=st.text(alphabet=LETTERS, max_size=80), data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_piece_between_blanks_has_only_words_of_the_whole(words_of, text, data):
    """So that what finds the whole is found by each part: stored and asked words are cut alike, wherever they stand."""
    pieces = text.split()
    piece = data.draw(st.sampled_from(pieces)) if pieces else ""
    assert words_of(piece) <= words_of(text)


ALPHABETS = (
    "abzßéèöőñłđøı" + "ABZÉÈÖŐÑŁĐØ" + "абйёщАБЙЁЩ" + "αάςσωΑΆΣΩ" + "אבךם" + "ابةىأإآ" + "あがパ国际" + "가각" + "09"
)


@given(word=st.text(alphabet=ALPHABETS, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_case_and_accents_make_no_other_word(words_of, word):
    assert len({frozenset(words_of(form)) for form in variants(word)}) == 1


@given(words=HOSTILE)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_asked_or_stored_does_harm(library, words):
    before = run_sql(library.copy, "SELECT count(*) FROM items").rows
    library.find(writable(words))
    assert run_sql(library.copy, "SELECT count(*) FROM items").rows == before


@given(texts=st.lists(HOSTILE.map(writable), min_size=1, max_size=3))
@example(texts=["cut \x00 off"])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_texts_are_stored_and_found_by_an_ordinary_word_beside_them(tmp_path_factory, make, texts):
    world = World(tmp_path_factory.mktemp("hostile"), make)
    world.store(*(make.item(n, text=f"{text} lighthouse", title="t") for n, text in enumerate(texts)))
    world.publish()
    assert len(world.find("lighthouse")) == len(texts)


def test_the_best_comes_first(world):
    filler = "Nothing of note was said in the long debate about procedure and costs. " * 5
    world.store(
        world.make.item(1, item_id="aside", title="Debate", text=f"{filler} Somebody mentioned a warrant. {filler}"),
        world.make.item(2, item_id="title", title="Warrant issued", text=f"{filler}"),
        world.make.item(3, item_id="often", title="News", text="A warrant. The warrant was sealed. Warrant!"),
        world.make.item(4, item_id="never", title="News", text=filler),
    )
    world.publish()
    assert world.find("warrant") == ["title", "often", "aside"]
    # A rare word weighs more than a common one: it decides between two that have both.
    scores = {found.item_id: found.score for found in search(world.copy, "warrant*")}
    assert scores["title"] > scores["often"] > scores["aside"] > 0


def reckoned(texts, asked):
    """Score texts, given as (title, text) in the order of storing, by the law that docs/analysts.md states."""
    weights = []
    for title, text in texts:
        said = Counter(text.split()) + Counter(title.split() * 5)
        length = said.total()
        weights.append({w: max(1, int(100 * n * 2.2 / (n + 0.3 + 0.9 * length / 400) + 0.5)) for w, n in said.items()})
    scores = [0.0] * len(texts)
    for term in asked.split():
        fits = [[n for w, n in held.items() if (w.startswith(term[:-1]) if term[-1] == "*" else w == term)]
                for held in weights]  # fmt: skip
        common = min(sum(map(len, fits)), len(texts))
        rarity = math.log(1 + (len(texts) - common + 0.5) / (common + 0.5))
        scores = [
            score + max(fit) * rarity / 100 if fit else -math.inf for score, fit in zip(scores, fits, strict=True)
        ]
    found = [(round(score, 9), place) for place, score in enumerate(scores) if score > -math.inf]
    return sorted(found, reverse=True)


def test_ranking_is_the_stated_law_however_common_or_rare_the_words(world, monkeypatch):
    """Segments, recent postings, edits; one word or several; with a rare one among them, and without."""
    monkeypatch.setattr(warehouse.search, "SEGMENT", 16)
    chance = random.Random(6)
    vocabulary = ["common", "court", "case", "charge", "dawn", "day", "dove", "east", "eve"]
    texts = [(chance.choice(vocabulary), " ".join(["common", *chance.choices(vocabulary[2:], k=chance.randint(1, 40))]))
             for _ in range(40)]  # fmt: skip
    texts[17] = ("rare", "common rare rarely")
    for start in range(0, 40, 10):
        world.store(*(world.make.item(n, title=title, text=text) for n, (title, text) in
                      list(enumerate(texts))[start : start + 10]))  # fmt: skip
        world.publish()
    questions = (
        *("common", "court", "rare", "nothing", "common court", "rare common", "common case day", "common nothing"),
        *("c*", "ca* common", "c* d*", "rar* common", "rare c* e*", "e* rare* common", "x* common"),
    )
    for asked in questions:
        rows = run_sql(world.copy, f"SELECT item_id, score FROM search_items('{asked}', best := 9)").rows  # noqa: S608
        found = sorted(((round(score, 9), int(item_id.split(":")[1])) for item_id, score in rows), reverse=True)
        assert found == reckoned(texts, asked)[:9], asked


def test_filters_narrow_the_search(world):
    make = world.make
    day = DateEvidence("x", make.now - timedelta(days=40), "instant", "feed")
    old = make.item(1, item_id="old", text="verdict", published=day)
    undated = make.item(2, item_id="undated", text="verdict", published=DateEvidence())
    french = replace(make.item(3, item_id="french", source="paper", text="verdict"), language="fr")
    world.store(old, undated)
    at = world.store(french, source="paper")
    with open_warehouse(world.live) as db:
        add_verdicts(db, [make.verdict(old), make.verdict(french, Category.THREAT)], now=at)
        add_corrections(db, [Correction("old", "item", "about_court", False, "ana", "", at)])
    world.publish()
    assert sorted(world.find("verdict")) == ["french", "old", "undated"]
    assert world.find("verdict", category="ruling") == ["old"]
    assert world.find("verdict", source="paper") == ["french"]
    assert world.find("verdict", language="fr") == ["french"]
    assert world.find("verdict", about_court=False) == ["old"]
    assert world.find("verdict", about_court=True) == ["french"]
    assert sorted(world.find("verdict", since=make.now - timedelta(days=1))) == ["french", "undated"]
    assert world.find("verdict", until=make.now - timedelta(days=1)) == ["old"]
    assert len(search(world.copy, "verdict", limit=2)) == 2


def test_an_edit_is_found_by_its_new_words_only_and_a_take_down_still(world, monkeypatch):
    monkeypatch.setattr(warehouse.search, "SEGMENT", 2)  # the old text's words are in a segment already
    make = world.make
    others = [make.item(n) for n in (2, 3)]
    world.store(make.item(1, text="The warrant was unsealed."), *others)
    world.publish()
    world.store(make.item(1, text="The warrant was withdrawn."), *others)
    world.publish()
    assert world.find("unsealed") == []
    assert world.find("withdrawn warrant") == ["court:1"]
    for _ in range(3):
        world.store(*others, listed=("court:2", "court:3"), probes=(ProbeResult("court:1", "gone", 410),))
    world.store(make.item(1, text="The warrant was unsealed."), *others)
    world.publish()
    assert world.find("unsealed") == ["court:1"]
    assert world.find("withdrawn") == []


def test_a_limit_cuts_off_the_worst_and_neither_old_texts_nor_filters_use_it_up(world):
    make = world.make
    said = {1: "warrant", 2: "warrant warrant", 3: "warrant warrant warrant"}
    items = {n: make.item(n, text=f"{text} was said") for n, text in said.items()}
    world.store(items[2], items[3])
    world.store(replace(items[1], source="paper"), source="paper")
    world.store(make.item(3, text="nothing was said"), items[2])  # the text that fits best is superseded
    world.publish()
    assert [found.item_id for found in search(world.copy, "warrant", limit=1)] == ["court:2"]
    rest = run_sql(world.copy, "SELECT item_id FROM search_items('warrant', best := 1) WHERE item_id <> 'court:2'")
    assert rest.rows == []
    everything = run_sql(world.copy, "SELECT item_id FROM search_items('warrant', best := NULL) ORDER BY score DESC")
    assert everything.rows == [("court:2",), ("court:1",)]
    assert [found.item_id for found in search(world.copy, "warrant", source="paper", limit=1)] == ["court:1"]


def test_a_taken_down_item_is_found_and_said_to_be_gone(world):
    items = [world.make.item(n) for n in (1, 2, 3)]
    world.store(items[2])
    world.store(*items)
    for _ in range(4):
        world.store(items[0], items[2], listed=("court:1", "court:3"), probes=(ProbeResult("court:2", "gone", 410),))
    world.publish()
    [gone] = [found for found in search(world.copy, "release 2") if found.item_id == "court:2"]
    assert gone.taken_down_at is not None


def test_what_is_published_is_searchable_at_once_and_the_copy_grows_by_what_is_new(world, monkeypatch):
    """Through segments, catching up and crashes between storing and publishing alike."""
    monkeypatch.setattr(warehouse.publish, "SMALL", 0)
    monkeypatch.setattr(warehouse.search, "SEGMENT", 3)
    for number in range(1, 12):
        world.store(world.make.item(number, text=f"alpha word{number}"))
        if number % 4 == 3:
            continue  # died before publishing
        world.publish()
        assert len(world.find("alpha")) == number
        assert world.find(f"word{number}") == [f"court:{number}"]
        with open_warehouse(world.live) as db, open_copy(world.copy) as copy:
            for table in ("postings", "recent_postings", "search_state"):
                sql = f"SELECT t::VARCHAR FROM base.{table} AS t ORDER BY 1"  # noqa: S608
                assert copy.execute(sql).fetchall() == db.execute(sql).fetchall(), table


def test_an_index_built_at_once_answers_as_one_that_grew(world, tmp_path, monkeypatch, make):
    monkeypatch.setattr(warehouse.search, "SEGMENT", 4)
    grown, whole = World(tmp_path / "a", make), World(tmp_path / "b", make)
    items = [make.item(n, text=f"alpha word{n % 3}") for n in range(1, 11)]
    for item in items:
        (tmp_path / "a").mkdir(exist_ok=True)
        grown.store(item)
        grown.publish()
    (tmp_path / "b").mkdir()
    whole.store(*items)
    whole.publish()
    for words in ("alpha", "alpha word1", "word*"):
        answers = [sorted((f.item_id, round(f.score, 9)) for f in search(w.copy, words)) for w in (grown, whole)]
        assert answers[0] == answers[1] != []


def test_nothing_new_costs_nothing(world):
    world.store(world.make.item(1))
    with open_warehouse(world.live) as db:
        assert index_new(db) == 1
        assert index_new(db) == 0


def test_a_plain_client_searches_the_copy_with_its_own_sql(library):
    script = (
        "import sys, duckdb\n"
        "db = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(db.sql(\"SELECT item_id FROM search_items('elysee') WHERE language = 'en'\").fetchall())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(library.copy)], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[('fr',)]"


def test_a_found_item_carries_what_a_reader_needs(library):
    [found] = search(library.copy, "elysee")
    assert (found.title, found.publisher, found.url) == ("L'Élysée réagit", "Court", "https://court.example/news/1")
    assert len(astuple(found)) == 13
