"""The demo, which is also the end-to-end test: the bundled record through the real pipeline on a simulated clock."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from alerts.blocks import SlackMessage
from alerts.console import ConsoleSender
from alerts.outcomes import SendOutcome
from alerts.routes import load_routes
from alerts.slack import SlackSender
from flows import weekly
from flows.deliver import is_anything_due
from flows.runtime import Runtime, use_runtime
from flows.settings import Settings
from replay.clock import SimulatedClock
from replay.doors import DOORS, SUFFIX
from replay.mail import LocalMail
from replay.record import Record, load_record
from replay.site import Site
from replay.slack import LocalSlack
from spiders.catalogue import Expectation, Source, load_sources
from spiders.collect import CollectOptions
from warehouse.query import run_sql
from warehouse.rows import Delivery

CHANNEL = "C0ALERTS01"
OPERATIONS = "C0OPS00001"
SETTLE = timedelta(seconds=90)  # after each moment: root edits are held back for a minute
DIGEST_WEEK = "2025-W27"
QUERY = """SELECT event_date, category, status, title FROM events WHERE about_court
ORDER BY event_date DESC, title LIMIT 8"""


@dataclass(frozen=True)
class Score:
    """How the alerts of the demo compare with what really happened in the record."""

    expected: tuple[str, ...]
    told: Mapping[str, int]  # event of the record -> roots
    false_alarms: tuple[str, ...]  # titles of roots that tell of nothing

    @property
    def missed(self) -> list[str]:
        """Events that should have been told and were not."""
        return [key for key in self.expected if not self.told.get(key)]

    @property
    def duplicates(self) -> list[str]:
        """Events that were told more than once."""
        return [key for key, roots in self.told.items() if roots > 1]

    @property
    def perfect(self) -> bool:
        """Whether every event was told exactly once and nothing else was."""
        return not (self.missed or self.duplicates or self.false_alarms)


class _Tee:
    """Posts to the local Slack and shows on the terminal and the preview page what was posted."""

    def __init__(self, slack: SlackSender, screen: ConsoleSender) -> None:
        self._slack, self._screen = slack, screen

    @property
    def paused_until(self) -> datetime | None:
        return self._slack.paused_until

    def send(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        outcome = self._slack.send(delivery, message)
        if outcome.state == "sent":
            thread = self._screen.posted(delivery.thread_key) if delivery.thread_key else None
            self._screen.send(replace(delivery, thread_external_id=thread), message)
        return outcome


class _Seconds:
    """The simulated clock in seconds; waiting moves it instead of the reader's patience."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def __call__(self) -> float:
        return self._clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(timedelta(seconds=seconds))

    async def wait(self, seconds: float) -> None:
        self.sleep(seconds)


def demo_sources(folder: Path | None = None) -> dict[str, Source]:
    """Return the bundled sources that the record knows, hosts under ``.example``, without politeness delays."""
    bundled = load_sources(folder)
    return {
        door.source: replace(
            bundled[door.source],
            url=_simulated(bundled[door.source].url),
            listing=_with_simulated_pages(bundled[door.source].listing),
            delay=0.0,
            expect=Expectation(min_items=1),  # the record's publishers are less busy than the real ones
        )
        for door in DOORS
    }


def _with_simulated_pages(listing: Mapping[str, Any]) -> Mapping[str, Any]:
    following = listing.get("next")
    if isinstance(following, str) and following.startswith("http"):
        return {**listing, "next": _simulated(following)}
    return listing


def _simulated(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc + SUFFIX))


@dataclass
class World:
    """The simulated world and the runtime that looks at it."""

    record: Record
    clock: SimulatedClock
    site: Site
    slack: LocalSlack
    mail: LocalMail
    runtime: Runtime


@contextmanager
def simulated_world(
    home: Path, console: Console, *, start: datetime, record: Record | None = None, quiet: bool = False
) -> Iterator[World]:
    """Start the local site, Slack and mail server, and build a runtime that knows only them."""
    record = record or load_record()
    clock = SimulatedClock(start)
    seconds = _Seconds(clock)
    with ExitStack() as stack:
        site = stack.enter_context(Site(record, clock))
        channels = {CHANNEL: "icc-alerts", OPERATIONS: "courtwatch-ops"}
        slack = stack.enter_context(
            LocalSlack(channels=channels, clock=seconds, burst=4, journal=home / "slack-server.jsonl")
        )
        mail = stack.enter_context(LocalMail())
        recipients = home / "recipients.txt"
        recipients.write_text("reader@watch.example\n", encoding="utf-8")
        settings = Settings(
            home=home,
            slack_channel=CHANNEL,
            slack_ops_channel=OPERATIONS,
            smtp_url=mail.url,
            digest_recipients=recipients,
            digest_sender="courtwatch@watch.example",
        )
        sender = SlackSender(slack.token, base_url=slack.url, now=clock.now, clock=seconds, sleep=seconds.sleep)
        screen = ConsoleSender(console, settings.preview, now=clock.now, quiet=quiet)
        runtime = Runtime(
            settings=settings,
            sources=demo_sources(),
            routes=load_routes(),
            sender=_Tee(sender, screen),
            collect=CollectOptions(gateway=site.gateway, contact="demo@watch.example", retry_delays=(0.0, 0.0)),
            now=clock.now,
            channel=CHANNEL,
            ops_channel=OPERATIONS,
            sleep=seconds.wait,
        )
        yield World(record, clock, site, slack, mail, runtime)


