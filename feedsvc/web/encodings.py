"""Which content coding an ``Accept-Encoding`` header gets (RFC 9110 12.5.3), on values alone."""

from __future__ import annotations

from functools import lru_cache

from feedsvc.publish.document import Coding
from feedsvc.web.negotiation import weighted

#: What we can send, the smallest and quickest to unpack first: so much for equal qualities.
OFFERED: tuple[Coding, ...] = ("br", "zstd", "gzip")

#: RFC 9110 8.4.1.3: an older name of the same coding.
_SAME_AS = {"x-gzip": "gzip"}
#: Longer headers are read each time instead of being remembered.
_REMEMBERED = 200


def choose(accept: str | None, offered: tuple[Coding, ...] = OFFERED) -> Coding | None:
    """The coding to send, None when not even ``identity`` is acceptable.

    The best quality wins, then the order of ``offered``; ``identity`` only wins where the client
    gives it more than any coding, or takes none. Without the header everything is acceptable, and
    what everybody can read is sent. ``*`` stands for gzip and no other: who names no coding is
    hardly able to read the newer ones.
    """
    if accept is None:
        return "identity"
    return (_known if len(accept) <= _REMEMBERED else _chosen)(accept, offered)


def _chosen(accept: str, offered: tuple[Coding, ...]) -> Coding | None:
    given = _qualities(accept)
    other = given.get("*")
    best: Coding | None = None
    most = 0.0
    for coding in offered:
        quality = given.get(coding, other if coding == "gzip" else None) or 0.0
        if quality > most:
            best, most = coding, quality
    plain = given.get("identity", other)
    if plain is not None and plain > most:
        return "identity"
    return best or ("identity" if plain is None else None)


def _qualities(accept: str) -> dict[str, float]:
    """Coding to quality. Of several for one coding the least counts: rather too long an answer
    than an unreadable one."""
    given: dict[str, float] = {}
    for name, quality in weighted(accept):
        coding = _SAME_AS.get(name, name)
        given[coding] = min(quality, given.get(coding, 1.0))
    return given


_known = lru_cache(maxsize=512)(_chosen)
