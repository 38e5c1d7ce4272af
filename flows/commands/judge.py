"""``courtwatch classify`` and ``courtwatch evaluate``: judging and grouping on files, without a warehouse."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from classifiers.classify import classify_documents, load_classifier
from classifiers.errors import InputError
from classifiers.evaluate import Report, read_labelled, time_split
from classifiers.evaluate import evaluate as score
from classifiers.jsonl import read_documents, write_jsonl
from classifiers.labels import load_corpus
from classifiers.quality import render_markdown
from classifiers.scores import Scores


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("classify")(classify)
    app.command("evaluate")(evaluate)


def classify(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="Items, one JSON object a line, UTF-8.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.jsonl", help="Where the verdicts go.")],
) -> None:
    """Judge and group a file of items; no warehouse needed.

    In: id, title, text, url, publisher, source_kind, published, lang. Out, one line an item in input order:
    id, category, about_court, confidence, event_id, event_date, facts, evidence.

    Example: courtwatch classify items.jsonl -o verdicts.jsonl
    """
    if output.exists() and output.samefile(source):
        raise typer.BadParameter(f"{output} is the input: name another file for the verdicts")
    documents = read_documents(source)
    rows = classify_documents(documents, load_classifier())
    write_jsonl(output, rows)
    Console(stderr=True).print(
        f"{len(rows)} items judged, {len({r['event_id'] for r in rows} - {None})} events: {output}"
    )


def evaluate(
    labels: Annotated[
        Path | None, typer.Argument(metavar="LABELS.jsonl", help="Items with category, about_court, event_key, hard.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(help="Train on what was published before, score what came after.")
    ] = None,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Score the present judge against what people corrected instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the headline figures as JSON.")] = False,
) -> None:
    """Score judging and grouping against labels, never by a judge that has seen the item or its event.

    Labels that are part of the training corpus are judged by cross-validation over events, others by the shipped judge.

    Example: courtwatch evaluate labels.jsonl
    """
    if corrections:
        _corrections(as_json)
        return
    if labels is None:
        raise typer.BadParameter("name a file of labels, or ask for --corrections")
    labelled = read_labelled(labels)
    if not labelled:
        raise InputError(f"{labels}: no items in it: give one labelled item a line, as in classifiers/corpus/dev.jsonl")
    if before is not None:
        report = time_split(labelled, before.replace(tzinfo=UTC), extra=load_corpus())
    else:
        report = score(labelled)
    if as_json:
        print(json.dumps(headline(report), sort_keys=True, indent=1))
    else:
        print(render_markdown([(labels.name, report)]))


def _corrections(as_json: bool) -> None:
    from flows.learning import agreement  # noqa: PLC0415 - needs the warehouse, which judging a file does not
    from flows.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    found = agreement(settings.analysts_copy, settings.model)
    if as_json:
        print(json.dumps(asdict(found), sort_keys=True, indent=1))
        return
    console = Console()
    console.print(f"judge {found.version} against {found.items} items that people corrected", highlight=False)
    if settings.model is not None:
        console.print("a judge trained here has learnt from corrections: this tells what it remembers", style="dim")
    table = Table("", "right", "of", box=None, pad_edge=False)
    for name, right in (
        ("category", found.category_right),
        ("about the Court", found.about_court_right),
        ("alerted or not", found.alert_right),
    ):
        table.add_row(name, str(right), str(found.items))
    console.print(table)
    if found.regrouped:
        console.print(
            f"{found.regrouped} items of merged and split events: B-cubed precision {found.grouping_precision:.2f}, "
            f"recall {found.grouping_recall:.2f}",
            highlight=False,
        )


def headline(report: Report) -> dict[str, object]:
    """Return the figures that goals are set for (docs/quality.md)."""
    return {
        "method": report.method,
        "items": len(report.judged),
        "macro_f1": report.macro_f1,
        "category_f1": {category.value: scores.f1 for category, scores in report.categories.items()},
        "about_court": _prf(report.about),
        "alert": _prf(report.alert),
        "alert_with_review": _prf(report.alert_review),
        "review_share": report.review_share,
        "b_cubed": _prf(report.grouping),
        "b_cubed_keyed": _prf(report.grouping_keyed),
        "roots_per_event": report.roots,
        "baseline_macro_f1": report.baseline_macro_f1,
    }


def _prf(scores: Scores) -> dict[str, float]:
    return {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1}
