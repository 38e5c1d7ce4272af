"""Socket Mode: what people do in Slack comes in here, without a public address."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from alerts.actions import Action, correction_form, parse_action
from alerts.blocks import fallback
from alerts.errors import ListeningError

log = logging.getLogger(__name__)
_REMEMBERED = 1_000
_STALE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged"})


def check_app_token(token: str, base_url: str | None = None) -> str | None:
    """Say in one line why nothing that is pressed in Slack would be heard, or None (for ``courtwatch doctor``)."""
    if not token.startswith("xapp-"):
        return (
            "COURTWATCH_SLACK_APP_TOKEN is no app-level token (xapp-...): make one with the scope connections:write, "
            "under Basic Information, App-Level Tokens"
        )
    quiet = logging.getLogger(f"{__name__}.client")
    quiet.setLevel(logging.CRITICAL)
    web = WebClient(base_url=base_url or WebClient.BASE_URL, timeout=10, retry_handlers=[], logger=quiet)
    if proxy_bypass(urlsplit(web.base_url).hostname or ""):
        web.proxy = None
    try:
        web.apps_connections_open(app_token=token)
    except SlackApiError as error:
        return _refusal(error)
    except (SlackClientError, http.client.HTTPException, OSError) as error:
        return f"Slack cannot be reached for Socket Mode: {type(error).__name__}"
    return None


def _refusal(error: SlackApiError) -> str:
    return (
        f"Slack refuses Socket Mode ({error.response.get('error')}): COURTWATCH_SLACK_APP_TOKEN takes an app-level "
        "token (xapp-...) with the scope connections:write, of an app with Socket Mode switched on"
    )


class ActionListener:
    """Hears presses, forms and commands, acknowledges each at once (Slack waits 3 seconds), then hands it on.

    ``handle`` gets an action once for as long as this process lives and answers with a sentence for the person (or
    None); it must itself act once on an :attr:`Action.id`, for Slack also delivers again to the next process.
    ``allowed`` are user ids; empty: whoever is a member of the channel. ``refuse`` gets what is not handed on, and why.
    """

    def __init__(
        self,
        app_token: str,
        bot_token: str,
        handle: Callable[[Action], str | None],
        refuse: Callable[[Action, str], None],
        *,
        allowed: Collection[str] = (),
        base_url: str | None = None,
        title_of: Callable[[str], str] = str,
    ) -> None:
        quiet = logging.getLogger(f"{__name__}.client")
        quiet.setLevel(logging.CRITICAL)  # failures of the Web API are logged below, without payloads
        self._web = WebClient(bot_token, base_url or WebClient.BASE_URL, timeout=10, retry_handlers=[], logger=quiet)
        if proxy_bypass(urlsplit(self._web.base_url).hostname or ""):
            self._web.proxy = None
        self._handle, self._refuse = handle, refuse
        self._allowed, self._title_of = frozenset(allowed), title_of
        self._client = SocketModeClient(app_token, log, self._web)
        self._client.proxy = self._web.proxy
        self._client.socket_mode_request_listeners.append(self._heard)
        self._seen: dict[str, None] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Connect; raises ListeningError, one line, when Slack refuses or cannot be reached."""
        try:
            self._client.connect()
        except SlackApiError as error:
            self._client.close()  # its threads run from the start
            raise ListeningError(_refusal(error)) from error
        except (SlackClientError, http.client.HTTPException, OSError) as error:
            self._client.close()
            raise ListeningError(f"Slack cannot be reached for Socket Mode: {type(error).__name__}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._client.auto_reconnect_enabled = False
        session = self._client.current_session
        if session is not None and session.sock is not None:
            with suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)  # or closing waits for a read that times out after seconds
        self._client.close()

    def _heard(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        action = parse_action(request.type, request.payload)
        if action is None or not self._first(action.id):
            return
        try:
            if not self._may(action):
                who = "the people named in COURTWATCH_SLACK_USERS" if self._allowed else "members of this channel"
                self._turn_down(action, f"Only {who} can do that.")
            elif action.kind == "wrong":
                self._open_form(action)
            else:
                said = self._handle(action)
                if said:
                    self._whisper(action, said)
        except (SlackApiError, SlackClientError, OSError) as error:
            log.warning("an action (%s) could not be answered in Slack: %s", action.kind, type(error).__name__)

    def _open_form(self, action: Action) -> None:
        event_id, ts = action.event_id or "", action.message_ts or ""
        form = correction_form(event_id, self._title_of(event_id), channel=action.channel, message_ts=ts)
        try:
            self._web.views_open(trigger_id=action.trigger, view=form)
        except SlackApiError as error:
            if error.response.get("error") not in _STALE:
                raise
            self._turn_down(action, "That took longer than Slack waits for a form: press again.")

    def _turn_down(self, action: Action, why: str) -> None:
        self._refuse(action, why)
        self._whisper(action, why)

    def _first(self, action_id: str) -> bool:
        with self._lock:
            if action_id in self._seen:
                return False
            self._seen[action_id] = None
            if len(self._seen) > _REMEMBERED:
                del self._seen[next(iter(self._seen))]
            return True

    def _may(self, action: Action) -> bool:
        if self._allowed:
            return action.user in self._allowed
        cursor: str | None = None
        while True:
            answer = self._web.conversations_members(channel=action.channel, limit=200, cursor=cursor)
            if action.user in answer["members"]:
                return True
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return False

    def _whisper(self, action: Action, said: str) -> None:
        """Answer where only the person sees it."""
        thread = action.message_ts if action.kind != "command" else None
        self._web.chat_postEphemeral(channel=action.channel, user=action.user, text=fallback([said]), thread_ts=thread)