async def run_demo(home: Path, console: Console) -> Score:
    """Replay the record, printing alerts as they come; a demo that was killed goes on where it stopped."""
    progress = home / "progress.json"
    done = _prepare(home, progress)
    moments = load_record().moments
    start = moments[max(done - 1, 0)].at
    if done:
        console.print(
            f"A demo was stopped after {done} of {len(moments)} moments: going on from there.", style="yellow"
        )
    from flows.watch import deliver, watch  # noqa: PLC0415 - imports Prefect, after its environment is set

    with simulated_world(home, console, start=start) as world, use_runtime(world.runtime):
        for number, moment in enumerate(moments[done:], done + 1):
            if moment.at > world.clock.now():
                world.clock.set(moment.at)
            console.print(Rule(Text(f"{moment.at:%d %b %Y %H:%M} UTC  {moment.note}"), align="left", style="dim"))
            if number == _SLACK_TROUBLE:
                world.slack.fail("lost_reply", method="chat.postMessage")
            await watch()
            world.clock.advance(SETTLE)
            if is_anything_due(world.runtime):  # as a rule the edits of roots that were held back for a minute
                await deliver()
            progress.write_text(json.dumps({"done": number}), encoding="utf-8")
        weekly.send_due_digests(world.runtime, week=DIGEST_WEEK)
        score = score_of(world)
        _closing(console, world, score)
    progress.write_text(json.dumps({"done": None}), encoding="utf-8")
    return score


# At this moment the local Slack accepts a message and hangs up without an answer: nothing may be posted twice.
_SLACK_TROUBLE = 8


def _prepare(home: Path, progress: Path) -> int:
    """Return how many moments an interrupted demo has behind it; a finished one is cleared away."""
    done = json.loads(progress.read_text(encoding="utf-8"))["done"] if progress.exists() else None
    if done is None and home.exists():
        for path in home.iterdir():
            if path.name == "prefect":  # its database is ready to use, which saves seconds
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    home.mkdir(parents=True, exist_ok=True)
    progress.write_text(json.dumps({"done": done or 0}), encoding="utf-8")
    return done or 0


def score_of(world: World) -> Score:
    """Compare the roots that stand in the local Slack with the record's events."""
    truth = {item.path: item.truth.event for item in world.record.items}
    _, rows = run_sql(
        world.runtime.settings.analysts_copy,
        "SELECT m.event_id, i.url FROM event_items AS m JOIN items AS i USING (item_id)",
    )
    votes: dict[str, Counter[str | None]] = {}
    for event_id, url in rows:
        parts = urlsplit(str(url))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        votes.setdefault(str(event_id), Counter())[truth.get(path)] += 1
    told: Counter[str] = Counter()
    false_alarms: list[str] = []
    for root in event_roots(world.slack):
        event_id = root["metadata"]["event_payload"]["event_id"]
        known = [(key, count) for key, count in votes.get(event_id, Counter()).most_common() if key is not None]
        if known and world.record.events[known[0][0]].alert:
            told[known[0][0]] += 1
        else:
            false_alarms.append(str(root["text"]).splitlines()[0])
    expected = tuple(key for key, event in world.record.events.items() if event.alert)
    return Score(expected, dict(told), tuple(false_alarms))


def event_roots(slack: LocalSlack) -> list[dict[str, Any]]:
    """Return the messages of the local Slack that open an event's thread."""
    return [root for root, _ in slack.threads() if root.get("metadata", {}).get("event_type") == "courtwatch_event"]


def _closing(console: Console, world: World, score: Score) -> None:
    settings = world.runtime.settings
    console.print(Rule("The end of the record", align="left"))
    told = len(score.expected) - len(score.missed)
    style = "green" if score.perfect else "red"
    console.print(
        f"{told} of {len(score.expected)} events told, {len(score.duplicates)} of them more than once, "
        f"{len(score.false_alarms)} false alarms.",
        style=style,
    )
    for what, names in (
        ("missed", score.missed),
        ("told twice", score.duplicates),
        ("false alarm", score.false_alarms),
    ):
        for name in names:
            console.print(f"  {what}: {name}", style="red", markup=False)
    columns, rows = run_sql(settings.analysts_copy, QUERY)
    table = Table(*columns, title='courtwatch sql "SELECT ... FROM events"', title_justify="left", box=None)
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row))
    console.print(table)
    readers = len(world.mail.messages)
    for line in (
        f"Alerts as they look in Slack: {settings.preview}",
        f"Digest of {DIGEST_WEEK}: {settings.digests / DIGEST_WEEK}.html (.txt, .eml), mailed to {readers} reader",
        f'Ask yourself: COURTWATCH_HOME={settings.home} .venv/bin/courtwatch sql "FROM events"',
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
