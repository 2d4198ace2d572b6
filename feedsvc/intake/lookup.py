"""Looks up names in threads that may hang, without holding up anybody.

The system's resolver can't be interrupted. Each look-up has a thread of its own that no exit waits
for; so many at most are under way, those that nobody waits for any more among them.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

#: Gives the IP addresses of a name, as text. Raises OSError where there are none.
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
#: Look-ups under way at once, of one door.
AT_ONCE = 32
#: Those of the whole process, of doors that were closed while they hung too.
_ALL = threading.BoundedSemaphore(4 * AT_ONCE)


class Names:
    """The system's resolver; ``find`` is what each thread calls. Of one event loop."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        find: Callable[[str, int], Sequence[str]] | None = None,
        ceiling: threading.BoundedSemaphore = _ALL,
    ) -> None:
        self._ceiling = ceiling
        self._free = asyncio.Semaphore(at_once)
        self._find = find or system_addresses

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. A wait that is cut leaves its thread to its end."""
        await self._free.acquire()
        if not self._ceiling.acquire(blocking=False):
            self._free.release()
            raise socket.gaierror(socket.EAI_AGAIN, "the system's resolver hangs")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def tell(found: Sequence[str] | None, error: Exception | None) -> None:
            self._free.release()
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found or ())

        def work() -> None:
            found, fault = None, None
            try:
                found = self._find(host, port)
            except Exception as error:  # noqa: BLE001 - told to who waits
                fault = error
            self._ceiling.release()
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell, found, fault)

        try:
            threading.Thread(target=work, daemon=True, name=f"look up {host}").start()
        except BaseException:
            self._ceiling.release()
            self._free.release()
            raise
        return await answer


def system_addresses(host: str, port: int) -> Sequence[str]:
    """What the system says. Raises OSError, also for what can't be a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "no host is named so") from None
    return tuple(
        dict.fromkeys(
            # A scope is one of this machine's links: what is there is not public.
            f"{place[0]}%{place[3]}" if len(place) == 4 and place[3] else str(place[0])
            for *_, place in found
        )
    )
