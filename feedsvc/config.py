"""config.toml and the environment, read into :class:`Settings` with every fault at once.

A key of the file can be set by the environment as ``FEEDSVC_SECTION__KEY``; the value is read as
TOML where it is TOML (``true``, ``8080``, ``["a"]``), else as text. Paths in the file are relative
to the file's own folder, so a service does not depend on where it is started.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from feedsvc import model
from feedsvc.errors import ConfigError, Fault

ENV_PREFIX = "FEEDSVC_"
#: Environment variables of ours that are no configuration keys.
_NOT_KEYS = {"FEEDSVC_CONFIG"}


#: What no address may have (RFC 3986 2): white space, control characters and these.
_NO_ADDRESS = re.compile(r'[\x00-\x20\x7f<>"{}|\\^`]')
_HOST = re.compile(r"(?!.*\.\.)[\w.-]+|[0-9a-f]*:[0-9a-f:.]*", re.IGNORECASE)


def _text(value: str) -> str:
    """Plain text without the characters that no feed can carry."""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in value):
        raise ValueError("control characters")
    return value.strip()


def _host(value: str) -> str:
    return str(ipaddress.ip_address({"localhost": "127.0.0.1"}.get(value, value)))


def _http_url(value: str) -> str:
    if _NO_ADDRESS.search(value):
        raise ValueError("characters that no address has")
    parts = urlsplit(value)
    if not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError("no host")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an absolute http(s) address")
    _ = parts.port  # raises ValueError on nonsense
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(_http_url(value))
    if parts.query or parts.fragment or parts.username:
        raise ValueError("more than scheme, host, port and path")
    return value.rstrip("/")


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", value):
        raise ValueError("not a language tag")
    return value


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    """``"90s"``, ``"30m"``, ``"2h"``, ``"1d"`` to a timedelta."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,9})\s*([smhd])", value) if isinstance(value, str) else None
    if not found:
        raise ValueError("not a duration")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _store_url(value: str) -> str:
    if not re.match(r"(sqlite:///.|postgresql(\+psycopg)?://)", value):
        raise ValueError("neither SQLite nor PostgreSQL")
    return value


def _end(value: object) -> object:
    """A day, which ends the feed at its midnight in UTC, or a moment."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError("not a day or a moment")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _rate(value: object) -> object:
    """``"60/hour"`` to how often, and per how many seconds; ``"off"`` to None."""
    if value == "off":
        return None
    found = (
        re.fullmatch(r"([1-9]\d{0,6})/(minute|hour|day)", value) if isinstance(value, str) else None
    )
    if not found:
        raise ValueError("not a rate")
    return (int(found[1]), {"minute": 60, "hour": 3600, "day": 86400}[found[2]])


Text = Annotated[
    str, BeforeValidator(lambda value: _text(value) if isinstance(value, str) else value)
]
Url = Annotated[str, AfterValidator(_http_url)]
Language = Annotated[str, AfterValidator(_language)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Moment = Annotated[datetime, BeforeValidator(_end)]
#: How often, and per how many seconds; None for as often as one likes.
Rate = Annotated[tuple[int, int] | None, BeforeValidator(_rate)]

_URL_ALLOWED = "an absolute http or https address"
_LANGUAGE_ALLOWED = "a language tag such as en, pt-BR or zh-Hant (BCP 47)"
_WORDS_ALLOWED = 'a list of words, for example ["news", "music"]'


class Section(BaseModel):
    """A table of the file. A field's ``description`` says what is allowed, for the error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AuthorSection(Section):
    name: Text = Field(min_length=1, max_length=200, description="a name")
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$", description="an e-mail address")
    uri: Url | None = Field(None, description=_URL_ALLOWED)

    def author(self) -> model.Author:
        """The same as a word of the model."""
        return model.Author(self.name, self.email, self.uri)


class SiteSection(Section):
    title: Text = Field("feedsvc", min_length=1, max_length=500, description="a plain text title")
    url: Annotated[str, AfterValidator(_base_url)] = Field(
        "", description="the public base address, such as https://example.org"
    )
    language: Language = Field("en", description=_LANGUAGE_ALLOWED)
    description: Text = Field("", max_length=2000, description="plain text")
    rights: Text | None = Field(None, max_length=2000, description="plain text")
    author: AuthorSection | None = Field(None, description="{ name, email, uri }")
    image: Url | None = Field(None, description=_URL_ALLOWED + " of a png, jpg or gif picture")
    icon: Url | None = Field(None, description=_URL_ALLOWED + " of a small square picture")


