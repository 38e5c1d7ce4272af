"""Raw answers as a WARC file (ISO 28500), which web archives and courts' experts can read without us."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from io import BytesIO
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from warehouse.evidence import StoredResponse

# They describe the transfer, and the content is kept as it reads after it: archives keep them under another name.
_OF_TRANSFER = ("content-length", "transfer-encoding")
_ORIGINAL = "X-Archive-Orig-"


def render_warc(responses: Iterable[StoredResponse], *, about: str) -> bytes:
    """Return the answers whose content is kept as a compressed WARC 1.1 file; ``about`` says what they belong to.

    The same answers give the same bytes. ``WARC-Payload-Digest`` is the sha256 of the content, in hexadecimal digits.
    """
    kept = [response for response in responses if response.gzip is not None]
    target = BytesIO()
    writer = WARCWriter(target, gzip=True, warc_version="1.1")
    newest = max((response.fetched_at for response in kept), default=datetime.min.replace(tzinfo=UTC))
    info = (
        f"software: Courtwatch/{version('courtwatch')}\r\nformat: WARC File Format 1.1\r\n"
        f"description: {about}; contents after transfer and content decoding, cookies left out\r\n"
    )
    writer.write_record(
        writer.create_warc_record(
            "", "warcinfo", payload=BytesIO(info.encode()), length=len(info.encode()),
            warc_content_type="application/warc-fields",
            warc_headers_dict={"WARC-Record-ID": _record_id(about), "WARC-Date": _date(newest)},
        )
    )  # fmt: skip
    for response in kept:
        content = gzip.decompress(response.gzip or b"")
        writer.write_record(
            writer.create_warc_record(
                response.url, "response", payload=BytesIO(content), length=len(content),
                http_headers=StatusAndHeaders(_status(response.status), _headers(response), protocol="HTTP/1.1"),
                warc_headers_dict={
                    "WARC-Record-ID": record_id(response),
                    "WARC-Date": _date(response.fetched_at),
                    "WARC-Payload-Digest": f"sha256:{response.sha256}",
                },
            )
        )  # fmt: skip
    return target.getvalue()


def record_id(response: StoredResponse) -> str:
    """Return the permanent id of an answer's record."""
    return _record_id(f"{response.url} {response.fetched_at.isoformat()} {response.sha256}")


def _record_id(name: str) -> str:
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, name)}>"


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"{code} Unknown"


def _headers(response: StoredResponse) -> list[tuple[str, str]]:
    received = [
        (f"{_ORIGINAL}{name}" if name.lower() in _OF_TRANSFER else name, value) for name, value in response.headers
    ]
    return [*received, ("Content-Length", str(response.size))]
