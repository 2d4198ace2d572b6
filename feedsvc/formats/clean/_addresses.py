"""Addresses (URLs) and names (IRIs): which are usable, and their one spelling.

An address comes out absolute, http or https, in plain ASCII: RSS asks for URIs where Atom takes
IRIs, and readers differ in what they encode themselves. Who logs in with which password is no part
of it: a feed would publish that to everybody (RFC 3986 7.5).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
import uuid
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit, urlunsplit

from feedsvc.formats.clean import _characters

URL_MAX = 2048  #: characters of an address
GUID_MAX = 1024  #: characters of a guid

_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_BREAKS = re.compile("[\t\n]")
_SUB_DELIMITERS = "!$&'()*+,;="
_PATH = "%/:@~" + _SUB_DELIMITERS
_QUERY = _PATH + "?"
# What most addresses look like, and what this module makes: nothing is left to do there.
_USUAL = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.){1,4}[a-z]{2,30}"
    r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?-]+)?"
    r"(?:#[A-Za-z0-9._~!$&'()*+,;=:@/?-]+)?"
)
# The same of an address on the base's own host, without the dots and semicolons that joining minds.
_USUAL_PATH = re.compile(
    r"/(?!/)[A-Za-z0-9._~!$&'()*+,=:@/-]*(?:\?[A-Za-z0-9._~!$&'()*+,=:@/?-]+)?"
    r"(?:#[A-Za-z0-9._~!$&'()*+,=:@/?-]+)?"
)
_LABEL = re.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def url(value: str, *, base: str = "") -> str | None:
    """``value`` as an absolute http or https address of at most 2048 characters, else None.

    A relative one is resolved against ``base`` (RFC 3986 5). What a URI can't hold is
    percent-encoded as UTF-8, a host's name becomes ASCII (RFC 5890). Backslashes and line breaks
    are taken as browsers take them (WHATWG URL 4.4), so that what was checked is what is opened.
    A user's name and password are left out.
    """
    if _USUAL.fullmatch(value) and len(value) <= URL_MAX:
        return value
    if "/." not in value and _USUAL_PATH.fullmatch(value) and (own := origin(base)):
        return own + value if len(own + value) <= URL_MAX else None
    value = _BREAKS.sub("", _characters.fit(value)[0]).strip()
    if not value:
        return None
    end = min((at for at in (value.find("?"), value.find("#")) if at >= 0), default=len(value))
    value = value[:end].replace("\\", "/") + value[end:]
    try:
        parts = urlsplit(urljoin(base, value))
        authority = _authority(parts)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or authority is None:
        return None
    whole = urlunsplit((
        parts.scheme,
        authority,
        _quoted(parts.path, _PATH),
        _quoted(parts.query, _QUERY),
        _quoted(parts.fragment, _QUERY),
    ))
    return whole if len(whole) <= URL_MAX else None


@lru_cache(64)
def origin(base: str) -> str:
    """The scheme and host of a base without surprises, "" of any other."""
    found = _ORIGIN.match(base) if _USUAL.fullmatch(base) else None
    return found[0] if found else ""


_ORIGIN = re.compile("https?://[^/?#]*")


#: A user's name, perhaps with a password, before the host of an address; also within HTML.
USERINFO = re.compile(r"(https?:)?[/\\]{2}[^\s\"'<>/\\?#]*@", re.IGNORECASE)


def names_user(value: str) -> bool:
    """Whether an address says who logs in with it; :func:`url` leaves that out."""
    return "@" in value and USERINFO.match(_BREAKS.sub("", value).strip()) is not None


def mailto(value: str) -> str | None:
    """``value`` as a ``mailto:`` address (RFC 6068), None when it is none."""
    value = _BREAKS.sub("", _characters.fit(value)[0]).strip()
    scheme, colon, rest = value.partition(":")
    if not colon or scheme.lower() != "mailto" or "@" not in rest:
        return None
    whole = "mailto:" + _quoted(rest, _QUERY)
    return whole if len(whole) <= URL_MAX else None


def _authority(parts: SplitResult) -> str | None:
    """Host and port in ASCII; None without a host. Raises ValueError on nonsense."""
    host = _host(parts.hostname or "", bracketed="[" in parts.netloc)
    if not host:
        return None
    return f"{host}:{parts.port}" if parts.port is not None else host


def _host(name: str, *, bracketed: bool) -> str | None:
    if bracketed:
        return f"[{ipaddress.IPv6Address(name)}]"
    # The mapping that browsers use before punycode: NFKC and lower case, and the sharp s of
    # German and the final sigma of Greek stay letters of their own (UTS 46, not transitional).
    name = unicodedata.normalize("NFKC", name).lower().replace("。", ".")
    labels = [_label(label) for label in name.removesuffix(".").split(".")]
    ascii_name = ".".join(labels)
    if len(ascii_name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return ascii_name


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _quoted(part: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=safe)


# RFC 3987 2.2, but for the characters that change the direction of text: one_line drops them.
_UCS = "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 15)
)
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_NAME = rf"A-Za-z0-9._~!$&'()*+,;={_UCS}-"
_ENCODED = "%[0-9A-Fa-f]{2}"
_SEGMENTS = rf"(?:[{_NAME}:@/]|{_ENCODED})"
_IRI = re.compile(
    rf"""
    (?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?=.)
    (?:
      //(?:(?:[{_NAME}:]|{_ENCODED})*@)?
      (?P<host>\[[0-9A-Fa-f:.]+\]|(?:[{_NAME}]|{_ENCODED})*)(?::[0-9]*)?
      (?:/{_SEGMENTS}*)?
    | (?!//){_SEGMENTS}*
    )
    (?:\?(?:[{_NAME}:@/?{_PRIVATE}]|{_ENCODED})*)?
    (?:\#(?:[{_NAME}:@/?]|{_ENCODED})*)?
    """,
    re.VERBOSE,
)
#: Schemes that run or open something when a reader takes the name for a link.
_ACTIVE = frozenset({"javascript", "vbscript", "data", "file", "jar", "view-source", "blob"})
#: The name space of the guids made here from ids that are no IRIs (RFC 9562 5.5).
_GUIDS = uuid.UUID("6b0f6c8e-3c0e-5d7a-9a55-0b2f5d6c7e11")


def is_iri(value: str) -> bool:
    """Whether ``value`` is an absolute IRI (RFC 3987 2.2) that nobody runs by mistake."""
    found = _IRI.fullmatch(value)
    if found is None or _characters.one_line(value) != (value, 0):
        return False
    scheme = found["scheme"].lower()
    if scheme in ("http", "https") and not found["host"]:  # RFC 9110 4.2.1
        return False
    return scheme not in _ACTIVE


def without_user(value: str) -> str:
    """An IRI of a web page without user name and password, anything else as it is."""
    found = USERINFO.match(value)
    return value[: value.index("//") + 2] + value[found.end() :] if found and found[1] else value


#: What the names of parameters end with whose values are for one reader alone.
_SECRET = re.compile(r"(token|key|secret|auth|sig|signature|hmac|password|passwd|pwd|pass)\Z", re.I)


def public(value: str) -> str:
    """An address as everybody may have it: without user name and password, and without its query if
    that looks like one.

    >>> public("https://me:secret@example.org/feed?a=1"), public("https://example.org/f?token=x")
    ('https://example.org/feed?a=1', 'https://example.org/f')
    """
    value = without_user(value)
    address, _, query = value.partition("?")
    asked = parse_qsl(query.partition("#")[0].replace(";", "&"), keep_blank_values=True)
    return address if any(_SECRET.search(name) for name, _ in asked) else value


def guid(value: str, *, scope: str = "") -> str:
    """``value`` as a guid: itself when it is an IRI of at most 1024 characters, "" when empty.

    Anything else becomes a ``urn:uuid:`` worked out from it alone, so that the same id gives the
    same guid at every reading, on every machine and under every site address. ``scope`` keeps
    apart the ids of different sources that count "1", "2", "3". A password in it is not published.
    """
    if _USUAL.fullmatch(value) and len(value) <= GUID_MAX:
        return value
    value = without_user(_characters.one_line(value)[0])
    if not value or (len(value) <= GUID_MAX and is_iri(value)):
        return value
    return uuid.uuid5(_GUIDS, f"{scope} {value}".lstrip()).urn
