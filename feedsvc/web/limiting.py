"""Who does something too often, counted over all workers (docs/decisions/limits.md).

Of polls only what costs is asked about: a request without validators that is to be answered with
the whole feed. Everything else is as frequent as a client likes.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path

from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
)
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from feedsvc.web.slots import Slots

_WINDOWS: dict[int, type[RateLimitItem]] = {
    60: RateLimitItemPerMinute,
    3600: RateLimitItemPerHour,
    86400: RateLimitItemPerDay,
}
_LINE = 64  #: bits of an IPv6 address that a line has; the rest its machines choose as they like

log = logging.getLogger(__name__)


class Tally:
    """Counts who does what how often. Safe to use from several threads and processes.

    ``path`` is the file that the workers share; without it, or when it can't be used, each counts
    for itself.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._storage = _SlotStorage(_slots(path))
        self._window = FixedWindowRateLimiter(self._storage)
        self._lock = threading.Lock()
        self._told = False

    def hit(self, rate: tuple[int, int], who: str, what: str, now: datetime) -> int | None:
        """Count ``what`` ``who`` does; the seconds to wait when that is too often, else None.

        ``rate`` is how often and per how many seconds: a minute, an hour or a day.
        """
        return self._seconds(self._window.hit, rate, who, what, now)

    def wait(self, rate: tuple[int, int], who: str, what: str, now: datetime) -> int | None:
        """What ``hit`` would answer, without counting."""
        return self._seconds(self._window.test, rate, who, what, now)

    def _seconds(
        self,
        may: Callable[..., bool],
        rate: tuple[int, int],
        who: str,
        what: str,
        now: datetime,
    ) -> int | None:
        item = _WINDOWS[rate[1]](rate[0])
        with self._lock:
            self._storage.now = now.timestamp()
            try:
                if may(item, who, what):
                    return None
                ends, _ = self._window.get_window_stats(item, who, what)
            except OSError as error:  # better one too many than none
                if not self._told:
                    self._told = True
                    log.warning("nothing can be counted for limits just now: %s", error)
                return None
        return max(1, math.ceil(ends - now.timestamp()))


class Limiter:
    """Says when a client may come again. Safe to use from several threads and processes.

    ``rate`` is how often and per how many seconds, None for as often as one likes. ``path`` as for
    the ``tally``, which other limits may share.
    """

    def __init__(self, rate: tuple[int, int] | None, path: Path | None = None) -> None:
        self._rate = rate
        self.tally = Tally(path)

    def retry_after(self, client: str, feed: str, now: datetime) -> int | None:
        """Count a whole fetch of ``feed``; the seconds that the ``client`` has to wait, or None.

        ``client`` is its address. The first fetch within a window is never too much.
        """
        line = line_of(client) if self._rate else None
        if self._rate is None or line is None:
            return None
        return self.tally.hit(self._rate, line, feed, now)


@lru_cache(4096)
def line_of(client: str, *, loopback: bool = False) -> str | None:
    """Whom a limit holds for: an IPv4 address, the network of an IPv6 one; None for nobody.

    Loopback is nobody: behind a proxy on the same machine that is not declared it is everybody;
    unless it is to be told as well.

    >>> line_of("192.0.2.7"), line_of("2001:db8:1:2:3::4"), line_of("::1")
    ('192.0.2.7', '2001:db8:1:2::/64', None)
    """
    try:
        address = ip_address(client)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if (address.is_loopback or address.is_unspecified) and not loopback:
        return None
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _LINE), strict=False))
    return str(address)


def _slots(path: Path | None) -> Slots:
    try:
        return Slots(path)
    except OSError as error:
        log.warning("this worker counts polls by itself: %s", error)
        return Slots()


class _SlotStorage(Storage):
    """Our slots as a storage of the library. ``now`` is set before each call, in Unix seconds."""

    STORAGE_SCHEME = None

    def __init__(self, slots: Slots) -> None:
        super().__init__()
        self._slots = slots
        self.now = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._slots.add(key, amount, expiry, self.now).number

    def get(self, key: str) -> int:
        return self._slots.get(key, self.now).number

    def get_expiry(self, key: str) -> float:
        return self._slots.get(key, self.now).ends

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self._slots.clear()
        return None

    def clear(self, key: str) -> None:
        self._slots.drop(key)
