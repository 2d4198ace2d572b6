"""Which addresses lead to files that were uploaded here, however they are spelled. Pure.

One measure for all who ask that: what an item uses (store), what is known of a file (intake), and
which links carry a subscriber's token (publish). It is what the web serves: an address that a
browser turns into ``/media/ID/NAME`` of this host is one, any other is not.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from feedsvc.formats import clean

_FILE = re.compile(r"/media/([0-9a-f]{32})/([^/]+)")
_PORTS = {"http": 80, "https": 443}


class Uploaded(NamedTuple):
    """The file that an address leads to: its id, and the name that stands there, unescaped."""

    id: str
    name: str


def uploaded(address: str, site_url: str) -> Uploaded | None:
    """The uploaded file of this site that an address leads to, None for any other address.

    Escapes, dot segments (RFC 3986 5.2.4), http for https, a port that goes without saying, and
    addresses relative to an article's are all the same to a browser; so they are here.
    """
    if "media" not in address and "%" not in address:  # most addresses
        return None
    whole = clean.url(address, base=f"{site_url}/items/-")
    if whole is None:
        return None
    there, here = urlsplit(whole), urlsplit(site_url)
    if _host(there) != _host(here):
        return None
    path, prefix = _walked(unquote(there.path)), here.path.rstrip("/")
    found = _FILE.fullmatch(path.removeprefix(prefix)) if path.startswith(f"{prefix}/") else None
    return Uploaded(*found.groups()) if found else None


def _host(parts: SplitResult) -> tuple[str | None, int | None]:
    port = parts.port
    return parts.hostname, None if port == _PORTS.get(parts.scheme) else port


def _walked(path: str) -> str:
    """A path without dot segments."""
    kept: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    return f"/{'/'.join(kept)}"
