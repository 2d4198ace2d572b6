"""The headers of our answers: what browsers may do with them, who may keep them, where they link.

Everything that is decided for all answers of a kind is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from feedsvc.model import Link

#: Pages: our own style and script, pictures and sound from anywhere (articles quote them), no more.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' http: https: data:; "
    "media-src 'self' http: https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Feeds, errors, everything that has nothing to load.
DOCUMENT_POLICY = "default-src 'none'; frame-ancestors 'none'"
#: Publishers' files: whatever they hold, opened by themselves they run nothing in our origin.
MEDIA_POLICY = "default-src 'none'; sandbox"

#: Set on every answer that does not say otherwise.
ALWAYS = {
    "Content-Security-Policy": DOCUMENT_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

#: Documents that scripts of any site may read, with the headers that they need to poll well.
READ_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Content-Location, IM, Delta-Base",
}
#: Pages: kept, but asked for each time, so that a reload is never needed to see an edit.
CHECKED = "public, no-cache"
#: Files of an article, which are big and change seldom.
SHORT = "public, max-age=300"
#: What belongs to a private feed: for who asked with its token, and for no cache between.
PRIVATE = "private, no-store"
#: Addresses that carry the digest of what they give.
FOREVER = "public, max-age=31536000, immutable"
#: Errors and states: true for this moment only.
NEVER = "no-store"
#: Caches that stand between ask again this often, in seconds, for a 304: they serve many, to whom a
#: change should not come late.
_SHARED = 60


def polled(max_age: int | None) -> str:
    """``Cache-Control`` of feeds: pollers wait as long as the feed itself tells them (``ttl``)."""
    if max_age is None:
        return CHECKED
    return f"public, max-age={max_age}, s-maxage={min(max_age, _SHARED)}"


def link_header(links: Iterable[Link]) -> str:
    """The value of ``Link`` (RFC 8288 3), in ASCII; empty when there are no links."""
    return ", ".join(_element(link) for link in links)


@lru_cache(maxsize=1024)  # of a feed they are the same after each change
def _element(link: Link) -> str:
    kind = f'; type="{link.type}"' if link.type else ""
    return f'<{ascii_uri(link.href)}>; rel="{link.rel}"{kind}'


def ascii_uri(iri: str) -> str:
    """The address with whatever a header can't carry percent-encoded (RFC 3987 3.1)."""
    return quote(iri, safe="%/:=&?~#+!$,;'@()*[]")