class ServerSection(Section):
    host: Annotated[str, AfterValidator(_host)] = Field(
        "127.0.0.1", description="an IP address to listen on, such as 127.0.0.1 or 0.0.0.0"
    )
    port: int = Field(8000, ge=1, le=65535, description="a whole number from 1 to 65535")
    workers: int = Field(2, ge=1, le=64, description="a whole number from 1 to 64")
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="how many proxies stand in front, from 0 to 10"
    )


class StoreSection(Section):
    url: Annotated[str, AfterValidator(_store_url)] = Field(
        "sqlite:///var/feedsvc.db",
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
    )


class ItemsSection(Section):
    path: str = Field("items", min_length=1, description="the folder of item files")
    watch: bool = Field(True, description="true or false")


class TermsSection(Section):
    tags: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)
    authors: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)
    sources: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)
    languages: tuple[Language, ...] = Field((), description=_LANGUAGE_ALLOWED + ", in a list")
    text: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)

    def terms(self) -> model.Terms:
        """The same as a word of the model."""
        return model.Terms(**self.model_dump())


class WhereSection(Section):
    all: TermsSection = Field(TermsSection(), description="a table of words every item must have")
    any: TermsSection = Field(TermsSection(), description="a table of words, one is enough")
    none: TermsSection = Field(TermsSection(), description="a table of words no item may have")

    def where(self) -> model.Where:
        """The same as a word of the model."""
        return model.Where(self.all.terms(), self.any.terms(), self.none.terms())


FeedName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class FeedSection(Section):
    name: FeedName = Field(
        description="lower-case letters, digits, - and _, up to 64, as it stands in the address",
    )
    title: Text | None = Field(None, min_length=1, max_length=500, description="plain text")
    description: Text | None = Field(None, max_length=2000, description="plain text")
    language: Language | None = Field(None, description=_LANGUAGE_ALLOWED)
    author: AuthorSection | None = Field(None, description="{ name, email, uri }")
    page_size: int = Field(50, ge=1, le=200, description="a whole number from 1 to 200")
    max_bytes: int = Field(
        2 * 1024 * 1024,
        ge=16 * 1024,
        le=8 * 1024 * 1024,
        description="a number of bytes from 16384 to 8388608",
    )
    content: Literal["full", "summary"] = Field("full", description='"full" or "summary"')
    hold: Duration = Field(timedelta(0), description='a time such as "90s", "10m", "2h" or "1d"')
    delta: bool = Field(True, description="true or false")
    formerly: tuple[FeedName, ...] = Field(
        (), description='names that the feed had before, for example ["old-name"]'
    )
    ends: Moment | None = Field(
        None, description="the day or moment of its end, such as 2027-01-31"
    )
    notice: Text | None = Field(
        None, min_length=1, max_length=2000, description="plain text: what to tell its followers"
    )
    where: WhereSection = Field(
        WhereSection(),
        description="tables all, any, none of tags, authors, sources, languages, text",
    )


class LimitsSection(Section):
    polls: Rate = Field((60, 3600), description='a rate such as "60/hour", or "off"')


