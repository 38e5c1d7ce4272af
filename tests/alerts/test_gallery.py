"""The gallery page in docs/ shows the messages as they are now."""

from __future__ import annotations

from tests.alerts.gallery import PAGE, gallery


def test_the_gallery_is_as_the_messages_are_now() -> None:
    """When a message changed on purpose: look at it, `python -m tests.alerts.gallery`, commit docs/gallery.html."""
    assert PAGE.read_text(encoding="utf-8") == gallery()
