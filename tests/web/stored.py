"""A site in which every field of every item is an attack, sent by every way in; and a quiet twin.

``m17x`` and the like mark what the seventeenth attack came in with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask.testing import FlaskClient
from hostile.payloads import XSS
from web import attacks
from web.attacks import FINDABLE
from web.harbour import SITE, Clock, settings
from web.people import Browser, signed_in
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection
from feedsvc.intake.importing.orders import Wanted
from feedsvc.model import Enclosure, Item
from feedsvc.service import Service
from feedsvc.store import SourceSpec

#: What stands in the place of an attack where none is.
QUIET: tuple[str, ...] = ("quiet words", "more-words", "1 & 2", "a 'b' \"c\"", "x.png")
#: Articles on the home page.
HOME = 12
#: The attacks, by number, that go where each takes a request or more of its own; of the few that
#: a twin is sent, all.
SOME = frozenset({*range(8), *(int(place * len(XSS) / 203) for place in range(203))})


#: Attacks that are the names of folders in each other.
FOLDERS = 3
#: Attacks that are sent in one item, where none hides another.
TOGETHER = 10


def groups_of(marked: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    for start in range(0, len(marked), TOGETHER):
        yield marked[start : start + TOGETHER]


def _numbers(marked: Iterable[tuple[str, str]]) -> frozenset[int]:
    return frozenset(_number(mark) for mark, _ in marked)


_MARK = re.compile(r"m\d+x(?=content)")


def _number(marked: str) -> int:
    """The number of the attack that this was marked with."""
    return int(marked[1 : marked.index("x")])


#: The ways in: what a program, an app of Micropub or a person sends; files; feeds of others.
SENT = ("program", "markdown", "text", "app", "app_form", "editor")
FILES = {".html": "file", ".md": "file_markdown", ".txt": "file_text"}
FEEDS = {"atom": attacks.atom_feed, "rss": attacks.rss_feed, "json": attacks.json_feed}
WAYS = (*SENT, *FILES.values(), *FEEDS)


@dataclass
class Site:
    """A service with its clients, and the slugs of what was sent, by the way that it came."""

    service: Service
    client: FlaskClient
    person: Browser
    bearer: dict[str, str]
    clock: Clock
    slugs: dict[str, list[str]] = field(default_factory=lambda: {way: [] for way in WAYS})
    #: For each of those slugs the numbers of its attacks.
    numbers: dict[str, list[frozenset[int]]] = field(
        default_factory=lambda: {way: [] for way in WAYS}
    )
    #: Each item, by its slug.
    kept: dict[str, Item] = field(default_factory=dict)
    #: Answers to those who sent something, each with its marker.
    answers: list[tuple[str, TestResponse]] = field(default_factory=list)
    #: The home page with each dozen of the items.
    homes: list[TestResponse] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> TestResponse:
        """As a person who has signed in, or with a token below /api."""
        sent = {"Accept": "text/html", **headers}
        if path.startswith(("/api/", "/micropub")):
            return self.client.get(path, headers={**self.bearer, **headers}, base_url=SITE)
        if path.startswith("/admin"):
            return self.person.get(path, headers=sent, buffered=True)
        return self.client.get(path, headers=sent, base_url=SITE)

    def batch(self, way: str, items: Sequence[dict[str, Any]]) -> None:
        """Send items, and each that is refused once more without what was refused."""
        results: list[dict[str, Any]] = []
        for start in range(0, len(items), HOME):
            results += self._taken(items[start : start + HOME])
            self._at_home()
        for result, item in zip(results, items, strict=True):
            self._note(way, result["slug"], _number(item["slug"]))

    def _taken(self, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        results = self._sent(items)
        for number, result in enumerate(results):
            if result["status"] == 422:
                names = {one["field"].partition("[")[0] for one in result["errors"]}
                less = {name: v for name, v in items[number].items() if name not in names}
                if "" in names:  # NUL in Markdown, which no store keeps
                    less["content_markdown"] = less["content_markdown"].replace("\0", "")
                results[number] = self._sent([{**less, "summary": less.get("summary") or "x"}])[0]
            assert results[number]["status"] in {200, 201}, (results[number], items[number])
        return results

    def _sent(self, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        body = "\n".join(map(json.dumps, items))
        kind = {"Content-Type": "application/x-ndjson"}
        sent = self.client.post(
            "/api/v1/items/batch", data=body, headers={**self.bearer, **kind}, base_url=SITE
        )
        assert sent.status_code == 200
        return [json.loads(line) for line in sent.text.splitlines()]

    def fill(self, payloads: Sequence[str], *, imports: bool) -> None:
        """Send each attack by each way, those of programs twice, so that there is a history."""
        marked = [(f"m{number}x", payload) for number, payload in enumerate(payloads)]
        last = [attacks.program(*one) for one in marked]
        first = [
            item
            | {"summary": f"{mark}first {FINDABLE} {payload}", "content_html": f"{payload}<p>1"}
            for item, (mark, payload) in zip(last, marked, strict=True)
        ]
        self.batch("program", first)
        self._taken(last)
        some = [one for number, one in enumerate(marked) if number in SOME]
        self.batch("markdown", [attacks.markdown(*one) for one in some])
        self.batch("text", [attacks.plain(group) for group in groups_of(some)])
        self.numbers["text"] = [_numbers(group) for group in groups_of(some)]
        key = self.person.key("/admin/account")
        for place, (mark, payload) in enumerate(some):
            self._by_app(mark, payload, () if place % TOGETHER else some[place : place + TOGETHER])
            self._by_editor(mark, payload, key)
            if len(self.slugs["editor"]) % (HOME // 3) == 0:
                self._at_home()
        self._by_files(some)
        if imports:
            self._by_feeds(some)
        self._find()

    def _at_home(self) -> None:
        """Keep the home page as it is now; what comes next is newer."""
        self.homes.append(self.get("/"))
        self.clock.forward(minutes=1)

    def _by_files(self, marked: Sequence[tuple[str, str]]) -> None:
        for start in range(0, len(marked), HOME):
            for place, one in enumerate(marked[start : start + HOME], start):
                group = () if place % FOLDERS else marked[place : place + FOLDERS]
                self._write(*attacks.file(*one, group))
            self.service.sync()
            self._at_home()
        for one in marked:
            self._write(*attacks.file_markdown(*one))
        for group in groups_of(marked):
            self._write(*attacks.file_text(group))
        self.service.sync()

    def _write(self, name: str, text: str) -> None:
        path = self.service.settings.items_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _by_feeds(self, marked: Sequence[tuple[str, str]]) -> None:
        """As an import of what the publisher had elsewhere, which is older than all else here."""
        for way, made in FEEDS.items():
            path = self.service.settings.root / f"{way}.feed"
            path.write_bytes(made(marked))
            wanted = Wanted(str(path), SourceSpec(path.as_uri()), own=True)
            (result,) = self.service.take_once(wanted, lambda _step: None)
            assert result.tally.added == len(marked), (way, result)

    def _find(self) -> None:
        """All items; those that came by files and feeds by what they are called."""
        for item in self.items():
            self.kept[item.slug] = item
            if found := re.fullmatch(r"file:m(\d+)x.*(\.\w+)", item.origin, re.DOTALL):
                way = FILES[found[2]]
                self._note(way, item.slug, int(found[1]))
                if way == "file_text":
                    self.numbers[way][-1] = frozenset(
                        map(_number, _MARK.findall(item.content_html))
                    )
            elif found := re.fullmatch(r"urn:m(\d+)x:(\w+)", item.guid):
                self._note(found[2], item.slug, int(found[1]))

    def _note(self, way: str, slug: str, number: int) -> None:
        self.slugs[way].append(slug)
        self.numbers[way].append(frozenset({number}))

    def items(self) -> Iterator[Item]:
        """All that is kept."""
        cursor, more = None, True
        while more:
            items, cursor = self.service.store.items(cursor=cursor, limit=200)
            yield from items
            more = cursor is not None

    def _by_app(self, mark: str, payload: str, group: attacks.Marked) -> None:
        body = attacks.app(mark, payload, group)
        made = self.client.post("/micropub", json=body, headers=self.bearer, base_url=SITE)
        if made.status_code == 422:  # an address or content that no item may have
            told = made.json
            assert told
            for wrong in told["errors"]:
                body["properties"].pop(_PROPERTIES.get(wrong["field"], wrong["field"]), None)
            made = self.client.post("/micropub", json=body, headers=self.bearer, base_url=SITE)
        self._took("app", mark, made, 201)
        fields = attacks.app_form(mark, payload, group)
        made = self.client.post("/micropub", data=fields, headers=self.bearer, base_url=SITE)
        self._took("app_form", mark, made, 201)

    def _by_editor(self, mark: str, payload: str, key: str) -> None:
        asked = {"csrf_token": key, "action": "publish", "hold": "0"}
        fields = attacks.form(mark, payload)
        shown = self.person.ask("POST", "/admin/preview", data={**asked, **fields})
        self.answers.append((mark, shown))
        wrong = {"language": payload, "feeds": payload, "published": payload, "key": f"{mark}1"}
        for more in (wrong, {}):
            made = self.person.ask("POST", "/admin/items/new", data={**asked, **fields, **more})
            self.answers.append((mark, made))
        if made.status_code == 422:
            fields |= {"text": "", "file_url": ""}
            made = self.person.ask("POST", "/admin/items/new", data={**asked, **fields})
        self._took("editor", mark, made, 303)

    def _took(self, way: str, mark: str, made: TestResponse, status: int) -> None:
        assert made.status_code == status, (way, mark, made.status_code, made.text)
        self.answers.append((mark, made))
        self._note(way, unquote(made.headers["Location"].rpartition("/")[2]), _number(mark))


_PROPERTIES = {"content_html": "content", "image": "photo", "external_url": "in-reply-to"}


@contextmanager
def attacked(root: Path, payloads: Sequence[str] = XSS, *, imports: bool = True) -> Iterator[Site]:
    """A site that was sent each of the attacks by each way. Each import starts a process."""
    from web.conftest import client_of

    (root / "items").mkdir(parents=True)
    clock = Clock()
    main = FeedSection(name="main", page_size=200)
    configured = settings(root, SITE).model_copy(update={"feeds": (main,)})
    service = Service.open(configured, clock=clock)
    try:
        bearer = {"Authorization": f"Bearer {service.access.mint('sender', 'admin')[1]}"}
        site = Site(service, client_of(service), signed_in(service), bearer, clock)
        site.fill(payloads, imports=imports)
        clock.forward(hours=1)
        yield site
    finally:
        service.close()


#: Characters that are words, whatever they are taken for.
_WORDS = re.compile(r"[\w\s:/.,-]*")
#: What readers are not shown.
_KEPT = {"content_markdown", "origin", "aliases"}
Said = tuple[str, str]


def said(item: Item, *, to_readers: bool) -> set[Said]:
    """The values of an item that are not mere words, each with the field that it stands in.

    An enclosure is shown as its kind of file is.
    """
    hidden = _KEPT if to_readers else set()
    shown = {one.name: getattr(item, one.name) for one in fields(item) if one.name not in hidden}
    return {(place, value) for place, value in _values(shown, "") if not _WORDS.fullmatch(value)}


def _values(value: object, place: str) -> Iterator[Said]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, f"{place}.{name}")
    elif is_dataclass(value):
        kind = value.type.partition("/")[0] if isinstance(value, Enclosure) else ""
        yield from _values(
            {f"{kind}{one.name}": getattr(value, one.name) for one in fields(value)}, place
        )
    elif isinstance(value, tuple):
        for inner in value:
            yield from _values(inner, place)
    elif isinstance(value, str):
        yield place, value
