"""What writing apps ask (Micropub 3.7): what is here, what stands in a post."""

from __future__ import annotations

from flask import Response, request

from feedsvc.errors import FieldFault, InvalidFields, ItemError
from feedsvc.formats import microformats
from feedsvc.formats.micropub import Properties
from feedsvc.model import Item
from feedsvc.web.current import current_service
from feedsvc.web.micropub import answer, blueprint
from feedsvc.web.micropub.endpoint import post_of
from feedsvc.web.policy import policy

_QUERIES = ("config", "source", "syndicate-to", "category", "contact")
_POSTS = {
    "article": "Article",
    "note": "Note",
    "photo": "Photo",
    "audio": "Audio",
    "video": "Video",
    "reply": "Reply",
    "bookmark": "Bookmark",
    "like": "Like",
    "repost": "Repost",
}
#: Posts, tags, files of one answer.
_MOST = 100
_USUAL = 20


@blueprint.get("/micropub")
@policy("micropub")
def ask() -> Response:
    """Answer ``q=``; each query is told by ``q=config``, and by none: apps try a token so."""
    match request.args.get("q", ""):
        case "config" | "":
            return answer(_config())
        case "syndicate-to":
            return answer({"syndicate-to": []})
        case "contact":
            return answer({"contacts": []})
        case "category":
            return answer({"categories": _categories()})
        case "source":
            return _source() if request.args.get("url") else _posts()
        case _:
            known = ", ".join(_QUERIES)
            raise InvalidFields([FieldFault("q", f"must be one of {known}")])


@blueprint.get("/micropub/media")
@policy("micropub")
def files() -> Response:
    """The files sent last, newest first, for ``q=source``; the very last for ``q=last``."""
    asked = request.args.get("q", "")
    if asked not in {"source", "last"}:
        raise InvalidFields([FieldFault("q", "must be source or last")])
    service = current_service()
    uploads, cursor = service.store.uploads(
        cursor=request.args.get("after") or None, limit=_limit() if asked == "source" else 1
    )
    found = [
        {
            "url": service.uploads.url(one),
            "published": one.at.isoformat().replace("+00:00", "Z"),
            "mime_type": one.type,
        }
        for one in uploads
    ]
    if asked == "last":
        return answer(found[0] if found else {})
    return answer({"items": found, **_paging(cursor)})


def _config() -> dict[str, object]:
    return {
        "media-endpoint": f"{current_service().settings.site.url}/micropub/media",
        "syndicate-to": [],
        "q": list(_QUERIES),
        "post-types": [{"type": kind, "name": name} for kind, name in _POSTS.items()],
        "categories": _categories(),
    }


def _categories() -> list[str]:
    """The tags of what is published, those used most first; ``filter`` is what is in them."""
    states = [one for one in current_service().store.feed_states("tag") if one.count]
    wanted = request.args.get("filter", "").casefold()
    names = [one.label for one in sorted(states, key=lambda one: (-one.count, one.label))]
    return [name for name in names if wanted in name.casefold()][:_MOST]


def _source() -> Response:
    """A post's properties; all with its type, or those asked for (Micropub 3.7.2)."""
    properties = _properties(post_of(request.args["url"]))
    wanted = request.args.getlist("properties[]") + request.args.getlist("properties")
    if wanted:
        return answer({"properties": {n: v for n, v in properties.items() if n in wanted}})
    return answer({"type": ["h-entry"], "properties": properties})


def _posts() -> Response:
    """All posts, newest first, a page of them."""
    try:
        found, cursor = current_service().store.items(
            cursor=request.args.get("after") or None, limit=_limit()
        )
    except ItemError as error:
        raise InvalidFields([FieldFault("after", error.reason)]) from None
    items = [{"type": ["h-entry"], "properties": _properties(item)} for item in found]
    return answer({"items": items, **_paging(cursor)})


def _paging(cursor: str | None) -> dict[str, object]:
    return {"paging": {"after": cursor}} if cursor else {}


def _properties(item: Item) -> Properties:
    return microformats.write(item, current_service().store.properties(item.guid))


def _limit() -> int:
    text = request.args.get("limit", "")
    return min(max(int(text), 1), _MOST) if text.isascii() and text.isdigit() else _USUAL
