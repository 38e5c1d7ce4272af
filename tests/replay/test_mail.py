"""The mail server of the replayed world."""

from __future__ import annotations

import smtplib

import pytest

from replay.mail import LocalMail


def send(mail: LocalMail, text: str = "Subject: one\r\n\r\nHello\r\n", recipient: str = "a@desk.example") -> None:
    host, port = mail.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), timeout=5) as smtp:
        smtp.sendmail("watch@watch.example", [recipient], text)


def test_it_keeps_what_it_is_given_byte_for_byte() -> None:
    with LocalMail() as mail:
        send(mail)
        send(mail, "Subject: two\r\n\r\n.dots\r\n..\r\n")
    assert [received.raw for received in mail.received] == [
        b"Subject: one\r\n\r\nHello\r\n",
        b"Subject: two\r\n\r\n.dots\r\n..\r\n",
    ]
    assert [message["Subject"] for message in mail.messages] == ["one", "two"]
    assert mail.received[0].recipients == ("a@desk.example",)


def test_two_servers_have_two_ports_and_their_own_mail() -> None:
    with LocalMail() as one, LocalMail() as two:
        assert one.url != two.url
        send(two)
        assert (len(one.received), len(two.received)) == (0, 1)


def test_it_refuses_whom_it_was_told_to_refuse() -> None:
    with LocalMail() as mail:
        mail.replies["a@desk.example"] = "550 no such user"
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(mail)
        send(mail, recipient="b@desk.example")
        assert len(mail.received) == 1


def test_it_can_keep_a_message_and_hang_up() -> None:
    with LocalMail() as mail:
        mail.drop_after_data = 1
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(mail)
        assert len(mail.received) == 1


def test_a_server_that_is_not_started_has_no_address() -> None:
    with pytest.raises(RuntimeError):
        _ = LocalMail().url
