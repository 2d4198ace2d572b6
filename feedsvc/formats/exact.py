"""Items as JSON that holds every field exactly, for machines of ours alone.

The API's JSON (:mod:`feedsvc.formats.itemjson`) is for people's programs; the store's rows hold
addresses relative to the site. This is an item between two processes, or kept aside.
"""

from __future__ import annotations

from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from feedsvc.model import Item

_ITEM = TypeAdapter(Item)


def dumps(item: Item) -> bytes:
    """The item as UTF-8 JSON. What says nothing is left out, so a field added later changes none.

    Equal items give equal bytes. Raises ValueError for half of a character (a lone surrogate).
    """
    return _ITEM.dump_json(item, exclude_defaults=True)


def loads(text: str | bytes) -> Item:
    """The item that ``dumps`` wrote. Raises ValueError for anything else."""
    try:
        return _ITEM.validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        raise ValueError(f"this is no item: {error.errors(include_url=False)[0]['msg']}") from None


def digest(item: Item) -> str:
    """64 hexadecimal digits (SHA-256) that stand for everything that the item says."""
    return sha256(dumps(item)).hexdigest()
