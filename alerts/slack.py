"""Slack: one outbox row becomes one message, whatever happens on the way (DESIGN law 2)."""

from __future__ import annotations

import http.client
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from alerts.blocks import SlackMessage
from alerts.messages import render_delivery, render_event, render_notice
from alerts.outcomes import SendOutcome, back_off
from alerts.replies import render_change
from warehouse.rows import Delivery, DeliveryState

__all__ = [
    "SendOutcome",
    "SlackMessage",
    "SlackSender",
    "render_change",
    "render_delivery",
    "render_event",
    "render_notice",
]

PAGE = 200  # messages a request when looking for our own
PAGES = 10  # how far back to look: the row is looked up minutes after it was sent, not weeks
REMEMBERED = 1_000  # roots of one process
_KINDS = "public_channel,private_channel"
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
_NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
_GONE = frozenset({"message_not_found", "thread_not_found"})
_NOT_EDITABLE = frozenset({"cant_update_message", "edit_window_closed"})
_MAY_HAVE_HAPPENED = frozenset({"fatal_error", "internal_error", "request_timeout"})  # says the method page
_LATER = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "update_failed"})

# What a person has to do. Codes: "Errors" on the page of chat.postMessage.
_REMEDIES: Mapping[str, str] = {
    "channel_not_found": "no channel {channel}, or the app is not in it: check its id, and /invite @Courtwatch there",
    "not_in_channel": "the app is not in {channel}: invite it there (/invite @Courtwatch)",
    "is_archived": "{channel} is archived: unarchive it or change the route",
    "is_inactive": "the channel {channel} is archived: unarchive it or change the route",
    "invalid_auth": "Slack refuses the token: put the app's bot token (xoxb-...) into COURTWATCH_SLACK_TOKEN",
    "not_authed": "no token was sent: set COURTWATCH_SLACK_TOKEN",
    "account_inactive": "the token's app or user was removed: install the app again and set COURTWATCH_SLACK_TOKEN",
    "token_revoked": "the token was revoked: install the app again and set COURTWATCH_SLACK_TOKEN",
    "token_expired": "the token has expired: install the app again and set COURTWATCH_SLACK_TOKEN",
    "missing_scope": "the app lacks the scope {needed}: add it under OAuth & Permissions and install the app again",
    "restricted_action": "the workspace does not let the app post in {channel}: ask an administrator",
    "message_limit_exceeded": "the workspace has reached its message limit: ask an administrator",
}


@dataclass(slots=True)
class _Bucket:
    """Tokens of one channel: one message a second on average, a few at once."""

    tokens: float
    at: float


