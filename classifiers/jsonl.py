"""JSON Lines in and out for ``courtwatch classify``: strict about what is wrong, atomic about what is written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from classifiers.errors import InputError
from classifiers.verdicts import Document, Json

SOURCE_KINDS = ("official", "court", "un", "ngo", "press", "blog")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, with its place for error messages."""

    name: str
    number: int
    fields: Mapping[str, Json]

    def error(self, what: str) -> InputError:
        """Return the error to raise about this line."""
        return InputError(f"{self.name}, line {self.number}: {what}")

    def text(self, key: str) -> str:
        """Return a text that must be there and must not be blank."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{key} is missing" if value is None else f"{key} must be a text that is not empty")
        return value

    def optional_text(self, key: str, default: str | None = None) -> str | None:
        """Return a text, or ``default`` when it is missing or null."""
        value = self.fields.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.error(f"{key} must be a text, not {type(value).__name__}")
        return value or default

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return true or false; ``default`` None means that it must be there."""
        value = self.fields.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false")
        return value

    def share(self, key: str, *, default: float) -> float:
        """Return a field that must be a number above 0 and up to 1 where it is given."""
        value = self.fields.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            raise self.error(f"{key} is {value!r}, not a number above 0 and up to 1")
        return float(value)

    def moment(self, key: str) -> datetime | None:
        """Return an aware UTC instant from a date or date-time; a date is its midnight, no zone means UTC."""
        value = self.optional_text(key)
        if value is None:
            return None
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise self.error(f"{key} is {value!r}, not a date like 2025-06-05 or 2025-06-05T14:30:00Z") from None
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def parse_rows(text: str, name: str) -> Iterator[Row]:
    """Yield the lines of a JSON Lines text; blank lines are passed over. Raises InputError for anything else."""
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise InputError(f"{name}, line {number}: not JSON ({error})") from None
        except RecursionError:
            raise InputError(f"{name}, line {number}: not JSON that we read (nested too deep)") from None
        if not isinstance(fields, dict):
            raise InputError(f"{name}, line {number}: must be a JSON object with id, title and text")
        row = Row(name, number, fields)
        identity = row.text("id")
        if identity in seen:
            raise row.error(f"id {identity!r} was on line {seen[identity]} already")
        seen[identity] = number
        yield row


def document_from(row: Row) -> Document:
    """Turn a row into a document; raises InputError when a field is missing or of the wrong kind."""
    kind = row.optional_text("source_kind", "press") or "press"
    if kind not in SOURCE_KINDS:
        raise row.error(f"source_kind is {kind!r}, not one of {', '.join(SOURCE_KINDS)}")
    return Document(
        id=row.text("id"),
        title=row.text("title"),
        text=row.optional_text("text", "") or "",
        url=row.optional_text("url", "") or "",
        publisher=row.optional_text("publisher", "") or "",
        source_kind=kind,
        published=row.moment("published"),
        lang=row.optional_text("lang", "en") or "en",
    )


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text; raises InputError when it cannot be read or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start})") from None


def read_documents(path: Path) -> list[Document]:
    """Read the documents of a JSON Lines file, in its order; raises InputError at the first bad line."""
    return [document_from(row) for row in parse_rows(read_text(path), path.name)]


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Json]]) -> None:
    """Write one JSON object a line; the file appears whole or not at all. Raises InputError when that fails."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written ({error.strerror})") from None
        raise
