"""Lists of the API: pages with a cursor that survives what comes in meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from feedsvc.errors import FieldFault, InvalidFields
from feedsvc.web.api.answering import answer

#: Of one page, unless said.
USUAL = 50
MOST = 200


Cursor = Annotated[str | None, BeforeValidator(lambda given: given or None)]


def cursor(pattern: str) -> Any:
    """Where a list goes on; one of nothing is the first page."""
    return Field(
        None,
        description="the `next_cursor` of the page before",
        json_schema_extra={"pattern": pattern},
    )


class ListQuery(BaseModel):
    """The parameters that every list has."""

    model_config = ConfigDict(extra="forbid")

    cursor: Cursor = cursor(r"^([0-9]{1,18})?$")
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL


def page(items: Sequence[object], next_cursor: str | None, **more: Any) -> Response:
    """A page of a list; ``next_cursor`` is None on the last one."""
    return answer({"items": list(items), "next_cursor": next_cursor, **more})


def whole(items: Sequence[object], asked: ListQuery) -> Response:
    """A page of a list that is short enough to be counted: its cursor is a number."""
    start = number(asked.cursor) if asked.cursor is not None else 0
    end = start + asked.limit
    return page(items[start:end], str(end) if end < len(items) else None)


def number(cursor: str) -> int:
    """The number that a cursor is. Raises InvalidFields."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise InvalidFields([FieldFault("cursor", "this is no cursor of this list")])
    return int(cursor)
