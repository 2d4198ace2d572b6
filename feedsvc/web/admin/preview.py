"""What readers will be shown: the article's own page, made of a form before it is saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from flask import Response, request

from feedsvc.errors import InvalidFields, ItemError, NotFound
from feedsvc.model import Item
from feedsvc.web.admin import attaching, blueprint, fields
from feedsvc.web.admin.showing import FRAMED_POLICY, show
from feedsvc.web.admin.signin import page_path
from feedsvc.web.current import current_service
from feedsvc.web.policy import policy
from feedsvc.web.presentation import file_name


@blueprint.post("/preview")
@policy("account")
def preview() -> Response:
    """The page that a form would become; with ``slug_now`` that of a new version of an item.

    A form that can't be saved as it is is answered with what is wrong, and 422.
    """
    service = current_service()
    name = request.form.get("slug_now", "")
    old = service.store.item(slug=name) if name else None
    base = fields.of_item(old) if old else fields.Fields()
    mine = attaching.completed(fields.of_form(request.form), base, service.uploads.of_url)
    try:
        told = fields.patch(mine, base, old)
        item = fields.read(told, old).item
        item, notes = service.submissions.preview(item, old, service.now())
    except InvalidFields as error:
        return shown(None, [str(fault) for fault in error.faults])
    except ItemError as error:
        return shown(None, [error.reason])
    return shown(item, notes=notes)


@blueprint.get("/items/<slug>/preview")
@policy("account")
def preview_saved(slug: str) -> Response:
    """The page of an item as it is saved, whatever its status. Raises NotFound."""
    item = current_service().store.item(slug=slug)
    if item is None:
        raise NotFound("there is no article of that name")
    return shown(item)


@blueprint.get("/preview")
@policy("account")
def preview_of_nothing() -> Response:
    """What stands there before anything is written."""
    return shown(None)


def shown(
    item: Item | None, faults: list[str] | None = None, notes: Sequence[str] = ()
) -> Response:
    """The page of an item inside a frame; or what is wrong with it."""
    service = current_service()
    if item is not None:
        own = f"{service.settings.site.url}/items/{quote(item.slug)}"
        item = replace(item, published=item.published or service.now(), url=item.url or own)
        item = _seen_here(item, service.settings.site.url)
    return show(
        "admin/preview.html",
        status=422 if faults else 200,
        policy=FRAMED_POLICY,
        item=item,
        faults=faults or [],
        notes=list(dict.fromkeys(notes)),
        tags=[(one.label or one.term, None) for one in item.categories] if item else [],
        authors=[(one.name, None) for one in item.authors] if item else [],
        alternates=[],
    )


def _seen_here(item: Item, site_url: str) -> Item:
    """The item with its uploaded files where whoever is signed in may always see them.

    Their own addresses may take a subscriber's token.
    """
    address = re.compile(rf"""{re.escape(site_url)}/media/([0-9a-f]{{32}})/[^\s"'<>]*""")

    def here(text: str) -> str:
        return address.sub(lambda found: page_path(f"/admin/media/{found[1]}"), text)

    return replace(
        item,
        content_html=here(item.content_html),
        image=here(item.image) if item.image else None,
        enclosures=tuple(
            replace(one, url=url, title=one.title or file_name(one.url))
            if (url := here(one.url)) != one.url
            else one
            for one in item.enclosures
        ),
    )
