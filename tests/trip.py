"""A foreign feed imported, published and read again, and every change by the rule that made it.

``docs/imports.md`` lists the rules with their reasons; what none of them explains is a fault. A
rule says what must come out, as far as that can be said without the code that does it.
"""

from __future__ import annotations

import dataclasses
import html
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import feedparser

from feedsvc.errors import NotAFeed
from feedsvc.formats import atom, jsonfeed, rss, upstream
from feedsvc.formats.clean import is_iri
from feedsvc.intake import parsing_reading
from feedsvc.model import Author, Category, Feed, Item, Link, direction_of, excerpt, shown_title
from feedsvc.store import Put, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = "https://example.org"
MAKERS = {"RSS": rss, "Atom": atom, "JSON Feed": jsonfeed}

Holds = Callable[[Any, Any, Item, Item], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A way in which a field may change: from what it was to what it is, of these two items."""

    name: str
    holds: Holds


def _squeezed(value: str | None) -> str:
    return "".join(
        char
        for char in value or ""
        if char.isprintable() and not char.isspace() and char != "\ufffd"
    )


def _line(old: str | None, new: str | None, *_: Item) -> bool:
    return _squeezed(old) == _squeezed(new) and "\n" not in (new or "")


def _cut(old: str | None, new: str | None, *_: Item) -> bool:
    return bool(new) and str(new).endswith("…") and _squeezed(old).startswith(_squeezed(new)[:-1])


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _plain(address: str) -> str:
    bare = re.sub(r"//[^/@]*@", "//", unquote(address)).casefold().replace("\\", "/")
    return "".join(bare.split()).rstrip("/").replace(":80/", "/")


def _same_address(old: str | None, new: str | None, base: str) -> bool:
    """Whether an address is the other made absolute and written in ASCII, or rightly dropped."""
    old = (old or "").strip()
    try:
        joined = urljoin(base, old)
    except ValueError:
        joined = ""
    if not new:
        return not old or not _is_web(joined)
    return _plain(new) == _plain(joined) or _plain(old) == _plain(new)


def _address(old: str | None, new: str | None, item: Item, after: Item) -> bool:
    return any(_same_address(old, new, base) for base in (after.url, _BASE))


_BASE = "http://127.0.0.1:8097/tests/feed.xml"


#: Elements that go with all they hold (docs/security.md).
_GONE = re.compile(
    r"<(applet|frameset|head|iframe|math|noembed|noframes|noscript|object|script|select|style"
    r"|svg|template|textarea|title|xmp)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)


def _cleaned(old: str, new: str, *_: Item) -> bool:
    """The words that are seen are the same, and none of what runs or opens something is left."""
    dangerous = r"<(script|style|iframe|object|embed|form|input|svg|math)\b|\son\w+=|javascript:"
    return not re.search(dangerous, re.sub(r'"[^"]*"|>[^<]*', ">", new)) and _seen(old) == _seen(
        new
    )


def _seen(content: str) -> list[str]:
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^<>]*>?", " ", _GONE.sub(" ", content))))


def _authors(old: Sequence[Author], new: Sequence[Author], *_: Item) -> bool:
    names = {_squeezed(one.name)[:180] for one in old}
    names |= {(one.email or "").partition("@")[0] for one in old}
    names |= {(one.uri or "").partition("://")[2].rstrip("/")[:180] for one in old}
    kept = {_squeezed(one.name)[:180].casefold() for one in new}
    lost = {_squeezed(one.name)[:180] for one in old if re.search(r"\w", one.name)}
    return all(_squeezed(one.name)[:180] in names for one in new) and (
        len(new) == 20 or {name.casefold() for name in lost} <= kept
    )


def _categories(old: Sequence[Category], new: Sequence[Category], *_: Item) -> bool:
    terms = {_squeezed(text)[:90] for one in old for text in (one.term, one.label or "")}
    kept = {_squeezed(one.term)[:90].casefold() for one in new}
    lost = {_squeezed(one.term)[:90].casefold() for one in old if re.search(r"\w", one.term)}
    return all(_squeezed(one.term)[:90] in terms for one in new) and (
        len(new) == 20 or lost <= kept
    )


def _files(old: Sequence[Any], new: Sequence[Any], before: Item, after: Item) -> bool:
    """Every file with an address that can be fetched is there, and no other."""
    return all(
        any(_address(one.url, file.url, before, after) for one in old) for file in new
    ) and all(
        _address(one.url, None, before, after)
        or any(_address(one.url, file.url, before, after) for file in new)
        for one in old
    )


def _parts(old: Any, new: Any, before: Item, after: Item) -> bool:
    """A source or what is like it: each address by the rule of addresses, each text on one line."""
    if new is None:
        return all(not value or _address(str(value), None, before, after) for value in _values(old))
    return all(
        one == two or _line(str(one or ""), str(two or "")) or _address(one, two, before, after)
        for one, two in zip(_values(old), _values(new), strict=True)
    )


def _values(value: Any) -> list[Any]:
    return [getattr(value, one.name) for one in dataclasses.fields(value)] if value else []


_LINE = Rule("a plain text is one line of printable characters", _line)
_CUT = Rule("a plain text is cut at its limit", _cut)
_WEB = Rule("an address is absolute, http or https, in ASCII, or goes", _address)
#: What importing may change, field by field.
IMPORT: Mapping[str, tuple[Rule, ...]] = {
    "guid": (
        Rule("a guid that is no IRI becomes one", lambda old, new, *_: _renamed(old, new)),
        Rule(
            "a guid's password goes", lambda old, new, *_: "@" in old and _plain(old) == _plain(new)
        ),
    ),
    "url": (_WEB,),
    "external_url": (
        _WEB,
        Rule("an item is not about itself", lambda old, new, _, item: not new and bool(item.url)),
    ),
    "title": (_LINE, _CUT),
    "summary": (_LINE, _CUT),
    "content_html": (Rule("HTML is cleaned", _cleaned),),
    "authors": (Rule("an author has a name, and comes once", _authors),),
    "categories": (
        Rule("a category can stand in an address, comes once, 20 at most", _categories),
    ),
    "published": (Rule("a year no reader gets right goes", lambda old, new, *_: _far(old, new)),),
    "updated": (Rule("a year no reader gets right goes", lambda old, new, *_: _far(old, new)),),
    "language": (
        Rule(
            "a language tag has its usual capitals",
            lambda old, new, *_: (
                (old or "").strip().replace("_", "-").lower() == (new or "").lower()
            ),
        ),
        Rule(
            "what is no language tag goes",
            lambda old, new, *_: (
                new is None
                and not re.fullmatch(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", old.strip())
            ),
        ),
    ),
    "direction": (
        Rule(
            "a direction follows from the language",
            lambda old, new, _, item: new == direction_of(item.language),
        ),
    ),
    "enclosures": (Rule("a file has an address and a media type, and comes once", _files),),
    "image": (_WEB,),
    "source": (Rule("a source's texts and addresses are clean", _parts),),
    "via": (Rule("who else carries a story has an address", _files),),
    "comments_url": (_WEB,),
    "rights": (_LINE, _CUT),
    "podcast": (Rule("a podcast's numbers are above 0, its addresses clean", _parts),),
}


def _renamed(old: str, new: str) -> bool:
    return new.startswith("urn:uuid:") and not (is_iri(old.strip()) and len(old) <= 1024)


def _far(old: datetime | None, new: datetime | None) -> bool:
    return new is None and old is not None and not 1000 <= old.year <= 2999


LACKS = "the store gives what an item lacks"
_GIVEN = Rule(LACKS, lambda old, new, *_: not old and bool(new))
STORED = dict.fromkeys(("guid", "slug", "url", "published", "updated", "revision"), (_GIVEN,))


def _of_form(form: str) -> Mapping[str, tuple[Rule, ...]]:
    """What a format can't carry (docs/formats.md)."""
    title = Rule(
        "published: an empty title is made of the first words",
        lambda old, new, item, _: not old and new == shown_title(item),
    )
    summary = Rule(
        "published: a summary that says what is shown without one is none",
        lambda old, new, item, _: (
            not new and old in (shown_title(item), excerpt(replace(item, summary="")))
        ),
    )
    names = Rule(
        "published as RSS: an author is a name",
        lambda old, new, *_: new == tuple(Author(one.name) for one in old),
    )
    mail = Rule(
        "published as Atom: an e-mail address has a host with a dot",
        lambda old, new, *_: (
            new
            == tuple(
                one if "." in (one.email or "").partition("@")[2] else replace(one, email=None)
                for one in old
            )
        ),
    )
    labels = Rule(
        "published as RSS: a category has no label",
        lambda old, new, *_: new == tuple(replace(one, label=None) for one in old),
    )
    rules: dict[str, tuple[Rule, ...]] = {"title": (title,), "summary": (summary,)}
    if form == "RSS":
        return rules | {"authors": (names,), "categories": (labels,)}
    return rules | {"authors": (mail,)} if form == "Atom" else rules


@dataclass
class Trips:
    """What came of the documents: counts by rule, and what no rule explains."""

    documents: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)
    _taken: dict[str, Item] = field(default_factory=dict)

    def go(self, name: str, body: bytes) -> None:
        """Take one document on the whole way."""
        self.documents["documents"] += 1
        try:
            parsed = upstream.read(body, url=_BASE)
        except NotAFeed:
            self.documents["no feed"] += 1
            return
        read = parsing_reading.read(body, parsing_reading.Asked(_BASE))
        raw = parsed.completed()
        self._same(f"{name}: entries imported", len(raw), len(read.entries))
        items = []
        for number, (old, entry) in enumerate(zip(raw, read.entries, strict=True)):
            if entry.item is None:
                self.documents["entries refused"] += 1
                continue
            self.documents["entries"] += 1
            self._compare(f"{name} #{number} imported", old, entry.item, IMPORT)
            self._taken.setdefault(entry.item.guid or f"{name} #{number}", entry.item)
            items.append(self._stored(entry.item, number))
        self._publish(name, read.feed, items)

    def keep(self) -> None:
        """Put every entry, one of a guid, into a store, and look at what comes out."""
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{folder}/corpus.db", site_url=SITE, now=NOW)
            outcomes = store.apply([Put(item) for item in self._taken.values()], NOW)
            kept = store.items_of({outcome.guid for outcome in outcomes})
            store.close()
        for (name, item), outcome in zip(self._taken.items(), outcomes, strict=True):
            self.documents["entries stored"] += 1
            self._compare(f"{name} stored", item, kept[outcome.guid], STORED)

    def _stored(self, item: Item, number: int) -> Item:
        """The item with what the store gives to those that lack it."""
        lacks = {
            "guid": item.guid or f"tag:example.org,2026:{number}",
            "url": item.url or f"{SITE}/items/{number}",
            "published": item.published or NOW,
            "updated": item.updated or item.published or NOW,
        }
        for key, value in lacks.items():
            if getattr(item, key) != value:
                self.rules[LACKS] += 1
        return replace(item, **lacks)

    def _publish(self, name: str, feed: Feed, items: list[Item]) -> None:
        # A store has one item of a guid.
        once = list({item.guid: item for item in items}.values())
        if len(once) < len(items):
            self.rules[ONE_GUID] += len(items) - len(once)
        for form, maker in MAKERS.items():
            links = (Link("self", f"{SITE}/feeds/main", maker.MEDIA_TYPE.partition(";")[0]),)
            head = Feed(f"{SITE}/feeds/main", feed.title or "Main", f"{SITE}/", NOW, links=links)
            body = maker.render(head, once)
            back = upstream.read(body, content_type=maker.MEDIA_TYPE)
            self._same(f"{name} as {form}: faults", (), back.faults)
            self._same(f"{name} as {form}: entries", len(once), len(back.items))
            for number, (item, again) in enumerate(zip(once, back.items, strict=False)):
                self._compare(f"{name} #{number} as {form}", item, again, _of_form(form))
            if form != "JSON Feed":
                self._ask_feedparser(f"{name} as {form}, read by feedparser", body, once)

    def _ask_feedparser(self, where: str, body: bytes, items: Sequence[Item]) -> None:
        told = feedparser.parse(io.BytesIO(body), response_headers=_HEADERS)
        self._same(f"{where}: faults", False, bool(told.bozo))
        self._same(
            f"{where}: ids", [i.guid for i in items], [dict(e).get("id") for e in told.entries]
        )
        times = [dict(entry).get("published_parsed") for entry in told.entries]
        expected = [item.published.timetuple()[:6] for item in items if item.published]
        self._same(f"{where}: times", expected, [time and tuple(time[:6]) for time in times])

    def _compare(
        self, where: str, old: Item, new: Item, rules: Mapping[str, tuple[Rule, ...]]
    ) -> None:
        for name, before, after in _differences(old, new):
            for rule in rules.get(name, ()):
                if rule.holds(before, after, old, new):
                    self.rules[rule.name] += 1
                    break
            else:
                self.unexplained.append(f"{where}: {name}: {before!r:.300} -> {after!r:.300}")

    def _same(self, where: str, expected: object, found: object) -> None:
        if expected != found:
            self.unexplained.append(f"{where}: {expected!r:.300} -> {found!r:.300}")


_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def _differences(old: Item, new: Item) -> Iterator[tuple[str, Any, Any]]:
    for one in dataclasses.fields(Item):
        before, after = getattr(old, one.name), getattr(new, one.name)
        if before != after and (before or after):
            yield one.name, before, after


ONE_GUID = "entries of one guid are one item"


def every_rule() -> set[str]:
    """The names of all rules."""
    tables = (IMPORT, STORED, *map(_of_form, MAKERS))
    named = {rule.name for table in tables for rules in table.values() for rule in rules}
    return named | {ONE_GUID}


def over(documents: Mapping[str, bytes]) -> Trips:
    """Every document on the whole way."""
    trips = Trips()
    for name, body in documents.items():
        trips.go(name, body)
    trips.keep()
    return trips
