"""The addresses of requests: one reading of each, which every decision on it and the request share.

Two readings of one text are how an address that was looked at becomes another that is asked.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from yarl import URL

from feedsvc.errors import FetchFailed
from feedsvc.intake.asking import Asked, masked

#: An address that needs no quoting (RFC 3986 2): it is sent as it is, for some are signed.
_SOUND = re.compile(r"([A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
#: Characters of an address. Nobody has longer ones (RFC 9110 4.1 asks for 8000), and reading costs.
_LONGEST = 8000
#: Some readings leave these out, others do not.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def parsed(text: str) -> URL:
    """An address as it is asked for, credentials included. Raises FetchFailed."""
    try:
        url = _url(text.strip())
        if url.scheme in ("http", "https") and url.raw_host:
            return url
        reason = "only http and https addresses with a host are fetched"
    except (ValueError, TypeError) as error:
        reason = "no address is written so" if "port" not in str(error).lower() else "no such port"
    raise FetchFailed("address", reason, url=masked(text))


def joined(here: URL, location: str) -> URL:
    """Where a Location leads from here (RFC 9110 10.2.2), without credentials.

    Raises FetchFailed.
    """
    try:
        there = here.join(URL(location.strip(), encoded=bool(_SOUND.fullmatch(location.strip()))))
        url = _url(str(there)).with_user(None)
        if url.scheme in ("http", "https") and url.raw_host:
            return url
    except (ValueError, TypeError):
        pass
    raise FetchFailed("redirect", "it redirects to what is no http or https address", url=str(here))


def _url(text: str) -> URL:
    """One reading of an address, for all decisions on it; its path and query stay as they are.

    Raises ValueError.
    """
    if len(text) > _LONGEST or _CONTROL.search(text):
        raise ValueError("too long, or control characters")
    url = URL(text).with_fragment(None)
    parts = urlsplit(text)
    path = parts.path or "/"
    sound = _SOUND.fullmatch(path) and _SOUND.fullmatch(parts.query) and "/." not in path
    if not sound or not url.absolute or not url.raw_host:
        return url
    return URL.build(
        scheme=url.scheme,
        authority=url.raw_authority,
        path=path,
        query_string=parts.query,
        encoded=True,
    )


def validated(asked: Asked, first: URL) -> URL | None:
    """The address that the validators belong to, None where it is none."""
    if asked.validators_of is None:
        return first.with_user(None)
    try:
        return _url(asked.validators_of).with_user(None)
    except (ValueError, TypeError):
        return None
