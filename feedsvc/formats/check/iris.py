"""Addresses and identifiers: what is wrong with one, in words, and its normal form. Pure."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# What no IRI may hold as it is (RFC 3987 2.2), white space of all kinds included.
_UNFIT = re.compile(r"[\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[^\s:/?#\[\]@!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\]")
_AUTHORITY_END = re.compile(r"[/?#]")
_TAG = re.compile(r"tag:(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:.*", re.ASCII)
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]:[^#\[\]]+(#.*)?", re.IGNORECASE | re.ASCII)
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_PORTS = {"http": "80", "https": "443", "ftp": "21"}

#: The schemes of IANA's list that are met in feeds.
_REGISTERED = frozenset(
    "about acct bitcoin cid data dav dns doi ed2k facetime feed file ftp geo go gopher http https"
    " im imap info ipfs irc ircs lightning magnet mailto maps matrix mid news nfs nntp ni oid opc"
    " payto pop rtmp rtsp service sftp sip sips skype sms snmp spotify ssh steam stun svn tag tel"
    " telnet tftp turn tv urn view-source web+ap wais ws wss xmpp z39.50r".split()
)


def scheme(value: str) -> str:
    """The scheme in lower case, "" when there is none."""
    match = _SCHEME.match(value)
    return match[1].lower() if match else ""


def fault(value: str, *, absolute: bool = True, ascii_only: bool = False) -> str:
    """Why the value is no IRI (RFC 3987), or no URI (RFC 3986) if ``ascii_only``; "" if it is.

    Without ``absolute`` a relative reference will do.
    """
    if not value:
        return "it is empty" if absolute else ""
    if unfit := _UNFIT.search(value):
        return f"it holds {_named(unfit[0])}"
    if _BARE_PERCENT.search(value):
        return "it has a % that no two hexadecimal digits follow"
    if value.count("#") > 1:
        return "it has more than one #"
    if ascii_only and not value.isascii():
        strange = next(char for char in value if not char.isascii())
        return f"it holds {_named(strange)}, which a URI spells with percent signs or punycode"
    found = scheme(value)
    if not found:
        return "it has no scheme such as https:" if absolute else ""
    return _scheme_fault(found, value)


def _scheme_fault(found: str, value: str) -> str:
    if found in _PORTS:
        return _authority_fault(value)
    if found == "tag" and not _TAG.fullmatch(value):
        return "it is no tag: URI such as tag:example.org,2026:name"
    if found == "urn" and not _URN.fullmatch(value):
        return "it is no URN such as urn:isbn:9780141036144"
    if value.lower().startswith("urn:uuid:") and not _UUID.fullmatch(value):
        return "it is no UUID"
    return "" if value.partition(":")[2] else "there is nothing after its scheme"


def _authority_fault(value: str) -> str:
    rest = value.partition(":")[2]
    if not rest.startswith("//"):
        return "there is no // after its scheme"
    end = _AUTHORITY_END.search(rest, 2)
    authority = rest[2 : end.start() if end else None].rpartition("@")[2]
    if end and ("[" in rest[end.start() :] or "]" in rest[end.start() :]):
        return "it has a square bracket, which is written %5B or %5D"
    host, port = authority, ""
    if not authority.endswith("]") and ":" in authority:
        host, _, port = authority.rpartition(":")
    if not host:
        return "it names no host"
    if not _HOST.fullmatch(host):
        return f"{host} is no host name"
    if port and not (port.isascii() and port.isdigit() and int(port[:9]) < 65536):
        return f"{port} is no port"
    return ""


def http_fault(value: str, *, ascii_only: bool = False) -> str:
    """Why the value is no full http or https address; "" if it is one."""
    if value and scheme(value) not in {"http", "https"} and not fault(value, absolute=False):
        return "it does not begin with https:// or http://"
    return fault(value, ascii_only=ascii_only)


def is_known_scheme(value: str) -> bool:
    """Whether the scheme is one that software knows; a typing slip such as htps: is none."""
    return not scheme(value) or scheme(value) in _REGISTERED


def resolved(value: str, base: str | None) -> str:
    """The value made absolute against ``base``; the value itself if that can't be done."""
    try:
        return urljoin(base or "", value)
    except ValueError:
        return value


def normal(value: str) -> str:
    """The form in which two spellings of one IRI are equal (RFC 3986 6.2.2, 6.2.3).

    Case of scheme and host, case and need of percent-encodings, default port, empty path, and
    dot segments. A value that is no URL comes back as it is.
    """
    found = scheme(value)
    if not found:
        return value
    value = _percent_normal(value)
    if found not in _PORTS:
        return found + value[len(found) :]
    try:
        parts = urlsplit(value)
    except ValueError:
        return value
    user, at, host = parts.netloc.rpartition("@")
    user, at = ("", "") if user in {"", ":"} else (user, at)
    host = host.lower().removesuffix(":").removesuffix(f":{_PORTS[found]}")
    path = _without_dots(parts.path) or "/"
    normal_parts = parts._replace(scheme=found, netloc=user + at + host, path=path)
    shown = normal_parts.geturl()
    # urlsplit forgets an empty query or fragment.
    return shown + value[-1] if value[-1:] in {"?", "#"} else shown


def is_served_at(value: str, url: str | None) -> bool:
    """Whether the address is the one that was asked; True when it was not asked on the web."""
    if scheme(url or "") not in {"http", "https"}:
        return True
    return normal(value).partition("#")[0] == normal(url or "").partition("#")[0]


def _percent_normal(value: str) -> str:
    def one(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        unreserved = char.isascii() and (char.isalnum() or char in "-._~")
        return char if unreserved else match[0].upper()

    return re.sub(r"%([0-9A-Fa-f]{2})", one, value)


def _without_dots(path: str) -> str:
    if "." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
            kept.extend([""] if last else [])
        elif segment == ".":
            kept.extend([""] if last else [])
        else:
            kept.append(segment)
    return "/".join(kept)


def _named(char: str) -> str:
    if char == " ":
        return "a space"
    if char.isspace():
        return "a line break or a tab"
    return f'"{char}"' if char.isprintable() else f"the character U+{ord(char):04X}"
