"""Rows as the warehouse hands them out: one event of every category, one change of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from warehouse.rows import ChangeRow, ClockRow, Delivery, DigestData, EventRow, ReviewRow, SourceHealth, SourceLink

AT = datetime(2025, 6, 5, 17, 42, tzinfo=UTC)


def source(
    publisher: str, title: str, *, tier: str = "press", url: str = "", language: str = "en", at: datetime | None = AT
) -> SourceLink:
    """One report."""
    slug = publisher.lower().replace(" ", "-")
    return SourceLink(
        publisher,
        title,
        url or f"https://{slug}.example/2025/{abs(hash(title)) % 1 + 7}",
        tier,
        language,
        at,
        f"item-{slug}",
    )


def event(**fields: Any) -> EventRow:
    """The four judges of June 2025, with ``fields`` replaced."""
    release = source(
        "US Department of State",
        "Designating four ICC judges",
        tier="official",
        url="https://www.state.example/designating-four-judges",
    )
    row = EventRow(
        id="2025-06-05-sanction_round-1a2b3c",
        category="sanction_round",
        about_court=True,
        title="United States designates four ICC judges under EO 14203",
        status="announced",
        severity="critical",
        step="imposed",
        event_date=date(2025, 6, 5),
        first_seen_at=AT,
        updated_at=AT + timedelta(minutes=18),
        quote="Today the Secretary designated four judges of the Court under Executive Order 14203.",
        quote_url=release.url,
        official_url=release.url,
        facts={
            "imposed_by": "United States (Department of State)",
            "authority": "EO 14203",
            "action": "imposed",
            "designees": [
                {"name": "Solomy Balungi Bossa", "role": "judge", "nationality": "Uganda"},
                {"name": "Luz del Carmen Ibáñez Carranza", "role": "judge", "nationality": "Peru"},
                {"name": "Reine Alapini-Gansou", "role": "judge", "nationality": "Benin"},
                {"name": "Beti Hohler", "role": "judge", "nationality": "Slovenia"},
            ],
            "round": 2,
        },
        keys=("eo:14203",),
        sources=(
            release,
            source("International Criminal Court", "The Court deplores new designations", tier="court"),
            source("The Guardian", "US imposes sanctions on four ICC judges"),
            source("Le Monde", "Washington sanctionne quatre juges de la CPI", language="fr"),
            source("Al Jazeera", "US sanctions four ICC judges"),
            *(source(f"Outlet {number}", f"Report {number}") for number in range(6)),
        ),
        reason="the headline says that sanctions were imposed and names an official of the Court; "
        "the text names an executive order or decree (sanction_round 0.98, 54e41b/facts-1)",
    )
    return replace(row, **fields)


def every_category() -> list[EventRow]:
    """One event of each category, as different as real ones are."""
    return [_sourced(row) for row in _every_category()]


def _sourced(row: EventRow) -> EventRow:
    """Let quote and official text be those of the first source, unless the row says otherwise."""
    if row.category == "sanction_round":
        return row
    first = row.sources[0]
    official = first.url if first.tier in ("official", "court", "un") else None
    return replace(row, quote_url=first.url, official_url=official)


def _every_category() -> list[EventRow]:
    press = (source("Reuters", "First report"), source("BBC News", "Second report"))
    return [
        event(),
        event(
            id="2025-06-02-withdrawal-9f8e7d",
            category="withdrawal",
            title="Hungary notifies the UN of its withdrawal from the Rome Statute",
            status="officially_published",
            event_date=date(2025, 6, 2),
            quote="Hungary deposited its instrument of withdrawal with the Secretary-General on 2 June 2025.",
            facts={
                "states": ["Hungary"],
                "step": "notified",
                "notified_on": "2025-06-02",
                "effective_on": "2026-06-02",
            },
            clocks=(
                ClockRow(
                    "2025-06-02-withdrawal-9f8e7d",
                    "withdrawal_effective",
                    date(2026, 6, 2),
                    True,
                    "Rome Statute, article 127(1)",
                    "Hungary",
                ),
            ),
            sources=(source("United Nations Treaty Collection", "C.N.162.2025", tier="un"), *press),
        ),
        event(
            id="2025-06-30-cyber_incident-5c4d3e",
            category="cyber_incident",
            severity="high",
            title="ICC detects a new, sophisticated cyber incident",
            event_date=date(2025, 6, 30),
            quote="Late last week the Court detected a new, sophisticated and targeted cyber security incident.",
            facts={
                "target": "International Criminal Court",
                "nature": "sophisticated and targeted intrusion",
                "disclosed_on": "2025-06-30",
                "effect": "contained",
            },
            sources=(
                source("International Criminal Court", "ICC detects new cyber security incident", tier="court"),
                *press,
            ),
        ),
        event(
            id="2025-10-17-ruling-77aa88",
            category="ruling",
            severity="high",
            title="Chamber finds that Italy failed to comply in the Almasri case",
            status="officially_published",
            event_date=date(2025, 10, 17),
            quote="The Chamber, by majority, finds that Italy failed to comply with its obligations under the Statute.",
            facts={
                "court": "ICC, Pre-Trial Chamber I",
                "kind": "non-compliance",
                "states": ["Italy"],
                "filing": "ICC-01/11-209",
                "date": "2025-10-17",
            },
            sources=(
                source("International Criminal Court", "Finding of non-compliance by Italy", tier="court"),
                *press,
            ),
        ),
        event(
            id="2025-12-12-reprisal-31f0aa",
            category="reprisal",
            title="Moscow court convicts ICC officials in their absence",
            official_url=None,
            status="reported",
            event_date=date(2025, 12, 12),
            quote="Московский городской суд заочно приговорил прокурора и восемь судей МУС.",
            quote_url="https://tass.example/1",
            facts={
                "actor": "Russia",
                "persons": ["Karim Khan", "eight judges"],
                "kind": "conviction in absentia",
                "court": "Moscow City Court",
            },
            sources=(
                source("TASS", "Суд в Москве заочно приговорил судей МУС", language="ru", url="https://tass.example/1"),
                source("Reuters", "Moscow court convicts ICC officials"),
            ),
        ),
        event(
            id="2025-09-22-threat-0b1c2d",
            category="threat",
            severity="high",
            title="United States said to consider sanctions on the whole Court",
            official_url=None,
            status="reported",
            event_date=None,
            quote="Washington is considering entity-wide sanctions as soon as this week, two sources said.",
            quote_url=press[0].url,
            facts={
                "actor": "United States",
                "target": "International Criminal Court",
                "measures": ["entity-wide sanctions"],
            },
            sources=press,
        ),
        event(
            id="2025-04-03-non_cooperation-aa00bb",
            category="non_cooperation",
            severity="high",
            title="Hungary hosts Benjamin Netanyahu without arresting him",
            event_date=date(2025, 4, 3),
            official_url=None,
            quote="רה״מ נחת בבודפשט בביקור רשמי.",
            quote_url="https://example.example/he",
            facts={
                "state": "Hungary",
                "person": "Benjamin Netanyahu",
                "conduct": "hosted, not arrested",
                "occasion": "official visit",
            },
            sources=(source("מבט", "רה״מ נחת בבודפשט", language="he", url="https://example.example/he"), *press),
        ),
        event(
            id="2025-03-12-custody-12cd34",
            category="custody",
            severity="high",
            title="Rodrigo Duterte surrendered to the Court",
            status="in_force",
            event_date=date(2025, 3, 12),
            quote="Rodrigo Roa Duterte was surrendered to the custody of the Court.",
            facts={
                "person": "Rodrigo Duterte",
                "step": "surrender",
                "by": "Philippines",
                "place": "Rotterdam",
                "court": "ICC",
            },
            sources=(source("International Criminal Court", "Duterte in ICC custody", tier="court"), *press),
        ),
        event(
            id="2025-12-03-protective_measure-44ee55",
            category="protective_measure",
            severity="normal",
            title="94 states stand by the Court in a joint statement",
            event_date=date(2024, 6, 14),
            quote="We, the undersigned States, reconfirm our unwavering support for the Court.",
            facts={"states": "94 states parties", "kind": "joint statement"},
            sources=(source("ASP", "Joint statement", tier="court"), *press),
        ),
    ]


def change(kind: str = "status", **fields: Any) -> ChangeRow:
    """One change of :func:`event`."""
    row = ChangeRow(
        id=f"{kind}-1",
        event_id="2025-06-05-sanction_round-1a2b3c",
        kind=kind,
        at=AT + timedelta(hours=3),
        summary="The designations are on the SDN list.",
        reason="same key ofac:20250605",
        item_id="item-ofac",
        item_url="https://ofac.example/recent-actions/20250605",
        item_publisher="OFAC",
        before={"status": "announced"},
        after={"status": "officially_published"},
    )
    return replace(row, **fields)


def every_change() -> list[ChangeRow]:
    """One change of each kind."""
    diff = "--- before\n+++ after\n-Four judges are designated.\n+Four sitting judges are designated.\n"
    return [
        change(),
        change("document", summary="Federal Register document 2025-10500 was published.", before={}, after={}),
        change("facts", summary="The official list names a fifth alias.", before={"round": 2}, after={"round": 3}),
        change(
            "edited", summary="The release was edited 40 minutes after publication.", diff=diff, before={}, after={}
        ),
        change("taken_down", summary="The release answers 404 since 21:10 UTC.", before={}, after={}),
        change("restored", summary="The release is back, unchanged.", before={}, after={}),
        change(
            "merged",
            summary="A second thread about the same designations was merged into this one.",
            before={},
            after={},
        ),
        change(
            "split",
            summary="The reports about two deputy prosecutors are an event of their own now.",
            before={},
            after={},
        ),
        change("joined", summary="Reuters reports it too.", before={}, after={}),
    ]


def delivery(kind: str = "root", **fields: Any) -> Delivery:
    """An outbox row about :func:`event` that is to be sent for the first time."""
    root = "slack:C0ALERTS01:event:2025-06-05-sanction_round-1a2b3c:root"
    key = {"root": root, "reply": "slack:C0ALERTS01:change:status-1", "update": f"{root[:-4]}update:status-1"}.get(
        kind, f"slack:C0ALERTS01:{kind}:1"
    )
    row = Delivery(
        id=1,
        key=key,
        kind=kind,  # type: ignore[arg-type]
        channel="C0ALERTS01",
        event_id=None if kind.startswith("notice") else "2025-06-05-sanction_round-1a2b3c",
        change_id="status-1" if kind == "reply" else None,
        thread_key=root if kind in ("reply", "update") else None,
        payload={},
        state="due",
        attempts=0,
        created_at=AT,
        external_id=None,
        thread_external_id=None,
    )
    return replace(row, **fields)


def digest_data(**fields: Any) -> DigestData:
    """The week in which four judges were designated."""
    since = datetime(2025, 6, 1, 22, tzinfo=UTC)
    events = every_category()
    row = DigestData(
        period="2025-W23",
        since=since,
        until=since + timedelta(days=7),
        opened=tuple(events),
        moved=(
            (
                event(id="2025-02-06-sanction_round-000aaa"),
                (change(), change("document", summary="Federal Register document published.")),
            ),
        ),
        revisions=(
            change("edited", diff="-Four judges.\n+Four sitting judges.\n"),
            change("taken_down", summary="404 since Friday."),
        ),
        clocks=tuple(clock for row in events for clock in row.clocks),
        review=(
            ReviewRow(
                "item-1",
                "Sanctions likely, says lawyer",
                "https://press.example/1",
                "The Press",
                "threat",
                0.58,
                "They may come.",
            ),
        ),
        health=(
            SourceHealth(
                "icc_rss",
                "ICC press releases",
                "blocked",
                "403 since Monday",
                AT,
                AT - timedelta(days=2),
                AT,
                AT,
                5,
                100,
                True,
                AT - timedelta(days=2),
            ),
            SourceHealth("un_news_en", "UN News", "ok", "", AT, AT, AT, AT, 0, 900),
        ),
        counts={"items": 812, "judged": 812, "alerts_sent": 14},
        blind_hours={"icc_rss": 48.0, "un_news_en": 3.2},
    )
    return replace(row, **fields)
