"""Pictures of messages for docs/slack.md, drawn from a preview page: `make pictures` installs what it needs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2
import weasyprint
from lxml import html
from PIL import Image

# As the page looks in a light browser.
STYLE = "@page { size: 820px 2600px; margin: 16px } body { font-family: 'DejaVu Sans', sans-serif; font-size: 14px }"
SCALE = 1.25
# Colour emoji need a font that few servers have: signs of DejaVu stand for them.
SIGNS = {
    "🔴": "<span style='color:#e01e5a'>●</span>", "🟠": "<span style='color:#e8912d'>●</span>",
    "🔵": "<span style='color:#1264a3'>●</span>", "⚪": "○", "⏩": "»", "📄": "▤", "📝": "✎", "✅": "✔", "🚫": "⊘",
    "➖": "−", "➕": "+", "⏰": "◷", "🔗": "∞", "🩺": "✚", "🛑": "■", "🧑‍⚖️": "⚖", "\ufe0f": "",
}  # fmt: skip


def draw(page: Path, folder: Path) -> None:
    """Draw an alert, a thread and the operations channel, as PNG files."""
    document = html.parse(str(page))
    articles = document.xpath("//article")
    choices: dict[str, Callable[[html.HtmlElement], object]] = {
        "alert": lambda one: "Critical" in one.text_content() and len(one.xpath(".//li")) == 1,
        "thread": lambda one: 2 <= len(one.xpath(".//li")) <= 4,
        "operations": lambda one: "well again" in one.text_content(),
    }
    for name, wanted in choices.items():
        [chosen, *_] = filter(wanted, articles)
        (folder / f"{name}.png").write_bytes(_png(document, [chosen]))


def _png(document: html.etree._ElementTree, articles: Sequence[html.HtmlElement]) -> bytes:
    head = html.tostring(document.find("head"), encoding="unicode")
    body = "".join(html.tostring(article, encoding="unicode", with_tail=False) for article in articles)
    for emoji, sign in SIGNS.items():
        body = body.replace(emoji, sign)
    whole = f"<!doctype html><html>{head}<body><main>{body}</main></body></html>"
    pdf = weasyprint.HTML(string=whole).write_pdf(stylesheets=[weasyprint.CSS(string=STYLE)])
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=SCALE * 96 / 72).to_pil().convert("RGB")
    low = picture.point(lambda value: 255 * (value < 250)).convert("L").getbbox()
    target = BytesIO()
    edge = 16
    picture.crop((0, 0, picture.width, low[3] + edge)).quantize(64, Image.Quantize.FASTOCTREE).save(
        target, "PNG", optimize=True
    )
    return target.getvalue()


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
