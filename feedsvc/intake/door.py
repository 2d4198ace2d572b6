"""The one way out of the house: asks other servers, within bounds."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from feedsvc.intake.asking import Answer, Asked, Limits

__all__ = ["Answer", "Asked", "Door", "Limits", "get_now"]


class Door:
    """Asks other servers. An async context manager; one for many requests, of one event loop.

    ``site`` is the address that the User-Agent names, "" for none.
    """

    def __init__(self, limits: Limits, *, site: str = "") -> None:
        self.limits = limits
        self.site = site

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def get(self, asked: Asked) -> Answer:
        """The answer, whatever its status. Raises FetchFailed when there is none."""
        raise NotImplementedError


def get_now(asked: Asked, limits: Limits, *, site: str = "") -> Answer:
    """The same for a command, in an event loop of its own."""
    raise NotImplementedError
