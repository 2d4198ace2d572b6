"""What is for a feed's subscribers alone: nobody else is let in, and nobody keeps the answer.

A view says whose it is with ``require`` before it says anything else. From then on the answer,
whatever becomes of it, is one for this reader: no cache may keep it, and marks in it
(publish/marking.py) become his token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask import Response, g

from feedsvc.errors import Unauthorized
from feedsvc.model import Item
from feedsvc.publish import marking
from feedsvc.web import auth, headers
from feedsvc.web.current import current_service

_PRIVATE = "private_feeds"
_MARKED = "private_slugs"


def require(feeds: Collection[str]) -> None:
    """Let through who may read one of these private feeds; none are for everybody.

    Raises Unauthorized, which says the same of a wrong token as of none.
    """
    if not feeds:
        return
    g.setdefault(_PRIVATE, True)
    if not any(auth.reader(feed) for feed in feeds):
        raise Unauthorized("this is for the subscribers of a private feed", scheme="Basic")


def is_private() -> bool:
    """Whether the present request is for something private."""
    return bool(g.get(_PRIVATE, False))


def seal(response: Response) -> Response:
    """Let nobody keep what is private; for ``after_request``. Redirects take the token along."""
    if not is_private():
        return response
    response.headers["Cache-Control"] = headers.PRIVATE
    response.headers.pop("Expires", None)
    location = response.headers.get("Location")
    if location and "?" not in location:
        response.headers["Location"] = addressed(marking.marked(location))
    return response


def addressed(text: str) -> str:
    """A text with what was marked in it, for this reader."""
    return marking.with_token(text, auth.reader_token())


def opened(body: bytes) -> bytes:
    """The same of bytes."""
    return marking.opened(body, auth.reader_token())


def marked_items(items: Iterable[Item]) -> list[Item]:
    """Items to be shown on a private page, the private ones among them marked."""
    service = current_service()
    site_url, store = service.settings.site.url, service.store
    found, slugs = [], g.setdefault(_MARKED, set())
    for item in items:
        if store.private_feeds_of(item):
            slugs.add(item.slug)
            found.append(marking.marked_item(item, site_url))
        else:
            found.append(item)
    return found


def mark_of(item: Item) -> str:
    """What is to stand behind the path of an item's page; for templates."""
    return marking.marked("") if item.slug in g.get(_MARKED, ()) else ""
