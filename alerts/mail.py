"""Mail: one message a recipient, with headers that cannot be injected and errors that name nobody."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from alerts.errors import DeliveryError
from alerts.outcomes import SendOutcome
from alerts.text import clean

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_POLICY = SMTP.clone(cte_type="7bit")  # no server needs to know 8BITMIME
_RETRY = timedelta(minutes=10)


class Mail(Protocol):
    """What can be mailed: a digest, or an alert while Slack is down. ``reference`` names it for ever."""

    @property
    def subject(self) -> str: ...  # noqa: D102 - as the class says
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def html(self) -> str: ...  # noqa: D102
    @property
    def reference(self) -> str: ...  # noqa: D102


def parse_address(text: str) -> str:
    """Return a plain mail address; raises DeliveryError for anything else. Display names are not taken."""
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if not _ADDRESS.fullmatch(address) or ".." in address or local.startswith(".") or local.endswith(".") or not domain:
        raise DeliveryError("not a plain mail address (name@host)")
    return address


def load_recipients(path: Path) -> list[str]:
    """Read one address a line; ``#`` starts a comment, doubles are dropped. Raises DeliveryError with the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DeliveryError(
            f"{path}: cannot be read: check COURTWATCH_DIGEST_RECIPIENTS ({type(error).__name__})"
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        written = line.split("#", 1)[0].strip()
        if written:
            try:
                address = parse_address(written)
            except DeliveryError as error:
                raise DeliveryError(f"{path}, line {number}: {error}") from None
            found.setdefault(address.lower(), address)
    return list(found.values())


def build_message(
    mail: Mail, *, sender: str, recipient: str, at: datetime, unsubscribe: str | None = None
) -> EmailMessage:
    """Build one mail for one recipient: text first, then HTML; the same inputs give the same bytes."""
    sender, recipient = parse_address(sender), parse_address(recipient)
    domain = sender.rpartition("@")[2].lower()
    mark = sha256(f"{mail.reference}|{recipient.lower()}".encode()).hexdigest()[:20]
    kind = "digest" if mail.reference.startswith("digest.") else "alert"
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("Courtwatch", addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = clean(mail.subject)
    message["Date"] = format_datetime(at.astimezone(UTC))
    message["Message-ID"] = f"<{_token(mail.reference)}.{mark}@{domain}>"
    message["List-Id"] = f"Courtwatch {kind} <courtwatch-{kind}.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Entity-Ref-ID"] = (
        f"courtwatch-{_token(mail.reference)}"  # keeps Gmail from threading what has its own subject
    )
    if unsubscribe:
        message["List-Unsubscribe"] = f"<mailto:{parse_address(unsubscribe)}?subject=unsubscribe>"
    message.set_content(mail.text, subtype="plain", charset="utf-8", cte=_encoding(mail.text))
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte=_encoding(mail.html))
    message.set_boundary(f"=_courtwatch_{mark}")
    return message


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


class MailSender:
    """Sends by the server of ``smtp://user:password@host:port`` (``?starttls`` to demand it) or ``smtps://...``."""

    def __init__(
        self,
        url: str,
        *,
        unsubscribe: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout: float = 30.0,
    ) -> None:
        self._server, self._now, self._timeout = _parse(url), now, timeout
        self._unsubscribe = parse_address(unsubscribe) if unsubscribe else None

    def send(self, mail: Mail, sender: str, recipient: str) -> SendOutcome:
        """Send one mail to one recipient; never raises for what the server does, and never names the recipient.

        A connection that is lost after the text was handed over is ``unknown``: mail has no way to look, and the stable
        Message-ID lets the reader's server recognise a second copy.
        """
        at = self._now()
        message = build_message(mail, sender=sender, recipient=recipient, at=at, unsubscribe=self._unsubscribe)
        handed_over = False
        try:
            smtp = self._connect()
            try:
                smtp.ehlo_or_helo_if_needed()
                _expect(smtp.mail(sender))
                _expect(smtp.rcpt(recipient))
                handed_over = True
                _expect(smtp.data(message.as_bytes()))
            finally:
                _leave(smtp)
        except smtplib.SMTPResponseException as error:
            return self._refusal(error, recipient, at)
        except (OSError, smtplib.SMTPException) as error:
            return SendOutcome("unknown" if handed_over else "due", error=self._trouble(error), retry_at=at + _RETRY)
        return SendOutcome("sent", external_id=str(message["Message-ID"]))

    def check(self) -> str | None:
        """Say in one line why mail would not go out, or None (for ``courtwatch doctor``)."""
        try:
            _leave(self._connect())
        except smtplib.SMTPAuthenticationError:
            return "the mail server refuses the user name or password: check COURTWATCH_SMTP_URL"
        except (OSError, smtplib.SMTPException) as error:
            return self._trouble(error)
        return None

    def _trouble(self, error: Exception) -> str:
        kind = type(error).__name__
        return f"the mail server {self._server.host} did not answer ({kind}): check COURTWATCH_SMTP_URL"

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        secure = ssl.create_default_context()
        if server.tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=secure)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.starttls:
                smtp.starttls(context=secure)
            if server.user:
                smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException):
            smtp.close()
            raise
        return smtp

    def _refusal(self, error: smtplib.SMTPResponseException, recipient: str, at: datetime) -> SendOutcome:
        raw = error.smtp_error
        said = clean(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw)
        said = re.sub(re.escape(recipient), "(recipient)", said, flags=re.IGNORECASE)[:200]
        if 400 <= error.smtp_code < 500:
            return SendOutcome(
                "due", error=f"the mail server asks to try later: {error.smtp_code} {said}", retry_at=at + _RETRY
            )
        hint = (
            "check COURTWATCH_SMTP_URL"
            if error.smtp_code in (530, 534, 535)
            else "check the sender and the recipients file"
        )
        return SendOutcome(
            "refused", error=f"the mail server refuses: {error.smtp_code} {said}; {hint}", permanent=True
        )


def _parse(url: str) -> _Server:
    wrong = "COURTWATCH_SMTP_URL: write smtp://user:password@host:port, smtps://... or smtp://...?starttls"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DeliveryError(wrong) from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if (
        parts.scheme not in ("smtp", "smtps")
        or not parts.hostname
        or set(options) - {"starttls"}
        or parts.path not in ("", "/")
    ):
        raise DeliveryError(wrong)
    tls, starttls = parts.scheme == "smtps", "starttls" in options
    default = 465 if tls else 587 if starttls else 25
    return _Server(
        parts.hostname, port or default, unquote(parts.username or ""), unquote(parts.password or ""), tls, starttls
    )


def _expect(reply: tuple[int, bytes]) -> None:
    if reply[0] not in (250, 251):
        raise smtplib.SMTPResponseException(*reply)


def _leave(smtp: smtplib.SMTP) -> None:
    """Say good-bye; what the server does then changes nothing about what it has accepted."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _encoding(text: str) -> str:
    """Return the shorter transfer encoding: quoted-printable triples what is not ASCII, base64 adds a third."""
    size = len(text.encode("utf-8"))
    foreign = size - sum(char.isascii() for char in text)
    return "quoted-printable" if foreign * 6 < size else "base64"


def _token(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", text)
