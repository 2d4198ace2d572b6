"""Reading foreign documents in child processes that can be killed (parsing_child.py).

Parsers written in C and Rust meet bytes that anybody can send: some of them take minutes, or all
memory, and some day one of them is taken over. So none of that happens in the service itself.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from feedsvc.errors import ParserKilled
from feedsvc.intake.one_core import OneCore
from feedsvc.intake.parsing_child import MEMORY
from feedsvc.intake.parsing_process import ChildProcess
from feedsvc.intake.parsing_reading import Asked, scope_of
from feedsvc.intake.parsing_values import Kind, ReadEntry, ReadFeed

__all__ = ["Kind", "ParserKilled", "Parsers", "ReadEntry", "ReadFeed", "scope_of"]


class Parsers:
    """Children that read documents, ``children`` at the same time.

    One document may take ``wall`` seconds, ``cpu`` seconds of processor time and ``memory`` bytes,
    and its entries may have ``size`` bytes as JSON. The first child is started with the first
    document, another one as soon as one is worn out or dead. To be closed.

    ``core`` is shared with whoever else computes for long, where there is but one.
    """

    def __init__(
        self,
        children: int = 1,
        *,
        wall: float = 20.0,
        cpu: int = 10,
        size: int = 8 * 1024 * 1024,
        memory: int = MEMORY,
        core: OneCore | None = None,
    ) -> None:
        self._cpu, self._size = cpu, size
        self._core = core or OneCore()
        self._new = partial(ChildProcess, wall, memory)
        self._turns = threading.BoundedSemaphore(children)
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="parsing")
        self._lock = threading.Lock()
        self._idle: list[ChildProcess] = []
        self._busy: set[ChildProcess] = set()
        self._closed = False

    async def read(
        self,
        body: bytes,
        content_type: str | None,
        url: str,
        *,
        most: int | None = None,
        scope: str = "",
        kinds: tuple[str, ...] = ("post",),
    ) -> ReadFeed:
        """The document that was found at ``url``, clean, with at most the ``most`` newest entries.

        ``scope`` keeps apart the ids of feeds that count "1", "2", "3"; without one it is made of
        ``url`` (:func:`scope_of`). ``kinds`` are the post types taken of an export of WordPress.
        Raises NotAFeed, and ParserKilled for what took too much.
        """
        asked = partial(self.read_now, body, content_type, url, most=most, scope=scope, kinds=kinds)
        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)

    def read_now(
        self,
        body: bytes,
        content_type: str | None,
        url: str,
        *,
        most: int | None = None,
        scope: str = "",
        kinds: tuple[str, ...] = ("post",),
    ) -> ReadFeed:
        """The same, for whoever may wait."""
        asked = Asked(url, content_type, scope, most, self._size, self._cpu, kinds)
        with self._turns:
            child = self._take()
            try:
                with self._core.turn():
                    return child.ask(body, asked)
            finally:
                self._give_back(child)

    def start(self) -> None:
        """Start a child ahead of the first document."""
        with self._lock:
            if not self._idle and not self._closed:
                self._idle.append(self._new())

    def close(self) -> None:
        """Kill the children; whoever waits for one hears that it died."""
        with self._lock:
            self._closed = True
            for child in self._idle:
                child.kill()
            for child in self._busy:
                child.stop()
            self._idle.clear()
        self._threads.shutdown(cancel_futures=True)

    def _take(self) -> ChildProcess:
        with self._lock:
            if self._closed:
                raise ParserKilled("crash", "the service is about to end")
            while self._idle:
                child = self._idle.pop()
                if child.is_fit:
                    break
                child.kill()
            else:
                child = self._new()
            self._busy.add(child)
            return child

    def _give_back(self, child: ChildProcess) -> None:
        with self._lock:
            self._busy.discard(child)
            if self._closed:
                child.kill()
                return
            if not child.is_fit:
                child.kill()
                child = self._new()  # ahead of the next document
            self._idle.append(child)
