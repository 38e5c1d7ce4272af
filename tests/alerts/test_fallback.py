"""When Slack is down: what is loud goes out by mail as well."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.fallback import needs_mail, render_alert_mail
from alerts.mail import build_message
from alerts.messages import render_event
from tests.alerts.samples import AT, delivery, event
from tests.alerts.test_digest import Page


@pytest.mark.parametrize(
    ("fields", "minutes", "wanted"),
    [
        ({"attempts": 3}, 10, True),
        ({"attempts": 3, "state": "unknown"}, 11, True),
        ({"attempts": 3, "state": "refused"}, 11, True),
        ({"attempts": 3}, 9, False),
        ({"attempts": 0}, 60, False),  # held by quiet hours, or nobody is delivering: not Slack's trouble
        ({"attempts": 3, "state": "sent"}, 60, False),
        ({"attempts": 3, "severity": "high"}, 60, False),
        ({"attempts": 3, "kind": "update"}, 60, False),
    ],
)
def test_only_what_is_loud_and_has_waited_for_slack_goes_by_mail(
    fields: dict[str, object], minutes: int, wanted: bool
) -> None:
    row = delivery(**{"severity": "critical", **fields})
    assert needs_mail(row, now=AT + timedelta(minutes=minutes)) is wanted


def test_the_mail_says_what_slack_would_have_shown() -> None:
    mail = render_alert_mail(delivery(), render_event(event()))
    assert mail.subject == "Courtwatch: 🔴 United States designates four ICC judges under EO 14203"
    assert "Authority  EO 14203" in mail.text
    assert "Designating four ICC judges (https://www.state.example/designating-four-judges)" in mail.text
    assert "> “Today the Secretary designated four judges" in mail.text
    assert "Slack could not be reached since 5 June 2025 17:42 UTC" in mail.text
    page = Page(mail.html)
    assert "Authority EO 14203" in page.text
    assert {tag for tag, _ in page.tags} <= {"html", "head", "meta", "title", "body", "p", "q", "a", "strong", "em"}


def test_each_alert_has_its_own_message_id_and_the_list_is_not_the_digests() -> None:
    def message_id(key: str) -> str:
        mail = render_alert_mail(delivery(key=key), render_event(event()))
        message = build_message(mail, sender="w@watch.example", recipient="a@desk.example", at=AT)
        assert message["List-Id"] == "Courtwatch alert <courtwatch-alert.watch.example>"
        return str(message["Message-ID"])

    assert message_id("a") == message_id("a") != message_id("b")


def test_hostile_text_makes_no_element_and_no_header() -> None:
    row = event(title="x</p><script>\r\nBcc: all@desk.example", quote="<img src=x>")
    mail = render_alert_mail(delivery(), render_event(row))
    assert not {"script", "img"} & {tag for tag, _ in Page(mail.html).tags}
    assert "Bcc" not in build_message(mail, sender="w@watch.example", recipient="a@desk.example", at=AT)
