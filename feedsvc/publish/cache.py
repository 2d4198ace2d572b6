"""What was made already, and one maker at a time for each thing that is to be made."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Something that knows its bytes, which may become more while it is kept."""

    @property
    def size(self) -> int: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Sized)


class Cache(Generic[K, V]):
    """The things that were used last, up to a number and a sum of bytes. Thread-safe.

    The newest one is kept however large it is.
    """

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """What is kept under the key."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> None:
        """Keep it, and let go of what was not used for longest."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            # Counted anew each time: documents grow by the codings that somebody asked for.
            total = sum(kept.size for kept in self._kept.values())
            while len(self._kept) > 1 and (
                len(self._kept) > self._most or total > self._most_bytes
            ):
                total -= self._kept.popitem(last=False)[1].size

    @property
    def size(self) -> int:
        """The bytes of all that is kept."""
        with self._lock:
            return sum(kept.size for kept in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)


class Turns:
    """A lock for each thing that is just being made; nobody waits for the making of another."""

    def __init__(self) -> None:
        self._making: dict[Hashable, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of(self, key: Hashable) -> Iterator[bool]:
        """Wait until nobody else makes this, then be the one who does; gives whether one did."""
        with self._lock:
            turn, waiting = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = (turn, waiting + 1)
        try:
            with turn:
                yield waiting > 0
        finally:
            with self._lock:
                _, waiting = self._making[key]
                if waiting > 1:
                    self._making[key] = (turn, waiting - 1)
                else:
                    del self._making[key]
