"""Where the token of a subscriber stands in what is made once for all of them. Pure.

A reader asks for the feed, its archive, the items' pages and files with the token that stands in
the feed's address (``?token=``), and knows no other way: so it stands in each of these links. A
document is rendered with a mark in its place. For who sends the token in a header the mark goes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote, unquote

from feedsvc.formats.uploaded import uploaded
from feedsvc.model import Item, Link, Podcast, Reference

# Of this process alone, so that no text from outside has it: it would be sent where it points to.
_MARK = f"?token=fs_{secrets.token_hex(6)}_{secrets.token_hex(20)}"
_TAG = re.compile(r"<[a-z][^<>]*>")
_LINK = re.compile(r'\b(href|poster|src|srcset)="([^"]*)"')


def marked(address: str) -> str:
    """An address that needs a token, with a mark where it is to stand."""
    base, hash_, fragment = address.partition("#")
    return f"{base}{_MARK}{hash_}{fragment}"


def marked_links(links: Iterable[Link]) -> tuple[Link, ...]:
    """The links of a private feed's document, all of which lead to such documents."""
    return tuple(replace(link, href=marked(link.href)) for link in links)


def marked_item(item: Item, site_url: str) -> Item:
    """A private item whose own page, and whose files here, are asked for with a token.

    Links to other articles stay as they are: who passes them on does not pass on his token.
    """
    pages = {f"{site_url}/items/{item.slug}"}
    if item.url.startswith(f"{site_url}/items/"):
        pages.add(unquote(item.url))  # of the slug that it had at first
    files = tuple(f"{page}/" for page in pages)

    def mark(address: str) -> str:
        bare, hash_, fragment = address.partition("#")
        plain = unquote(bare)
        upload = uploaded(bare, site_url)
        if "?" in bare:
            return address
        if upload and not bare.startswith(f"{site_url}/"):
            # As we spell it: a token does not go over http when the site is on https.
            bare = f"{site_url}/media/{upload.id}/{quote(upload.name)}"
            return marked(f"{bare}{hash_}{fragment}")
        own = upload or plain in pages or plain.startswith(files)
        return marked(address) if own else address

    def mark_link(link: re.Match[str]) -> str:
        name, value = link.groups()
        if name == "srcset":
            parts = (part.split(" ", 1) for part in value.split(", "))
            return f'srcset="{", ".join(" ".join((mark(at), *size)) for at, *size in parts)}"'
        return f'{name}="{mark(value)}"'

    return replace(
        item,
        url=mark(item.url),
        content_html=_TAG.sub(lambda tag: _LINK.sub(mark_link, tag[0]), item.content_html),
        enclosures=tuple(replace(one, url=mark(one.url)) for one in item.enclosures),
        image=mark(item.image) if item.image else None,
        podcast=item.podcast and _marked_podcast(item.podcast, mark),
    )


def _marked_podcast(podcast: Podcast, mark: Callable[[str], str]) -> Podcast:
    def of(reference: Reference | None) -> Reference | None:
        return reference and replace(reference, url=mark(reference.url))

    return replace(podcast, transcript=of(podcast.transcript), chapters=of(podcast.chapters))


def with_token(text: str, token: str | None) -> str:
    """What was marked, for the reader with this token in his address; None for one without."""
    return opened(text.encode(), token).decode()


def opened(body: bytes, token: str | None) -> bytes:
    """The same of a document's bytes. The mark may stand in an address within an address."""
    said = f"?token={token}" if token else ""
    body = body.replace(_MARK.encode(), said.encode())
    return body.replace(quote(_MARK, safe="").encode(), quote(said, safe="").encode())
