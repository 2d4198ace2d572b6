"""``/api/v1/tokens``: who programs and subscribers are, and what each may do."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from feedsvc.access import told
from feedsvc.errors import Conflict
from feedsvc.store import Token
from feedsvc.web import auth
from feedsvc.web.api import asking, blueprint, lists
from feedsvc.web.api.answering import answer, nothing
from feedsvc.web.api.operations import JSON, MERGE_PATCH, operation
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy

_LENGTHS = {"minLength": 1, "maxLength": 100}
_NAME = Field(
    description="what it is for, such as the program or the subscriber; in one line",
    json_schema_extra=dict(_LENGTHS),
)
_UNTIL = Field(None, description="from when on it opens nothing; null: it never ends")


class TokenFields(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = _NAME
    scope: str = Field(
        "write",
        description="`write`, `admin`, or `read:` and the name of a feed",
        json_schema_extra={"pattern": "^(write|admin|read:[a-z0-9_-]{1,64})$"},
    )
    expires_at: AwareDatetime | None = _UNTIL


class TokenChange(BaseModel):
    """What is to change of a token."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(
        None, description="another name; null: as it is", json_schema_extra=dict(_LENGTHS)
    )
    expires_at: AwareDatetime | None = _UNTIL


class TokenObject(BaseModel):
    """A token, without its text."""

    id: str
    name: str
    scope: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="to the minute")
    revoked_at: datetime | None
    rotated_at: datetime | None = Field(description="when its text was last made anew")
    active: bool = Field(description="whether it opens anything now")


class TokenShown(TokenObject):
    """A token with its text, which is told this once and kept nowhere."""

    token: str


class TokenList(BaseModel):
    """A page of tokens, the oldest first."""

    items: list[TokenObject]
    next_cursor: str | None


class TokenQuery(lists.ListQuery):
    """Which tokens are listed."""

    scope: str | None = Field(None, description="those of this scope")


@blueprint.get("/tokens")
@operation("List tokens", query=TokenQuery, gives={200: TokenList}, problems=(422,))
@policy("admin")
def list_tokens() -> Response:
    """Also those that are revoked or past their end. Their texts nobody knows."""
    asked, service = asking.query(TokenQuery), current_service()
    now = service.now()
    return lists.whole([told(one, now) for one in service.store.tokens(asked.scope)], asked)


@blueprint.post("/tokens")
@operation(
    "Make a token", takes=TokenFields, gives={201: TokenShown}, problems=(400, 413, 415, 422)
)
@policy("admin")
def make_token() -> Response:
    """The answer has its text as `token`: keep it, it is never told again."""
    asking.refuse_key("a token's text is told once, and a second one does no harm: revoke it")
    given: TokenFields = asking.fields_of(asking.json_body(), TokenFields)
    service = current_service()
    token, text = service.access.mint(
        given.name,
        given.scope,
        created_by=auth.origin("api"),
        expires_at=given.expires_at,
        feeds=[feed.name for feed in service.settings.all_feeds()],
    )
    return _shown(token, text, 201)


@blueprint.get("/tokens/<identifier>")
@operation("Read a token", gives={200: TokenObject}, problems=(404,))
@policy("admin")
def read_token(identifier: str) -> Response:
    """By its id, the twelve characters after ``fs_``."""
    return _answer(current_service().access.token(identifier))


@blueprint.patch("/tokens/<identifier>")
@operation(
    "Change the name or the end of a token",
    takes=TokenChange,
    media_types=(MERGE_PATCH, JSON),
    gives={200: TokenObject},
    problems=(400, 404, 413, 415, 422),
)
@policy("admin")
def change_token(identifier: str) -> Response:
    """What is not sent stays as it is."""
    given: TokenChange = asking.fields_of(asking.json_body(MERGE_PATCH, JSON), TokenChange)
    access = current_service().access
    token = access.token(identifier)
    return _answer(
        access.change(
            identifier,
            name=token.name if given.name is None else given.name,
            expires_at=given.expires_at
            if "expires_at" in given.model_fields_set
            else token.expires_at,
        )
    )


@blueprint.delete("/tokens/<identifier>")
@operation("Revoke a token", gives={204: None}, problems=(404, 409))
@policy("admin")
def revoke_token(identifier: str) -> Response:
    """It opens nothing any more, from now on. It stays in the list."""
    if identifier == auth.identity().id:
        raise Conflict("a token can't revoke itself: use another one, or `feedsvc token revoke`")
    current_service().access.revoke(identifier)
    return nothing()


@blueprint.post("/tokens/<identifier>/rotation")
@operation("Give a token another text", gives={200: TokenShown}, problems=(404, 409))
@policy("admin")
def rotate_token(identifier: str) -> Response:
    """The old text opens nothing any more, from now on; the new one is told this once."""
    asking.refuse_key("a token's text is told once; rotate it again if you have lost it")
    return _shown(*current_service().access.rotate(identifier), 200)


def _answer(token: Token) -> Response:
    return answer(told(token, current_service().now()))


def _shown(token: Token, text: str, status: int) -> Response:
    service = current_service()
    location = f"{service.settings.site.url}/api/v1/tokens/{token.id}"
    return answer(
        told(token, service.now()) | {"token": text},
        status,
        location=location if status == 201 else None,
    )
