"""``courtwatch classify`` and ``courtwatch evaluate``: judging and grouping on files, without a warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from classifiers.classify import classify_documents, load_classifier
from classifiers.jsonl import read_documents, write_jsonl


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("classify")(classify)


def classify(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="Items, one JSON object a line, UTF-8.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.jsonl", help="Where the verdicts go.")],
) -> None:
    """Judge and group a file of items; no warehouse needed.

    In: id, title, text, url, publisher, source_kind, published, lang. Out, one line an item in input order:
    id, category, about_court, confidence, event_id, event_date, facts, evidence.

    Example: courtwatch classify items.jsonl -o verdicts.jsonl
    """
    documents = read_documents(source)
    rows = classify_documents(documents, load_classifier())
    write_jsonl(output, rows)
    Console(stderr=True).print(
        f"{len(rows)} items judged, {len({r['event_id'] for r in rows} - {None})} events: {output}"
    )
