"""Mail: one message a recipient, as the standards want it, through a server on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.digest import DigestMail, render_digest
from alerts.errors import DeliveryError
from alerts.mail import MailSender, build_message, load_recipients, parse_address
from replay.mail import LocalMail
from tests.alerts.samples import digest_data

NOW = datetime(2025, 6, 9, 6, 0, tzinfo=UTC)
MAIL = render_digest(digest_data())
SENDER, READER = "watch@watch.example", "Reader@desk.example"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalMail]:
    with LocalMail() as mail:
        yield mail


@pytest.fixture
def mailbox(server: LocalMail) -> LocalMail:
    server.received.clear()
    server.replies.clear()
    return server


def sender(mailbox: LocalMail) -> MailSender:
    return MailSender(mailbox.url, unsubscribe="off@watch.example", now=lambda: NOW)


def test_a_digest_arrives_whole_as_text_first_and_html(mailbox: LocalMail) -> None:
    outcome = sender(mailbox).send(MAIL, SENDER, READER)
    assert outcome.state == "sent"
    [received] = mailbox.received
    assert (received.sender, received.recipients) == (SENDER, (READER,))
    message = received.message
    assert message["Message-ID"] == outcome.external_id
    assert message["Subject"] == MAIL.subject
    assert message["To"] == READER
    assert message["Date"].datetime == NOW
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert html.get_content().replace("\r\n", "\n") == MAIL.html


def test_its_headers_say_that_a_machine_sent_it_and_how_to_stop_it(mailbox: LocalMail) -> None:
    sender(mailbox).send(MAIL, SENDER, READER)
    message = mailbox.messages[0]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "Courtwatch digest <courtwatch-digest.watch.example>"
    assert message["List-Unsubscribe"] == "<mailto:off@watch.example?subject=unsubscribe>"
    assert "List-Unsubscribe-Post" not in message
    assert message["X-Entity-Ref-ID"] == "courtwatch-digest.2025-W23"
    assert "Bcc" not in message
    assert "Cc" not in message


def test_a_digest_has_one_message_id_for_each_period_and_reader() -> None:
    def message_id(period: str = "2025-W23", recipient: str = READER, at: datetime = NOW) -> str:
        mail = DigestMail(MAIL.subject, MAIL.text, MAIL.html, period)
        return str(build_message(mail, sender=SENDER, recipient=recipient, at=at)["Message-ID"])

    assert message_id() == message_id(at=NOW + timedelta(days=1)) == message_id(recipient=READER.lower())
    assert len({message_id(), message_id(period="2025-W24"), message_id(recipient="other@desk.example")}) == 3
    assert READER.split("@", maxsplit=1)[0].lower() not in message_id().lower()


def test_the_same_digest_is_the_same_file() -> None:
    first, second = (build_message(MAIL, sender=SENDER, recipient=READER, at=NOW).as_bytes() for _ in range(2))
    assert first == second
    assert max(map(len, first.splitlines())) < 998


def test_a_subject_cannot_bring_headers() -> None:
    mail = DigestMail("Week\r\nBcc: all@desk.example", "text", "<p>html</p>", "2025-W23")
    message = build_message(mail, sender=SENDER, recipient=READER, at=NOW)
    assert message["Subject"] == "Week Bcc: all@desk.example"
    assert "Bcc" not in message


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b.example\nBcc: x@y.example",
        "<a@b.example>",
        "A <a@b.example>",
        "a@b..example",
    ],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(DeliveryError):
        parse_address(address)
    with pytest.raises(DeliveryError):
        build_message(MAIL, sender=SENDER, recipient=address, at=NOW)


def test_a_recipients_file_has_comments_empty_lines_and_no_doubles(tmp_path: Path) -> None:
    path = tmp_path / "readers"
    path.write_text("# desk\na@desk.example\n\n  b@desk.example  # night\nA@desk.example\n", encoding="utf-8")
    assert load_recipients(path) == ["a@desk.example", "b@desk.example"]


def test_a_wrong_line_is_named_by_its_number_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "readers"
    path.write_text("a@desk.example\nsecret person\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match=r"readers, line 2: not a plain mail address") as caught:
        load_recipients(path)
    assert "secret" not in str(caught.value)


def test_a_missing_recipients_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="COURTWATCH_DIGEST_RECIPIENTS"):
        load_recipients(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("reply", "state", "permanent"),
    [
        ("550 5.1.1 no mailbox Reader@desk.example here", "refused", True),
        ("451 4.7.1 greylisted, reader@desk.example", "due", False),
    ],
)
def test_a_refusal_is_one_line_that_names_nobody(mailbox: LocalMail, reply: str, state: str, permanent: bool) -> None:
    mailbox.replies[READER] = reply
    outcome = sender(mailbox).send(MAIL, SENDER, READER)
    assert (outcome.state, outcome.permanent) == (state, permanent)
    assert reply[:3] in (outcome.error or "")
    assert "desk.example" not in (outcome.error or "").lower()
    assert "\n" not in (outcome.error or "")
    assert mailbox.received == []
    assert (outcome.retry_at is None) is permanent


def test_a_connection_lost_after_the_text_leaves_it_unknown(mailbox: LocalMail) -> None:
    mailbox.drop_after_data = 1
    outcome = sender(mailbox).send(MAIL, SENDER, READER)
    assert outcome.state == "unknown"
    assert len(mailbox.received) == 1


def test_nobody_listening_means_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    nobody = MailSender(f"smtp://user:hunter2@127.0.0.1:{port}", now=lambda: NOW)
    outcome = nobody.send(MAIL, SENDER, READER)
    assert (outcome.state, outcome.retry_at) == ("due", NOW + timedelta(minutes=10))
    for said in (outcome.error, nobody.check()):
        assert "COURTWATCH_SMTP_URL" in (said or "")
        assert "hunter2" not in (said or "")


def test_a_server_that_does_not_know_the_user_is_told_by_the_check(mailbox: LocalMail) -> None:
    assert sender(mailbox).check() is None
    with_user = MailSender(mailbox.url.replace("smtp://", "smtp://user:hunter2@"), now=lambda: NOW)
    outcome = with_user.send(MAIL, SENDER, READER)
    assert outcome.state == "due"
    assert "hunter2" not in (outcome.error or "")
    assert with_user.check() is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://h:port",
        "smtp://h?tls=1",
        "smtp://user:hunter2@h/path",
    ],
)
def test_a_wrong_server_address_says_how_to_write_it_and_keeps_the_password(url: str) -> None:
    with pytest.raises(DeliveryError, match=r"^COURTWATCH_SMTP_URL: write smtp://") as caught:
        MailSender(url)
    assert "hunter2" not in str(caught.value)
