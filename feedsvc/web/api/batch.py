"""``/api/v1/items/batch``: many items in one request, each for itself."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import IO, Any, cast

from flask import Response, request
from pydantic import BaseModel, Field
from pydantic_core import to_json

from feedsvc.errors import FeedsvcError, TooLarge
from feedsvc.formats import itemjson
from feedsvc.formats.itemfields import ItemFields
from feedsvc.formats.itemjson import Given
from feedsvc.intake.submissions import MANY, Written
from feedsvc.service import Service
from feedsvc.store import Key
from feedsvc.web import auth, headers
from feedsvc.web.api import asking, blueprint
from feedsvc.web.api.operations import NDJSON, operation
from feedsvc.web.current import current_service
from feedsvc.web.errors import problem_of
from feedsvc.web.policy import policy

LINE_MAX = 1024 * 1024  #: bytes of one item
_BLOCK = 256 * 1024
_TYPES = (NDJSON, "application/ndjson", "application/jsonl", "application/json-lines")

#: An item that was sent, by the number of its line and with its key, or why it can't be taken.
_Line = tuple[int, Given | FeedsvcError, Key | None]


class BatchResult(BaseModel):
    """What became of one line: the facts of its item, or a problem (RFC 9457)."""

    line: int = Field(description="the number of the line, from 1")
    status: int = Field(description="the status that it would have had if sent alone")
    kind: str | None = Field(None, description="added, changed, unchanged, or repeated")
    guid: str | None = None
    slug: str | None = None
    revision: int | None = None
    notes: list[str] | None = None
    type: str | None = None
    title: str | None = None
    detail: str | None = None
    errors: list[dict[str, str]] | None = None


@blueprint.post("/items/batch")
@operation(
    "Send many items",
    takes=ItemFields,
    media_types=(NDJSON,),
    gives={200: BatchResult},
    given_as=NDJSON,
    headers={
        "Idempotency-Key": "a name of this request: line N has the key NAME:N, so that sent again "
        "it makes nothing twice"
    },
    problems=(413, 415, 422),
)
@policy("write")
def add_items() -> Response:
    """One item a line in, one result a line out, in the same order; a bad line fails alone.

    500 at a time are on disk before the results of the next come.
    """
    asking.check_type(*_TYPES)
    # Werkzeug's stream looks for the end of a line byte by byte.
    stream = io.BufferedReader(cast("io.RawIOBase", request.stream), _BLOCK)
    lines = _lines(stream, asking.key_name())
    results = _results(lines, current_service(), auth.origin("api"))
    response = Response(results, content_type=NDJSON)
    response.headers["Cache-Control"] = headers.NEVER
    return response


def _results(sent: Iterable[_Line], service: Service, origin: str) -> Iterator[bytes]:
    """The results, a piece for each transaction."""
    lines: list[_Line] = []
    for line in sent:
        lines.append(line)
        if len(lines) == MANY:
            yield _taken(lines, service, origin)
            lines = []
    if lines:
        yield _taken(lines, service, origin)


def _lines(stream: IO[bytes], name: str | None) -> Iterator[_Line]:
    number = 0
    while data := stream.readline(LINE_MAX + 1):
        number += 1
        if len(data) > LINE_MAX and not data.endswith(b"\n"):
            while (rest := stream.readline(LINE_MAX)) and not rest.endswith(b"\n"):
                pass
            yield number, TooLarge(f"a line holds at most {LINE_MAX:,} bytes (1 MiB)"), None
        elif data.strip():
            key = asking.keyed(name and f"{name}:{number}", "POST line", data.strip())
            try:
                yield number, itemjson.read(itemjson.loads(data)), key
            except FeedsvcError as error:
                yield number, error, None


def _taken(lines: list[_Line], service: Service, origin: str) -> bytes:
    """Take the items of these lines in; their results."""
    good = [(given, key) for _, given, key in lines if isinstance(given, Given)]
    givens, keys = [given for given, _ in good], [key for _, key in good]
    try:
        taken = service.submissions.many(givens, origin=origin, now=service.now(), keys=keys)
        what: Iterator[Written | FeedsvcError] = iter(taken)
    except FeedsvcError as error:  # the store is away: so it is for each of them
        what = iter([error] * len(givens))
    results = [
        _result(number, next(what) if isinstance(given, Given) else given)
        for number, given, _ in lines
    ]
    return b"".join(to_json(result) + b"\n" for result in results)


def _result(number: int, what: Written | FeedsvcError) -> dict[str, Any]:
    if isinstance(what, FeedsvcError):
        return {"line": number, **problem_of(what)}
    return {
        "line": number,
        "status": 201 if what.kind == "added" else 200,
        "kind": what.kind,
        "guid": what.item.guid,
        "slug": what.item.slug,
        "revision": what.item.revision,
        "notes": what.notes,
    }