class SlackSender:
    """Sends outbox rows by bot token; one instance for as long as the process delivers, used by one thread.

    ``now``, ``clock`` (seconds, for pacing) and ``sleep`` are injected in tests and in the demo.
    """

    def __init__(
        self,
        token: str,
        base_url: str | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        burst: int = 3,
        timeout: int = 15,
    ) -> None:
        quiet = logging.getLogger(f"{__name__}.client")
        quiet.setLevel(logging.CRITICAL)  # every failure is an outcome; the SDK would log it a second time
        self._client = WebClient(
            token, base_url or WebClient.BASE_URL, timeout=timeout, retry_handlers=[], logger=quiet
        )
        if proxy_bypass(urlsplit(self._client.base_url).hostname or ""):
            self._client.proxy = None  # the SDK reads HTTPS_PROXY but not NO_PROXY
        self._now, self._clock, self._sleep, self._burst = now, clock, sleep, burst
        self._buckets: dict[str, _Bucket] = {}
        self._limited_until: datetime | None = None
        self._ids: dict[str, str] = {}
        self._roots: dict[str, str] = {}  # key -> ts of what this sender posted: rows read before that do not know it

    def send(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        """Post, reply or edit as ``delivery`` says; never raises for what Slack or the network do.

        A row in state ``unknown`` or ``sending`` may have been posted by an attempt that was cut off: our own message
        is looked for by its key first, and adopted when it is there.
        """
        thread = self._roots.get(delivery.thread_key or "") or delivery.thread_external_id
        delivery = replace(delivery, thread_external_id=thread)
        if delivery.kind in ("reply", "update") and not thread:
            # The ledger lets a reply go when its root is sent: this one was read before that.
            return SendOutcome(_again(delivery), error="waits for its root message", retry_at=self._now())
        if delivery.kind == "update":
            return self._try(delivery, lambda: self._edit(delivery, message))
        return self._try(delivery, lambda: self._post(delivery, message))

    @property
    def paused_until(self) -> datetime | None:
        """Until when Slack asked to be left alone (429 with Retry-After); None when it may be asked now."""
        until = self._limited_until
        return until if until is not None and self._now() < until else None

    def check(self, channel: str) -> str | None:
        """Say in one line why alerts to ``channel`` would not arrive, or None (for ``courtwatch doctor``)."""
        try:
            self._client.auth_test()
            described = self._client.conversations_info(channel=self._channel_id(channel))["channel"]
            self._client.conversations_history(channel=str(described["id"]), limit=1, include_all_metadata=True)
        except SlackApiError as error:
            return _remedy(_code(error), channel, error)
        except (OSError, http.client.HTTPException, SlackClientError) as error:
            return f"Slack cannot be reached: {_one_line(error)}"
        if described.get("is_archived"):
            return _REMEDIES["is_archived"].format(channel=channel)
        if not described.get("is_member"):
            return _REMEDIES["not_in_channel"].format(channel=channel)
        return None

    def _try(self, delivery: Delivery, act: Callable[[], SendOutcome]) -> SendOutcome:
        try:
            return act()
        except SlackApiError as error:
            return self._refusal(delivery, error)
        except URLError as error:
            later = self._now() + back_off(delivery.attempts)
            state = _again(delivery) if isinstance(error.reason, _NOT_SENT) else "unknown"
            return SendOutcome(state, error=f"Slack cannot be reached: {_one_line(error.reason)}", retry_at=later)
        except (OSError, http.client.HTTPException, SlackClientError) as error:
            later = self._now() + back_off(delivery.attempts)
            return SendOutcome("unknown", error=f"no answer from Slack: {_one_line(error)}", retry_at=later)

    def _post(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        if _again(delivery) == "unknown":
            found = self._find(delivery)
            if found is not None:
                return SendOutcome("sent", external_id=found, adopted=True)
        self._pace(delivery.channel)
        answer = self._client.chat_postMessage(
            channel=delivery.channel,
            text=message.text,
            blocks=list(message.blocks),
            thread_ts=delivery.thread_external_id if delivery.kind in ("reply", "notice_reply") else None,
            reply_broadcast=True if message.broadcast and delivery.thread_external_id else None,
            metadata=_metadata(delivery, message),
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
            link_names=False,
        )
        self._ids[delivery.channel] = str(answer["channel"])
        if delivery.kind in ("root", "notice"):
            self._roots[delivery.key] = str(answer["ts"])
            if len(self._roots) > REMEMBERED:
                del self._roots[next(iter(self._roots))]
        return SendOutcome("sent", external_id=str(answer["ts"]))

    def _edit(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        self._pace(delivery.channel)
        answer = self._client.chat_update(
            channel=self._channel_id(delivery.channel),
            ts=str(delivery.thread_external_id),
            text=message.text,
            blocks=list(message.blocks),
            parse="none",  # unlike chat.postMessage the default here would make links and mentions
            link_names=False,
        )  # no metadata: what the root was posted with stays, and with it the key by which it is found
        return SendOutcome("sent", external_id=str(answer["ts"]))

    def _find(self, delivery: Delivery) -> str | None:
        """Look for our own message by its key in the thread, or in the channel; the newest pages only."""
        channel, thread = self._channel_id(delivery.channel), delivery.thread_external_id
        cursor: str | None = None
        for _ in range(PAGES):
            wanted: dict[str, Any] = {"channel": channel, "limit": PAGE, "include_all_metadata": True, "cursor": cursor}
            if thread and delivery.kind in ("reply", "notice_reply"):
                answer = self._client.conversations_replies(ts=thread, **wanted)
            else:
                answer = self._client.conversations_history(**wanted)
            for message in answer.get("messages") or ():
                if _key_of(message) == delivery.key:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return None

    def _channel_id(self, channel: str) -> str:
        """Return the id of a channel given by id or by #name; editing and looking up take ids only."""
        if _CHANNEL_ID.fullmatch(channel):
            return channel
        if channel not in self._ids:
            cursor = None
            for _ in range(PAGES):
                answer = self._client.conversations_list(limit=PAGE, exclude_archived=True, cursor=cursor, types=_KINDS)
                self._ids |= {
                    name: str(known["id"])
                    for known in answer["channels"]
                    for name in (known["name"], f"#{known['name']}")
                }
                cursor = (answer.get("response_metadata") or {}).get("next_cursor")
                if channel in self._ids or not cursor:
                    break
        return self._ids.get(channel, channel)

    def _refusal(self, delivery: Delivery, error: SlackApiError) -> SendOutcome:
        code, status = _code(error), int(getattr(error.response, "status_code", 200) or 200)
        later = self._now() + back_off(delivery.attempts)
        if status == http.client.TOO_MANY_REQUESTS or code in ("ratelimited", "rate_limited"):
            self._limited_until = self._now() + timedelta(seconds=_retry_after(error))
            return SendOutcome(_again(delivery), error="Slack's rate limit", retry_at=self._limited_until)
        if code in _GONE and delivery.kind in ("update", "reply"):
            self._roots.pop(delivery.thread_key or "", None)
            said = "the event's message is gone from Slack"
            return SendOutcome("due", error=said, retry_at=self._now(), root_vanished=True)
        if code in _NOT_EDITABLE and delivery.kind == "update":
            return SendOutcome(
                "expired", error=f"Slack no longer lets the event's message be edited ({code})", permanent=True
            )
        if code in _LATER:
            return SendOutcome(_again(delivery), error=f"Slack says {code}", retry_at=later)
        if status >= http.client.INTERNAL_SERVER_ERROR or code in _MAY_HAVE_HAPPENED:
            return SendOutcome("unknown", error=f"Slack failed ({code if status == 200 else status})", retry_at=later)
        if _again(delivery) == "unknown" and code == "missing_scope":  # we may not look whether it was posted
            return SendOutcome("unknown", error=_remedy(code, delivery.channel, error), retry_at=later)
        return SendOutcome("refused", error=_remedy(code, delivery.channel, error), permanent=True)

    def _pace(self, channel: str) -> None:
        at = self._clock()
        bucket = self._buckets.setdefault(channel, _Bucket(float(self._burst), at))
        bucket.tokens, bucket.at = min(float(self._burst), bucket.tokens + at - bucket.at), at
        if bucket.tokens < 1:
            self._sleep(1 - bucket.tokens)
            bucket.tokens, bucket.at = 1.0, self._clock()
        bucket.tokens -= 1


def _again(delivery: Delivery) -> DeliveryState:
    """Return what a row becomes that was not sent now: still ``unknown`` when an earlier try may have been posted."""
    return "unknown" if delivery.state in ("unknown", "sending") else "due"


def _metadata(delivery: Delivery, message: SlackMessage) -> dict[str, Any]:
    kind = "courtwatch_notice" if delivery.kind.startswith("notice") else "courtwatch_event"
    payload = dict(message.metadata.get("event_payload") or {})
    payload |= {"key": delivery.key, "event_id": delivery.event_id, "change_id": delivery.change_id}
    return {"event_type": kind, "event_payload": {key: value for key, value in payload.items() if value is not None}}


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    key = (metadata.get("event_payload") or {}).get("key")
    return str(key) if key and str(metadata.get("event_type", "")).startswith("courtwatch_") else None


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, Mapping) else ""


def _retry_after(error: SlackApiError) -> float:
    headers = {str(name).lower(): value for name, value in (getattr(error.response, "headers", None) or {}).items()}
    try:
        return min(3_600.0, max(1.0, float(headers.get("retry-after", 30))))
    except (TypeError, ValueError):
        return 30.0


def _remedy(code: str, channel: str, error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    needed = data.get("needed", "?") if isinstance(data, Mapping) else "?"
    said = _REMEDIES.get(code, "Slack refuses the message for {channel}: {code}").format(
        channel=channel, needed=needed, code=code
    )
    details = data.get("errors") if isinstance(data, Mapping) else None
    return _one_line(f"{said} ({code})" if not details else f"{said} ({'; '.join(map(str, details[:3]))})")


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
