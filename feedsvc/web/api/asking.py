"""What a request to the API says: its body, its query, what it expects to find, its key."""

from __future__ import annotations

import hashlib
import re
from typing import Any, TypeVar, cast

from flask import request
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest
from werkzeug.http import parse_etags

from feedsvc.errors import Changed, FieldFault, InvalidFields, UnsupportedType
from feedsvc.formats import itemjson
from feedsvc.model import Item
from feedsvc.store import Key
from feedsvc.web import auth
from feedsvc.web.api.operations import JSON

Query = TypeVar("Query", bound=BaseModel)


def json_body(*media_types: str) -> object:
    """The JSON value that was sent. Raises UnsupportedType, and BadRequest for what is no JSON."""
    check_type(*(media_types or (JSON,)))
    try:
        return itemjson.loads(request.get_data())
    except InvalidFields as error:
        raise BadRequest(error.reason) from None


def check_type(*media_types: str) -> None:
    """Raises UnsupportedType for a body of another kind; one that says none is taken for right."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedType("compressed bodies are not taken: send it without Content-Encoding")
    if request.mimetype and request.mimetype not in media_types:
        raise UnsupportedType(f"send Content-Type: {media_types[0]}")


def query(model: type[Query]) -> Query:
    """The parameters of the address. Raises InvalidFields naming every faulty one."""
    return cast("Query", itemjson.validated(model, request.args.to_dict()))


def merged(old: Any, patch: Any) -> Any:
    """What a merge patch makes of ``old`` (RFC 7396 2)."""
    if not isinstance(patch, dict):
        return patch
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        found[name] = merged(found.get(name), value)
    return found


def without_null(value: Any) -> Any:
    """Without what is null."""
    if isinstance(value, dict):
        return {name: without_null(part) for name, part in value.items() if part is not None}
    return value


def etag_of(item: Item) -> str:
    """The entity tag of an item: its revision, quoted."""
    return f'"{item.revision}"'


def check_matches(etag: str | None, *, revision: int | None = None) -> bool:
    """Whether the request says, rightly, which version it is about (RFC 9110 13.1.1).

    ``etag`` is the quoted current one, None where nothing is there. Raises Changed when it is
    another version, or when nothing should be there and something is (13.1.2).
    """
    wanted = request.headers.get("If-Match")
    if wanted is not None and not _has(wanted, etag):
        now = f"it has the ETag {etag} now" if etag else "it is not there"
        raise Changed(f"it is not the version that If-Match names: {now}", revision=revision)
    unwanted = request.headers.get("If-None-Match")
    if unwanted is not None and _has(unwanted, etag):
        raise Changed(f"it is what If-None-Match excludes: {etag}", revision=revision)
    return wanted is not None and wanted.strip() != "*"


def _has(header: str, etag: str | None) -> bool:
    """Whether a list of entity tags names this one, compared strongly (RFC 9110 8.8.3.2)."""
    tags = parse_etags(header)
    return etag is not None and (tags.star_tag or tags.contains_raw(etag))


_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def key_name() -> str | None:
    """The request's Idempotency-Key with whose it is: each token has its own.

    Raises InvalidFields for one that is none.
    """
    told = request.headers.get("Idempotency-Key")
    if told is None:
        return None
    if not _KEY.fullmatch(told):
        reason = "must be 1 to 255 visible characters of ASCII"
        raise InvalidFields([FieldFault("Idempotency-Key", reason)])
    return f"{auth.identity().id or auth.identity().name}:{told}"


def keyed(name: str | None, what: str, said: bytes) -> Key | None:
    """The key of this name, used to ask for ``what`` by saying ``said``."""
    if name is None:
        return None
    return Key(name, hashlib.sha256(f"{what}\n".encode() + said).hexdigest())


def refuse_key(reason: str) -> None:
    """Raises BadRequest for a request with an Idempotency-Key, which would mean nothing here."""
    if "Idempotency-Key" in request.headers:
        raise BadRequest(f"Idempotency-Key means nothing here: {reason}")


def fields_of(value: object, model: type[BaseModel]) -> Any:
    """A JSON value as this model. Raises InvalidFields naming every faulty field."""
    return itemjson.validated(model, value)
