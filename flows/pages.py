"""``make docs``: write the generated pages anew, from the catalogue, the database and the evaluation."""

from __future__ import annotations

import sys
from pathlib import Path

from classifiers.quality import measure
from spiders.catalogue import load_sources
from spiders.scaffold import render_sources
from warehouse.guide import write_guide

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Write docs/sources.md, docs/analysts.md and docs/quality.md."""
    (DOCS / "sources.md").write_text(render_sources(load_sources()), encoding="utf-8")
    write_guide(DOCS / "analysts.md")
    (DOCS / "quality.md").write_text(measure(), encoding="utf-8")
    sys.stdout.write("docs/sources.md, docs/analysts.md, docs/quality.md\n")


if __name__ == "__main__":
    main()
