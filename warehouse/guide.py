"""The analysts' guide, written from the database itself: ``python -m warehouse.guide docs/analysts.md``."""

from __future__ import annotations

import sys
import tempfile
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from warehouse.connection import Connection, open_warehouse
from warehouse.schema import migrate, schema_version

_OPENING = """\
# The warehouse for analysts

This page is generated from the database: `python -m warehouse.guide docs/analysts.md`.

Analysts read the **published copy**, a DuckDB file that is replaced as a whole after each cycle that changed something.
Opening it never disturbs the pipeline, and a connection that is open goes on seeing the file that it opened: reconnect
to see the newest. Never open the live file: any reader of it stops the writer.

```
courtwatch sql "SELECT event_date, title FROM events ORDER BY event_date DESC LIMIT 10"
duckdb -readonly data/analysts.duckdb        # any DuckDB client from 1.5 on
python -c "import duckdb; duckdb.connect('data/analysts.duckdb', read_only=True).sql('FROM events').show()"
```

`notebooks/year.py` draws the year from it: events, sanction rosters, withdrawal clocks, source lag
(`make notebook` opens it in the browser; it is a plain Python file to start your own from).

What holds everywhere:

- The views below are the contract: their names and columns stay. The tables in schema `base` are ours to change.
- Every moment is an instant in UTC (`TIMESTAMPTZ`); days are `DATE`. Unknown is `NULL`, never a guess.
- `known_from` and `known_to` say when *this warehouse* knew something, not when it happened. `events_as_of(moment)` and
  `items_as_of(moment)` answer what was known then, with the corrections of that time.
- Corrections by people win over what the machine concluded; `verdicts` shows what the machine said.
- Of official sources the raw answers are kept too (`responses`). `courtwatch export --evidence EVENT FOLDER` writes an
  event with all its texts and answers (WARC), a manifest of hashes, and how to check them.
- `seals` show that nothing stored was changed: note the newest number and value when you cite, compare them later.
- `about` tells the schema version, for tools.
"""


class Query(NamedTuple):
    """One worked query."""

    name: str
    title: str
    sql: str


@cache
def load_queries() -> tuple[Query, ...]:
    """Return the worked queries in the order of the guide."""
    entries = tomllib.loads((files("warehouse") / "queries.toml").read_text(encoding="utf-8"))["query"]
    return tuple(Query(entry["name"], entry["title"], entry["sql"].strip()) for entry in entries)


def render_guide(db: Connection) -> str:
    """Return the guide as Markdown, from the comments of the migrated database ``db`` and the worked queries."""
    parts = [_OPENING, f"Schema version: `{schema_version()}`.\n", "## Views\n"]
    views = db.execute(
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY view_name"
    ).fetchall()
    for name, comment in views:
        parts.append(f"### {name}\n\n{comment}.\n\n| column | type | meaning |\n|---|---|---|\n{_columns(db, name)}\n")
    parts.append("## Macros\n")
    macros = db.execute(
        """
        SELECT function_name, array_to_string(parameters, ', '), comment FROM duckdb_functions()
        WHERE function_type = 'table_macro' AND schema_name = 'main' AND NOT internal ORDER BY function_name
        """
    ).fetchall()
    parts.append("\n".join(f"- `{name}({parameters})`: {comment}." for name, parameters, comment in macros) + "\n")
    parts.append("## Worked queries\n")
    parts.extend(f"### {query.title}\n\n```sql\n{query.sql}\n```\n" for query in load_queries())
    return "\n".join(parts)


def write_guide(target: Path) -> None:
    """Write the guide to ``target``."""
    with tempfile.TemporaryDirectory() as folder, open_warehouse(Path(folder) / "empty.duckdb") as db:
        migrate(db)
        target.write_text(render_guide(db), encoding="utf-8")


def _columns(db: Connection, view: str) -> str:
    rows = db.execute(
        """
        SELECT column_name, data_type, comment FROM duckdb_columns()
        WHERE table_name = ? AND schema_name = 'main' ORDER BY column_index
        """,
        [view],
    ).fetchall()
    return "\n".join(f"| {name} | {kind} | {comment} |" for name, kind, comment in rows)


if __name__ == "__main__":
    write_guide(Path(sys.argv[1]))
