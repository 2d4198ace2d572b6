"""Requests that are plain to read: a GET or HEAD in one piece, without a body or a second meaning.

Most polls are. Whatever is in any way unusual is left to the server's parser, which knows all of
RFC 9112; so this one may be small and quick, and never has to be lenient.
"""

from __future__ import annotations

from functools import lru_cache
from wsgiref.types import WSGIEnvironment

_END = b"\r\n\r\n"
#: They bring a body or want something else than an answer.
_UNUSUAL = {"Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "Te", "Trailer"}


@lru_cache(maxsize=512)
def _key(name: str) -> str | None:
    """The environment's key of a field; None for what is no plain name, or means more."""
    if not (name.isascii() and name.replace("-", "a").isalnum()) or name.title() in _UNUSUAL:
        return None
    return "HTTP_" + name.upper().replace("-", "_")


def environ_of(data: bytes, peer: str) -> WSGIEnvironment | None:
    """The request as PEP 3333 puts it, as far as a poll needs it; None if it is not plain."""
    if data.find(_END) != len(data) - len(_END):
        return None
    first, *lines = data[: -len(_END)].decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    path, _, protocol = rest.partition(" ")
    if method not in {"GET", "HEAD"} or protocol != "HTTP/1.1" or not _is_plain(path):
        return None
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": protocol,
        "REMOTE_ADDR": peer,
    }
    for line in lines:
        name, colon, value = line.partition(":")
        key = _key(name)
        if key is None or not colon or key in environ:
            return None
        value = value.strip(" \t")
        if not value.isprintable():
            return None
        environ[key] = value
    return environ


def _is_plain(path: str) -> bool:
    return path.isascii() and path.isprintable() and not ("%" in path or "?" in path or "#" in path)
