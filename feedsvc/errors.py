"""Every error that feedsvc raises on purpose, with its facts as attributes.

    FeedsvcError
    ├── ConfigError          config.toml or the environment says something that can't be
    ├── ItemError            one item, or one item file, can't be taken
    │   └── InvalidFields    with a fault for each field that is wrong
    ├── NotFound             no item, feed, tag or page of that name
    ├── Gone                 it was there and was withdrawn
    ├── TooOften             somebody asks for the same again and again
    ├── Unauthorized         nobody, or nobody known, asks for what is not for everybody
    ├── Forbidden            somebody known asks for what their token or account does not allow
    ├── Conflict             it contradicts what is there: a declared thing, a taken name
    ├── Changed              it was changed meanwhile, by somebody else
    ├── TooLarge             more bytes than are taken
    ├── UnsupportedType      a kind of content that is not taken
    ├── NotAFeed             bytes that no reader of ours takes for a feed
    ├── ParserKilled         a document that takes more time or memory than any has to
    ├── FetchFailed          another server gave no answer that can be taken
    ├── ImportFailed         what was to be imported can't be
    ├── StoreError           the store can't be used
    │   ├── StoreDamaged     its file is not a sound database
    │   ├── StoreTooNew      a newer feedsvc has written it
    │   ├── StoreOutdated    an older feedsvc has written it: `feedsvc migrate`
    │   ├── StoreReadOnly    it, or its folder, can't be written
    │   └── StoreUnavailable it does not answer, or is locked, just now
    └── ServeError           the server can't start (a taken port …)

``exit_status`` is the CLI's (1 the work failed, 2 wrong usage or configuration), ``http_status``
and ``problem`` (the last part of the RFC 9457 problem type) are the web's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal


class FeedsvcError(Exception):
    """The root. Its text is one clear message for the user that says what to do next."""

    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    problem: ClassVar[str] = "internal-error"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the configuration: the key, its value, what is allowed.

    Without a key it is the file as a whole, and ``allowed`` says what is wrong and what to do.
    """

    key: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.key} = {self.value}: {self.allowed}" if self.key else self.allowed


class ConfigError(FeedsvcError):
    """All faults of a configuration at once."""

    exit_status = 2

    def __init__(self, where: str, faults: Sequence[Fault]) -> None:
        self.where = where
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__(f"{where} has {count}:\n{lines}")


class ItemError(FeedsvcError):
    """An item that can't be taken: where it lies, the line (1-based) if known, and why."""

    http_status = 422
    problem = "invalid-item"

    def __init__(self, reason: str, *, where: str = "", line: int | None = None) -> None:
        self.reason = reason
        self.where = where
        self.line = line
        at = where + (f":{line}" if line is not None else "")
        super().__init__(f"{at}: {reason}" if at else reason)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that is wrong: its name as the API spells it (``authors[0].name``), and why."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class InvalidFields(ItemError):
    """All fields at once that can't be as they are given."""

    problem = "invalid-fields"

    def __init__(self, faults: Sequence[FieldFault], *, where: str = "") -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)), where=where)


class NotFound(FeedsvcError):
    http_status = 404
    problem = "not-found"


class Gone(FeedsvcError):
    http_status = 410
    problem = "gone"


class TooOften(FeedsvcError):
    """A client that should wait; ``retry_after`` in seconds. ``reason`` unless it is of a poll."""

    http_status = 429
    problem = "too-often"

    def __init__(self, retry_after: int, reason: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(
            reason
            or "you have asked for this many times without saying what you have already: send the "
            "ETag of the last answer in If-None-Match, which costs nearly nothing and is never "
            f"refused, or ask again in {retry_after} seconds"
        )


class Unauthorized(FeedsvcError):
    """``scheme`` is the way to say who one is (RFC 9110 11.4): Bearer, or Basic for readers."""

    http_status = 401
    problem = "unauthorized"

    def __init__(self, reason: str, *, scheme: str = "Bearer") -> None:
        self.scheme = scheme
        super().__init__(reason)


class Forbidden(FeedsvcError):
    """``scope`` is the one that would do (RFC 6750 3.1), empty where no token would."""

    http_status = 403
    problem = "forbidden"

    def __init__(self, reason: str, *, scope: str = "") -> None:
        self.scope = scope
        super().__init__(reason)


class Conflict(FeedsvcError):
    http_status = 409
    problem = "conflict"


class Changed(FeedsvcError):
    """``revision`` is the one that it has now, None where it is not there."""

    http_status = 412
    problem = "changed-meanwhile"

    def __init__(self, reason: str, *, revision: int | None = None) -> None:
        self.revision = revision
        super().__init__(reason)


class TooLarge(FeedsvcError):
    http_status = 413
    problem = "too-large"


class UnsupportedType(FeedsvcError):
    http_status = 415
    problem = "unsupported-type"


class NotAFeed(FeedsvcError):
    http_status = 422
    problem = "not-a-feed"


class ParserKilled(FeedsvcError):
    """A document that was given up. ``limit`` is what it went beyond, or that its parser broke."""

    http_status = 422
    problem = "not-a-feed"

    def __init__(self, limit: Literal["cpu", "wall", "memory", "crash"], reason: str) -> None:
        self.limit = limit
        super().__init__(reason)


#: Why there is no answer: the rule on addresses, the network, the peer, or a bound of ours.
FetchFault = Literal[
    "address",  # it may not be asked: its IP address, port, scheme or spelling
    "dns",
    "connect",
    "tls",
    "timeout",
    "size",
    "encoding",  # a Content-Encoding that is not taken, or broken gzip
    "redirect",  # too many, a loop, or to where none may lead
    "protocol",  # no HTTP, or a head that is too large
    "truncated",  # a body that ends before its end
]


class FetchFailed(FeedsvcError):
    """No answer of another server. ``url`` is without credentials.

    ``reason`` says nothing of what an answer has in it: it is shown to people.
    """

    http_status = 502
    problem = "fetch-failed"

    def __init__(self, kind: FetchFault, reason: str, *, url: str) -> None:
        self.kind = kind
        self.reason = reason
        self.url = url
        super().__init__(f"{url} can't be fetched: {reason}")


class ImportFailed(FeedsvcError):
    """What somebody wanted to import can't be, for a reason that is no fault of its words."""

    http_status = 422
    problem = "import-failed"


class StoreError(FeedsvcError):
    http_status = 503
    problem = "store-unavailable"


class StoreDamaged(StoreError):
    pass


class StoreTooNew(StoreError):
    pass


class StoreOutdated(StoreError):
    pass


class StoreReadOnly(StoreError):
    http_status = 507
    problem = "store-read-only"


class StoreUnavailable(StoreError):
    pass


class ServeError(FeedsvcError):
    pass
