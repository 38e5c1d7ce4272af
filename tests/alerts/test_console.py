"""Without a token: the terminal and the preview page."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from rich.console import Console

from alerts.console import ConsoleSender
from alerts.messages import render_event, render_notice
from alerts.mrkdwn import read_blocks
from alerts.preview import SHOWN, Post, Wall, render_preview, write_preview
from alerts.replies import render_change
from tests.alerts.samples import AT, change, delivery, event, every_category, source
from tests.alerts.test_text import HOSTILE


def sender(folder: Path) -> tuple[ConsoleSender, io.StringIO]:
    out = io.StringIO()
    return ConsoleSender(Console(file=out, width=100), folder / "preview.html", now=lambda: AT), out


class Outline(HTMLParser):
    """The elements of a page, with what a browser would load or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def post(number: int = 1, **fields: object) -> Post:
    message = render_event(event())
    values = {
        "id": f"local-{number:05d}",
        "key": f"k{number}",
        "channel": "alerts",
        "thread": None,
        "text": message.text,
    }
    return Post(**{**values, "blocks": message.blocks, "at": AT.isoformat(), **fields})


def test_an_alert_is_printed_with_its_replies_below_it(tmp_path: Path) -> None:
    console, out = sender(tmp_path)
    root = console.send(delivery(), render_event(event()))
    reply = console.send(delivery("reply", thread_external_id=root.external_id), render_change(change(), event()))
    assert (root.state, reply.state) == ("sent", "sent")
    shown = out.getvalue()
    assert "🔴 United States designates four ICC judges under EO 14203" in shown
    assert "    ↳ ⏩ Status: Announced → Officially published" in shown
    assert shown.index("🔴") < shown.index("↳")


def test_an_edit_changes_the_page_and_is_not_printed(tmp_path: Path) -> None:
    console, out = sender(tmp_path)
    root = console.send(delivery(), render_event(event()))
    printed = out.getvalue()
    outcome = console.send(
        delivery("update", thread_external_id=root.external_id), render_event(event(status="in_force"))
    )
    assert (outcome.state, outcome.external_id) == ("sent", root.external_id)
    assert out.getvalue() == printed
    page = (tmp_path / "preview.html").read_text(encoding="utf-8")
    assert "In force" in page
    assert "· edited" in page


def test_a_key_is_shown_once_also_by_the_next_process(tmp_path: Path) -> None:
    first, _ = sender(tmp_path)
    root = first.send(delivery(), render_event(event()))
    second, out = sender(tmp_path)
    again = second.send(delivery(state="sending"), render_event(event()))
    assert (again.external_id, again.adopted) == (root.external_id, True)
    assert out.getvalue() == ""
    assert second.send(delivery("reply"), render_change(change(), event())).state == "sent"
    page = Outline((tmp_path / "preview.html").read_text(encoding="utf-8"))
    assert [tag for tag, _ in page.tags if tag in ("article", "li")] == ["article", "li"]


def test_an_edit_of_a_root_that_is_not_on_the_page_is_told_to_the_ledger(tmp_path: Path) -> None:
    console, _ = sender(tmp_path)
    outcome = console.send(delivery("update", thread_external_id="local-00009"), render_event(event()))
    assert (outcome.state, outcome.root_vanished) == ("due", True)


def test_a_line_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    console, _ = sender(tmp_path)
    console.send(delivery(), render_event(event()))
    log = tmp_path / "preview.jsonl"
    log.write_text(log.read_text(encoding="utf-8") + '{"id": "local-00002", "ke', encoding="utf-8")
    again, _ = sender(tmp_path)
    assert again.send(delivery(key="next"), render_event(event())).external_id == "local-00002"
    assert len(Wall(tmp_path / "preview.html").threads()) == 2


