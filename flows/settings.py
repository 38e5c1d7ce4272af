"""Settings: environment variables ``COURTWATCH_*`` (and ``.env``), read once into one frozen object."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from flows.errors import ConfigurationError

PREFIX = "COURTWATCH_"


def _none_when_empty(value: object) -> object:
    """Read an empty variable, as .env.example ships them, as not set."""
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str | None, BeforeValidator(_none_when_empty)]
File = Annotated[Path | None, BeforeValidator(_none_when_empty)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_when_empty)]


class Settings(BaseModel):
    """Everything that can be configured; the field ``home`` is the variable ``COURTWATCH_HOME``, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path("data")
    """Data folder: warehouse, analysts' copy, digests, preview page, logs of Prefect."""
    sources: File = None
    """A folder of source TOMLs used instead of the bundled catalogue."""
    routes: File = None
    """A routes TOML used instead of the bundled one."""
    model: File = None
    """A model file that `courtwatch train` made here, used instead of the shipped one."""
    allow_private: bool = False
    """Let sources reach loopback and private addresses. Off: fetched pages must not steer us into a network."""
    contact: Text = None
    """An address or URL that the user agent names, so that publishers can reach you."""
    slack_token: Secret = None
    """Bot token (xoxb-...). Without it alerts go to the console and the preview page."""
    slack_app_token: Secret = None
    """App-level token (xapp-...): `courtwatch serve` listens to buttons and the command, and roots carry buttons."""
    slack_users: Text = None
    """Ids (U...) of those who may press buttons, apart by commas or blanks; members of the channel when not set."""
    slack_base_url: Text = None
    """Another Web API address, for tests and proxies."""
    slack_channel: Text = None
    """Channel id (C...) for alerts."""
    slack_ops_channel: Text = None
    """Channel id for troubles of sources and deliveries; the alert channel when not set."""
    smtp_url: Secret = None
    """smtp://user:password@host:587?starttls or smtps://...: where the digest is sent."""
    digest_recipients: File = None
    """A file with one mail address a line."""
    digest_sender: str = "courtwatch@localhost"
    """The From address of the digest."""
    raw_days: Annotated[int, Field(ge=0)] = 90
    """Days for which raw answers of official sources are kept when no event needs them; 0: for ever."""
    run_days: Annotated[int, Field(ge=0)] = 400
    """Days for which source runs that brought nothing are kept; 0: for ever."""
    timezone: str = "UTC"
    """Time zone of the digest week and of schedules."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    """How much is logged to standard error."""

    @property
    def may_act(self) -> frozenset[str]:
        """The user ids of :attr:`slack_users`; empty: whoever is a member of the channel."""
        return frozenset((self.slack_users or "").replace(",", " ").split())

    @property
    def warehouse(self) -> Path:
        """The live DuckDB file: only the pipeline opens it."""
        return self.home / "warehouse.duckdb"

    @property
    def analysts_copy(self) -> Path:
        """The published copy that analysts open."""
        return self.home / "analysts.duckdb"

    @property
    def preview(self) -> Path:
        """The HTML page with all alerts as they would look in Slack."""
        return self.home / "preview.html"

    @property
    def digests(self) -> Path:
        """The folder of rendered digests."""
        return self.home / "digests"

    @property
    def heartbeat(self) -> Path:
        """The dead-man file: when the last full cycle ended."""
        return self.home / "last-cycle.json"


def load_settings(environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """Read the settings from ``.env`` and then the environment, which wins.

    Raises ConfigurationError for an unknown ``COURTWATCH_*`` name or a value that does not fit.
    """
    values = {name: value or "" for name, value in dotenv_values(dotenv).items()} if dotenv.is_file() else {}
    values.update(os.environ if environ is None else environ)
    ours = {name.removeprefix(PREFIX).lower(): value for name, value in values.items() if name.startswith(PREFIX)}
    for name in sorted(ours.keys() - Settings.model_fields.keys()):
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else "see .env.example for the names there are"
        raise ConfigurationError(f"unknown setting {PREFIX}{name.upper()}: {hint}")
    try:
        settings = Settings.model_validate({name: value for name, value in ours.items() if value.strip()})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ConfigurationError(f"{PREFIX}{str(first['loc'][0]).upper()}: {first['msg'].lower()}") from None
    if settings.slack_token and not settings.slack_channel:
        raise ConfigurationError(f"{PREFIX}SLACK_TOKEN is set but {PREFIX}SLACK_CHANNEL is not: name the channel id")
    if settings.slack_app_token and not settings.slack_token:
        raise ConfigurationError(f"{PREFIX}SLACK_APP_TOKEN is set but {PREFIX}SLACK_TOKEN is not: set both")
    return settings