class Settings(Section):
    """The whole configuration, sound and complete."""

    site: SiteSection = Field(SiteSection(), description="a table: [site]")
    server: ServerSection = Field(ServerSection(), description="a table: [server]")
    store: StoreSection = Field(StoreSection(), description="a table: [store]")
    items: ItemsSection = Field(ItemsSection(), description="a table: [items]")
    feeds: tuple[FeedSection, ...] = Field((), description="[[feeds]] tables with a name each")
    limits: LimitsSection = Field(LimitsSection(), description="a table: [limits]")
    #: The folder that relative paths start from: the configuration file's own.
    root: Path = Field(Path(), exclude=True)

    @model_validator(mode="after")
    def _address_by_default(self) -> Settings:
        """Without a ``site.url`` the service is where it listens: right for one machine."""
        if self.site.url:
            return self
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound
        host = anywhere.get(self.server.host, self.server.host)
        url = f"http://{f'[{host}]' if ':' in host else host}:{self.server.port}"
        return self.model_copy(update={"site": self.site.model_copy(update={"url": url})})

    @property
    def items_path(self) -> Path:
        """The absolute path of the folder of item files."""
        return (self.root / self.items.path).absolute()

    @property
    def store_url(self) -> str:
        """The store's address, a relative SQLite path made absolute."""
        scheme, sqlite, path = self.store.url.partition("sqlite:///")
        return f"{scheme}{sqlite}{(self.root / path).absolute()}" if sqlite else self.store.url

    def all_feeds(self) -> tuple[FeedSection, ...]:
        """Every declared feed; ``main`` comes first and is there even when nobody declares it."""
        declared = {feed.name: feed for feed in self.feeds}
        main = declared.pop(model.MAIN_FEED, None) or FeedSection(name=model.MAIN_FEED)
        return (main, *declared.values())


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration file and the environment.

    Raises ConfigError, which names every fault with its key, value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), [Fault("", "", _MISSING)]) from None
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 text (at byte {error.start}); save it as UTF-8"
        raise ConfigError(str(path), [Fault("", "", reason)]) from None
    except OSError as error:
        reason = f"it can't be read: {(error.strerror or str(error)).lower()}"
        raise ConfigError(str(path), [Fault("", "", reason)]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), [Fault("", "", f"it is not TOML: {error}")]) from None
    faults = [*_overlay(data, environ), *_twice(data.get("feeds"))]
    if "root" in data:  # the one field that is not a key of the file
        faults.append(Fault("root", repr(data["root"]), _unknown("root", Settings)))
    try:
        settings = Settings.model_validate({**data, "root": path.absolute().parent})
    except ValidationError as error:
        faults += [_fault(detail) for detail in error.errors()]
    else:
        if not faults:
            return settings
    raise ConfigError(str(path), faults)


_MISSING = (
    "there is no such file: write one (a [site] table with title and url is enough), "
    "or name another with --config FILE"
)


def _overlay(data: dict[str, Any], environ: Mapping[str, str]) -> Iterator[Fault]:
    """Put the environment's values into ``data``, in place; yield what has no place there."""
    for variable in sorted(environ):
        name = variable.removeprefix(ENV_PREFIX)
        if name == variable or variable in _NOT_KEYS:
            continue
        keys = name.lower().split("__")
        if len(keys) == 1 and keys[0] not in Settings.model_fields:
            continue  # some other program's, or a test's
        place: Any = data
        try:
            for key in keys[:-1]:
                place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
            last: Any = int(keys[-1]) if isinstance(place, list) else keys[-1]
            place[last] = _toml_value(environ[variable])
        except (AttributeError, IndexError, TypeError, ValueError):
            yield Fault(variable, environ[variable], "no key of that name to set")


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _twice(feeds: Any) -> Iterator[Fault]:
    seen: set[Any] = set()
    tables = feeds if isinstance(feeds, list) else []
    for number, feed in enumerate(tables):
        name = feed.get("name") if isinstance(feed, dict) else None
        if isinstance(name, str):
            if name in seen:
                yield Fault(f"feeds[{number}].name", repr(name), "a name only once")
            seen.add(name)


def _fault(detail: Any) -> Fault:
    """One of pydantic's findings in the user's words."""
    section: type[BaseModel] = Settings
    allowed, key = "", ""
    for part in detail["loc"]:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
        if isinstance(part, str) and part in section.model_fields:
            field = section.model_fields[part]
            allowed = field.description or allowed
            section = _section_of(field.annotation) or section
    if detail["type"] == "extra_forbidden":
        allowed = _unknown(str(detail["loc"][-1]), section)
    elif detail["type"] == "missing":
        allowed = f"must be given: {allowed}"
        return Fault(key, "missing", allowed)
    value = detail["input"]
    return Fault(key, repr(value) if not isinstance(value, dict) else "a table", allowed)


def _unknown(key: str, section: type[BaseModel]) -> str:
    known = ", ".join(name for name in section.model_fields if name != "root")
    return f"unknown key {key!r}; known here: {known}"


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _section_of(inner):
            return found
    return None
