"""A document from an address or a file that the operator names, within bounds.

For commands that a person gives on their own machine: it goes wherever that person could go.
Addresses that others name must not come through here; ``intake/door.py`` is for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from feedsvc.errors import NotFound
from feedsvc.intake.asking import MIB, Asked, Limits, masked

#: Bytes of a document that are read at most.
LIMIT = 20 * MIB


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document and what came with it. ``url`` is None for a file."""

    body: bytes
    content_type: str | None = None
    url: str | None = None


def get_or_read(what: str) -> Fetched:
    """The document at an http(s) address, or in a file.

    Raises NotFound when it can't be had, FetchFailed when nobody answers soundly.
    """
    if what.lower().startswith(("http://", "https://")):
        return _get(what)
    try:
        with Path(what).open("rb") as file:
            body = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise NotFound(
            f"{what} can't be read: {reason}; give a file or an http(s) address"
        ) from None
    if len(body) > LIMIT:
        raise NotFound(f"{what} has more than {LIMIT // MIB} MiB; no reader takes that")
    return Fetched(body)


def _get(url: str) -> Fetched:
    from feedsvc.intake.door import get_now  # commands that fetch nothing start without it

    answer = get_now(Asked(url), Limits(size=LIMIT, anywhere=True))
    if answer.status // 100 != 2:
        raise NotFound(f"{masked(url)} answers {answer.status} {_phrase(answer.status)}".rstrip())
    return Fetched(answer.body, answer.headers.get("content-type"), answer.url)


def _phrase(status: int) -> str:
    """The name of a status, which is not the sender's to choose."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
