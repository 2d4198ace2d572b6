"""A document from an address or a file that the operator names, within bounds.

For commands that a person gives on their own machine: it goes wherever that person could go.
Addresses that others name must not come through here.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from feedsvc import __version__
from feedsvc.errors import NotFound

#: Bytes of a document that are read at most.
LIMIT = 20 * 1024 * 1024
#: Seconds that one silence, and the whole answer, may last.
SILENCE = 10
WHOLE = 30


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document and what came with it. ``url`` is None for a file."""

    body: bytes
    content_type: str | None = None
    url: str | None = None


def get_or_read(what: str) -> Fetched:
    """The document at an http(s) address, or in a file. Raises NotFound when it can't be had."""
    if what.lower().startswith(("http://", "https://")):
        return _get(what)
    try:
        with Path(what).open("rb") as file:
            return Fetched(_bounded(file.read(LIMIT + 1), what))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NotFound(
            f"{what} can't be read: {reason}; give a file or an http(s) address"
        ) from None


def _get(url: str) -> Fetched:
    request = urllib.request.Request(  # noqa: S310 - the scheme is http(s)
        url,
        headers={
            "User-Agent": f"feedsvc/{__version__}",
            "Accept": "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5",
        },
    )
    deadline = time.monotonic() + WHOLE
    chunks: list[bytes] = []
    try:
        with urllib.request.urlopen(request, timeout=SILENCE) as answer:  # noqa: S310
            while chunk := answer.read1(65536):
                chunks.append(chunk)
                if time.monotonic() > deadline:
                    raise TimeoutError
                if sum(map(len, chunks)) > LIMIT:
                    break
            body = _bounded(b"".join(chunks), url)
            return Fetched(body, answer.headers.get("Content-Type"), answer.url)
    except urllib.error.HTTPError as error:
        raise NotFound(f"{url} answers {error.code} {error.reason}") from None
    except TimeoutError:
        raise NotFound(f"{url} took longer than {WHOLE} seconds") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NotFound(f"{url} can't be fetched: {reason}") from None


def _bounded(body: bytes, what: str) -> bytes:
    if len(body) > LIMIT:
        raise NotFound(f"{what} has more than {LIMIT // 1024 // 1024} MiB; no reader takes that")
    return body
