"""What Slack refuses in ``blocks``. Sizes as in the "Blocks" and "Composition objects" reference of docs.slack.dev."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BLOCKS = 50
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
BUTTON_URL = 3_000
IDENTIFIER = 255
OPTIONS = 100
OPTION_VALUE = 150
# Not in the reference: slackapi/bolt-js issue 2867 saw 11,341 characters of block text refused and 9,597 pass.
ALL_TEXT = 11_000
_KNOWN = ("actions", "context", "divider", "header", "section")


def block_errors(blocks: Any) -> list[str]:
    """Say what is wrong with blocks, in Slack's ``[ERROR] ...`` manner; an empty list when they are good."""
    if not isinstance(blocks, Sequence) or isinstance(blocks, str | bytes):
        return ["[ERROR] must be an array [json-pointer:/blocks]"]
    errors = []
    if len(blocks) > BLOCKS:
        errors.append(f"[ERROR] no more than {BLOCKS} items allowed [json-pointer:/blocks]")
    for index, block in enumerate(blocks):
        errors += [f"[ERROR] {said} [json-pointer:/blocks/{index}]" for said in _one(block)]
    return errors


def text_size(blocks: Any) -> int:
    """Count the characters of all text in blocks."""
    if isinstance(blocks, Mapping):
        return sum(
            len(value) if key == "text" and isinstance(value, str) else text_size(value)
            for key, value in blocks.items()
        )
    if isinstance(blocks, list | tuple):
        return sum(text_size(value) for value in blocks)
    return 0


def _one(block: Any) -> Iterator[str]:
    if not isinstance(block, Mapping) or block.get("type") not in _KNOWN:
        yield "unsupported type"
        return
    if len(str(block.get("block_id", ""))) > IDENTIFIER:
        yield f"block_id must be less than {IDENTIFIER + 1} characters"
    kind = block["type"]
    if kind == "header":
        yield from _text(block.get("text"), HEADER_TEXT, only="plain_text")
    elif kind == "section":
        yield from _section(block)
    elif kind == "context":
        elements = block.get("elements") or []
        if not 1 <= len(elements) <= CONTEXT_ELEMENTS:
            yield f"elements must hold 1 to {CONTEXT_ELEMENTS} items"
        for element in elements:
            yield from _text(element, SECTION_TEXT)
    elif kind == "actions":
        elements = block.get("elements") or []
        if not 1 <= len(elements) <= ACTIONS_ELEMENTS:
            yield f"elements must hold 1 to {ACTIONS_ELEMENTS} items"
        for element in elements:
            yield from _button(element)


def _section(block: Mapping[str, Any]) -> Iterator[str]:
    fields = block.get("fields")
    if "text" not in block and not fields:
        yield "missing required field: text or fields"
    if "text" in block:
        yield from _text(block["text"], SECTION_TEXT)
    if fields:
        if len(fields) > SECTION_FIELDS:
            yield f"no more than {SECTION_FIELDS} items allowed in fields"
        for field in fields:
            yield from _text(field, FIELD_TEXT)
    if "accessory" in block:
        yield from _button(block["accessory"])


def _button(element: Any) -> Iterator[str]:
    if not isinstance(element, Mapping) or element.get("type") not in ("button", "overflow", "static_select"):
        yield "unsupported element"
        return
    if len(str(element.get("action_id", ""))) > IDENTIFIER:
        yield f"action_id must be less than {IDENTIFIER + 1} characters"
    if element["type"] == "button":
        yield from _text(element.get("text"), BUTTON_TEXT, only="plain_text")
        if len(element.get("value", "")) > BUTTON_VALUE or len(element.get("url", "")) > BUTTON_URL:
            yield "button value or url too long"
    else:
        options = element.get("options") or []
        if not 1 <= len(options) <= OPTIONS:
            yield f"options must hold 1 to {OPTIONS} items"
        for option in options:
            yield from _text(option.get("text"), BUTTON_TEXT, only="plain_text")
            if not 1 <= len(option.get("value", "")) <= OPTION_VALUE:
                yield f"option value must be 1 to {OPTION_VALUE} characters"
    if element["type"] == "static_select" and "placeholder" in element:
        yield from _text(element["placeholder"], OPTION_VALUE, only="plain_text")


def _text(value: Any, limit: int, only: str | None = None) -> Iterator[str]:
    kinds = (only,) if only else ("plain_text", "mrkdwn")
    if not isinstance(value, Mapping) or value.get("type") not in kinds or not isinstance(value.get("text"), str):
        yield f"must be a text object of type {' or '.join(kinds)}"
        return
    if not value["text"]:
        yield "must be more than 0 characters [/text/text]"
    if len(value["text"]) > limit:
        yield f"must be less than {limit + 1} characters [/text/text]"
    if value["type"] == "mrkdwn" and "emoji" in value:
        yield "emoji goes with plain_text only"
