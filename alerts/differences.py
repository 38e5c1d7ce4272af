"""What an edit changed, cut down to the changed words and a few around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from alerts.text import clean, cut

AROUND = 6  # words of context on each side of a change
LONGEST = 40  # words of one change that are shown
MATCHED = 80  # words between the first and the last change that are matched one by one


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand together; ``changed`` ones are what the edit is about."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One sentence before and after; one side is empty when a sentence was added or taken out."""

    before: tuple[Run, ...]
    after: tuple[Run, ...]


def read_edits(diff: str) -> list[Edit]:
    """Read a unified diff of sentences; sentences that replace each other are compared word by word."""
    edits: list[Edit] = []
    removed: list[str] = []
    added: list[str] = []
    for line in [*diff.splitlines(), ""]:
        if line.startswith("-") and not line.startswith("---"):
            if added:
                edits += _paired(removed, added)
                removed, added = [], []
            removed.append(clean(line[1:]))
        elif line.startswith("+") and not line.startswith("+++"):
            added.append(clean(line[1:]))
        else:
            edits += _paired(removed, added)
            removed, added = [], []
    return [edit for edit in edits if edit.before or edit.after]


def write_runs(
    runs: tuple[Run, ...], plain: Callable[[str], str], strong: Callable[[str], str], *, limit: int = 330
) -> str:
    """Write one side of an edit, the changed words by ``strong``, the others by ``plain``, in ``limit`` characters."""
    parts: list[str] = []
    for run in runs:
        part = strong(run.text) if run.changed else plain(run.text)
        if len(part) + 2 > limit - sum(len(known) + 1 for known in parts):
            return " ".join([*parts, "…"])
        parts.append(part)
    return " ".join(parts)


def _paired(removed: list[str], added: list[str]) -> list[Edit]:
    pairs = [_compare(old, new) for old, new in zip(removed, added, strict=False)]
    pairs += [Edit(_whole(old), ()) for old in removed[len(added) :]]
    return pairs + [Edit((), _whole(new)) for new in added[len(removed) :]]


def _whole(sentence: str) -> tuple[Run, ...]:
    return (Run(cut(sentence, 280), changed=False),) if sentence else ()


def _compare(old: str, new: str) -> Edit:
    before, after = old.split(), new.split()
    codes = _changes(before, after)
    alike = sum(i2 - i1 for same, i1, i2, _, _ in codes if same)
    if 2 * alike < 0.4 * (len(before) + len(after)):  # another sentence, not an edited one
        return Edit(_whole(old), _whole(new))
    left: list[Run] = []
    right: list[Run] = []
    for number, (same, i1, i2, j1, j2) in enumerate(codes):
        if same:
            kept = _context(before[i1:i2], first=number == 0, last=number == len(codes) - 1)
            left.append(Run(kept, changed=False))
            right.append(Run(kept, changed=False))
        else:
            left += _run(before[i1:i2])
            right += _run(after[j1:j2])
    return Edit(tuple(left), tuple(right))


def _changes(before: list[str], after: list[str]) -> list[tuple[bool, int, int, int, int]]:
    """Return (same?, from, to, from, to) for the stretches of two sentences.

    What is alike at both ends costs nothing to find; between them only a short stretch is matched word by word, for
    that takes the square of its length, and the text is a stranger's.
    """
    shorter = min(len(before), len(after))
    head = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    tail = next((back for back in range(shorter - head) if before[-1 - back] != after[-1 - back]), shorter - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    codes = [(True, 0, head, 0, head)] if head else []
    if max(len(old), len(new)) > MATCHED:
        codes.append((False, head, head + len(old), head, head + len(new)))
    else:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        codes += [
            (kind == "equal", head + i1, head + i2, head + j1, head + j2)
            for kind, i1, i2, j1, j2 in matcher.get_opcodes()
        ]
    if tail:
        codes.append((True, len(before) - tail, len(before), len(after) - tail, len(after)))
    return codes


def _run(words: list[str]) -> list[Run]:
    said = " ".join(words[:LONGEST]) + (" …" if len(words) > LONGEST else "")
    return [Run(said, changed=True)] if words else []


def _context(words: list[str], *, first: bool, last: bool) -> str:
    """Shorten unchanged words to those next to a change."""
    if first and last:
        return " ".join(words)
    if first:
        return " ".join(words) if len(words) <= AROUND else "… " + " ".join(words[-AROUND:])
    if last:
        return " ".join(words) if len(words) <= AROUND else " ".join(words[:AROUND]) + " …"
    return " ".join(words) if len(words) <= 2 * AROUND else " ".join((*words[:AROUND], "…", *words[-AROUND:]))
