"""What a view of the API takes and gives, told beside it; the OpenAPI document is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., Any])
Model = type[BaseModel]

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
NDJSON = "application/x-ndjson"

_ATTRIBUTE = "feedsvc_operations"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    ``takes`` is the model of its body, sent as one of ``media_types``; ``gives`` that of the answer
    to each status of success, None for one without a body. ``query`` has the parameters as fields,
    ``headers`` the request headers that mean something, with what they mean.
    """

    summary: str
    takes: Model | None = None
    media_types: tuple[str, ...] = (JSON,)
    gives: Mapping[int, Model | None] = field(default_factory=dict)
    given_as: str = JSON
    query: Model | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[int, ...] = ()


def operation(summary: str, *, method: str = "", **facts: Any) -> Callable[[View], View]:
    """Declare what a view does, in the words of :class:`Operation`.

    A view for several methods has one declaration for each ``method``.
    """

    def declare(view: View) -> View:
        known: dict[str, Operation] = getattr(view, _ATTRIBUTE, {})
        setattr(view, _ATTRIBUTE, known | {method.upper(): Operation(summary, **facts)})
        return view

    return declare


def operation_of(view: Callable[..., Any], method: str) -> Operation | None:
    """What was declared of this method of a view."""
    known: dict[str, Operation] = getattr(view, _ATTRIBUTE, {})
    return known.get(method) or known.get("")