def test_a_page_that_cannot_be_written_keeps_the_alert_due(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    console = ConsoleSender(Console(file=io.StringIO()), tmp_path / "file" / "preview.html", now=lambda: AT)
    outcome = console.send(delivery(), render_event(event()))
    assert outcome.state == "due"
    assert outcome.retry_at == AT + timedelta(seconds=5)
    assert "cannot be written" in (outcome.error or "")


def test_the_page_loads_nothing_runs_nothing_and_has_its_landmarks() -> None:
    page = render_preview([post(replies=[post(2)])], title="Alerts")
    outline = Outline(page)
    tags = [tag for tag, _ in outline.tags]
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(tags)
    assert tags.count("main") == tags.count("h1") == 1
    policy = next(
        attrs["content"] for tag, attrs in outline.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "prefers-color-scheme: dark" in page
    html = next(attrs for tag, attrs in outline.tags if tag == "html")
    assert (html["lang"], html["dir"]) == ("en", "ltr")
    assert all((attrs["href"] or "").startswith("https://") for tag, attrs in outline.tags if tag == "a")


def test_right_to_left_quotations_run_right_to_left() -> None:
    row = next(row for row in every_category() if row.category == "non_cooperation")
    message = render_event(row)
    outline = Outline(render_preview([post(blocks=message.blocks)], title="Alerts"))
    assert [attrs["dir"] for tag, attrs in outline.tags if tag == "blockquote"] == ["rtl"]
    assert [attrs["dir"] for tag, attrs in outline.tags if tag == "h2"] == ["ltr"]


@given(HOSTILE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_makes_an_element_on_the_page(text: str) -> None:
    calm, hostile = (
        [
            post(
                blocks=render_event(
                    event(title=t, quote=t or "x", reason=t, sources=(source(t, t, url="https://a.example/"),))
                ).blocks
            )
        ]
        for t in ("calm", f"{text}<script>alert(1)</script>")
    )
    expected, got = (Outline(render_preview(threads, title="Alerts")) for threads in (calm, hostile))
    assert [tag for tag, _ in got.tags] == [tag for tag, _ in expected.tags]


def test_the_page_shows_the_newest_threads_and_counts_the_others(tmp_path: Path) -> None:
    posts = [post(number, blocks=render_notice({"title": f"Notice {number}."}).blocks) for number in range(SHOWN + 7)]
    write_preview(tmp_path / "p.html", posts)
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "7 older threads are not on this page" in page
    assert "Notice 6." not in page
    assert page.index(f"Notice {SHOWN + 6}.") < page.index(f"Notice {SHOWN + 5}.") < page.index("Notice 7.")
    assert list(tmp_path.iterdir()) == [tmp_path / "p.html"]


def test_a_page_without_alerts_says_so() -> None:
    assert "No alerts yet." in render_preview([], title="Alerts")


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "\x1b[31mred", "[link=https://evil.example]x[/link]"])
def test_terminal_markup_in_foreign_text_stays_text(tmp_path: Path, text: str) -> None:
    console, out = sender(tmp_path)
    console.send(delivery("notice"), render_notice({"title": text}))
    assert "\x1b" not in out.getvalue()
    assert re.sub(r"\x1b|://", "", text)[:5].strip("[") in out.getvalue()


def test_what_is_read_back_is_what_was_written() -> None:
    blocks = [
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": "*Bold* and _slanted_, `code`, <https://a.example/?x=1&amp;y|A &amp; B>",
            },
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": ">quoted\n<!date^0^{date}|1 January 1970> 2*3 a_b_c"}},
    ]
    (first,), (quote, last) = read_blocks(blocks)
    assert [(span.kind, span.text) for span in first.spans] == [
        ("bold", "Bold"),
        ("text", " and "),
        ("italic", "slanted"),
        ("text", ", "),
        ("code", "code"),
        ("text", ", "),
        ("link", "A & B"),
    ]
    assert first.spans[-1].target == "https://a.example/?x=1&y"
    assert (quote.kind, quote.text) == ("quote", "quoted")
    assert [(span.kind, span.text) for span in last.spans] == [("moment", "1 January 1970"), ("text", " 2*3 a_b_c")]
