"""The tables of config.toml: their keys, defaults and what is allowed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from feedsvc import model
from feedsvc.config.values import (
    BaseUrl,
    Duration,
    FeedName,
    Host,
    Language,
    Moment,
    Network,
    Ports,
    Rate,
    StoreUrl,
    Text,
    Url,
    Wait,
)
from feedsvc.where import Terms, Where

_URL_ALLOWED = "an absolute http or https address"
_LANGUAGE_ALLOWED = "a language tag such as en, pt-BR or zh-Hant (BCP 47)"
_LONGEST = timedelta(days=365)
#: The shape of an e-mail address. Rust, ECMA-262 and Python differ on what white space is; to
#: programs that go by the OpenAPI document it must mean what it means here.
EMAIL = r"^[^@\s\x1c-\x1f\x85\ufeff]+@[^@\s\x1c-\x1f\x85\ufeff]+$"
_WORDS_ALLOWED = 'a list of words, for example ["news", "music"]'


class Section(BaseModel):
    """A table of the file. A field's ``description`` says what is allowed, for the error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AuthorSection(Section):
    name: Text = Field(min_length=1, max_length=200, description="a name")
    email: str | None = Field(None, pattern=EMAIL, description="an e-mail address")
    uri: Url | None = Field(None, description=_URL_ALLOWED)

    def author(self) -> model.Author:
        """The same as a word of the model."""
        return model.Author(self.name, self.email, self.uri)


class SiteSection(Section):
    title: Text = Field("feedsvc", min_length=1, max_length=500, description="a plain text title")
    url: BaseUrl = Field("", description="the public base address, such as https://example.org")
    language: Language = Field("en", description=_LANGUAGE_ALLOWED)
    description: Text = Field("", max_length=2000, description="plain text")
    rights: Text | None = Field(None, max_length=2000, description="plain text")
    author: AuthorSection | None = Field(None, description="{ name, email, uri }")
    image: Url | None = Field(None, description=_URL_ALLOWED + " of a png, jpg or gif picture")
    icon: Url | None = Field(None, description=_URL_ALLOWED + " of a small square picture")


class ServerSection(Section):
    host: Host = Field(
        "127.0.0.1", description="an IP address to listen on, such as 127.0.0.1 or 0.0.0.0"
    )
    port: int = Field(8000, ge=1, le=65535, description="a whole number from 1 to 65535")
    workers: int = Field(2, ge=1, le=64, description="a whole number from 1 to 64")
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="how many proxies of yours stand in front, from 0 to 10"
    )


class StoreSection(Section):
    url: StoreUrl = Field(
        "sqlite:///var/feedsvc.db",
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
    )
    media: str = Field("var/media", min_length=1, description="the folder of uploaded files")


class ItemsSection(Section):
    path: str = Field("items", min_length=1, description="the folder of item files")
    watch: bool = Field(True, description="true or false")


class TermsSection(Section):
    tags: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)
    authors: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)
    sources: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)
    languages: tuple[Language, ...] = Field((), description=_LANGUAGE_ALLOWED + ", in a list")
    text: tuple[str, ...] = Field((), description=_WORDS_ALLOWED)

    def terms(self) -> Terms:
        """The same as a word of the model."""
        return Terms(**self.model_dump())


class WhereSection(Section):
    all: TermsSection = Field(TermsSection(), description="a table of words every item must have")
    any: TermsSection = Field(TermsSection(), description="a table of words, one is enough")
    none: TermsSection = Field(TermsSection(), description="a table of words no item may have")

    def where(self) -> Where:
        """The same as a word of the model."""
        return Where(self.all.terms(), self.any.terms(), self.none.terms())


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
    private: bool = Field(False, description="true or false")
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


class SourceSection(Section):
    url: Url = Field(description="the absolute http or https address of a feed")
    name: Text = Field("", max_length=200, description="what to call it; its own title by default")
    into: FeedName | None = Field(None, description="the name of the feed that takes its items")
    every: Duration = Field(
        timedelta(hours=1),
        gt=timedelta(0),
        le=_LONGEST,
        description='a time up to "365d", such as "30m" or "1h"; no source is asked more '
        "often than every 15 minutes",
    )
    trust: Literal["publish", "review"] = Field("publish", description='"publish" or "review"')
    veto: Duration | None = Field(
        None,
        le=_LONGEST,
        description='a time up to "365d", such as "6h", after which what is under '
        "review goes out by itself",
    )
    where: WhereSection = Field(
        WhereSection(),
        description="tables all, any, none of tags, authors, sources, languages, text",
    )


class LimitsSection(Section):
    polls: Rate = Field((60, 3600), description='a rate such as "60/hour", or "off"')
    writes: Rate = Field((600, 60), description='a rate such as "600/minute", or "off"')
    media: int = Field(
        512 * 1024 * 1024,
        ge=64 * 1024,
        le=16 * 1024**3,
        description="a number of bytes from 65536 to 17179869184",
    )
    allow_networks: tuple[Network, ...] = Field(
        (), description='a list of networks or addresses such as ["10.1.2.0/24", "fd00::7"]'
    )
    allow_ports: Ports = Field(
        (80, 443, 8080, 8443),
        description="a list of whole numbers from 1 to 65535, such as [80, 443]",
    )
    fetch_size: int = Field(
        5 * 1024 * 1024,
        ge=16 * 1024,
        le=20 * 1024 * 1024,
        description="a number of bytes from 16384 to 20971520",
    )
    fetch_time: Wait = Field(timedelta(seconds=30), description='a time from "1s" to "10m"')
    fetches: int = Field(8, ge=1, le=100, description="a whole number from 1 to 100")
    fetch_items: int = Field(200, ge=1, le=10_000, description="a whole number from 1 to 10000")
    source_items: int = Field(
        1000, ge=10, le=1_000_000, description="a whole number from 10 to 1000000"
    )
    source_age: Duration = Field(
        timedelta(days=365),
        ge=timedelta(days=1),
        le=timedelta(days=36_500),
        description='a time of a day or more, such as "365d"',
    )


class Settings(Section):
    """The whole configuration, sound and complete."""

    site: SiteSection = Field(SiteSection(), description="a table: [site]")
    server: ServerSection = Field(ServerSection(), description="a table: [server]")
    store: StoreSection = Field(StoreSection(), description="a table: [store]")
    items: ItemsSection = Field(ItemsSection(), description="a table: [items]")
    feeds: tuple[FeedSection, ...] = Field((), description="[[feeds]] tables with a name each")
    sources: tuple[SourceSection, ...] = Field((), description="[[sources]] tables with a url each")
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
    def media_path(self) -> Path:
        """The absolute path of the folder of uploaded files."""
        return (self.root / self.store.media).absolute()

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
