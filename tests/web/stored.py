"""A site in which every field of every item is an attack, sent by every way in; and a quiet twin.

``m17x`` and the like mark what the seventeenth attack came in with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask.testing import FlaskClient
from hostile.payloads import XSS
from web.harbour import SITE, Clock, settings
from web.people import Browser, signed_in
from werkzeug.test import TestResponse

from feedsvc.config import FeedSection
from feedsvc.service import Service

#: What stands in the place of an attack where none is.
QUIET: tuple[str, ...] = ("quiet words", "more-words", "1 & 2", "a 'b' \"c\"", "x.png")
AT = "https://ok.example/"
#: What a search finds each item by.
FINDABLE = "findable"
#: Articles on the home page.
HOME = 12
#: The attacks, by number, that go where each takes a request or more of its own; of the few that
#: a twin is sent, all.
SOME = frozenset({*range(8), *(int(place * len(XSS) / 203) for place in range(203))})


def program(mark: str, payload: str) -> dict[str, Any]:
    """An item as a program sends it, an attack in each field."""
    return {
        "guid": f"urn:{mark}:{payload}",
        "aliases": [f"urn:former:{mark}:{payload}"],
        "slug": f"{mark}slug {payload}",
        "url": f"{AT}url/{mark}{payload}",
        "external_url": f"{AT}about/{mark}{payload}",
        "title": f"{mark}title {payload}",
        "summary": f"{mark}summary {payload}",
        "content_html": f"<p>{mark}content {FINDABLE}</p>{payload}",
        "authors": [{
            "name": f"{mark}author {payload}"[:190],
            "email": f"{mark}@{payload}",
            "uri": f"{AT}author/{mark}{payload}",
        }],
        "categories": [{
            "term": f"{mark}term {payload}"[:95],
            "label": f"{mark}label {payload}"[:95],
            "scheme": f"{AT}scheme/{mark}{payload}",
        }],
        "language": payload,
        "enclosures": [
            {
                "url": f"{AT}file/{mark}{payload}",
                "title": f"{mark}file {payload}",
                "type": payload,
                "length": 5,
                "duration": 7,
            },
            {"url": f"{AT}sound/{mark}.mp3", "type": f"audio/{payload}", "title": payload},
            {"url": f"{AT}film/{mark}.mp4?{payload}", "type": "video/mp4", "title": payload},
            {"url": f"{AT}picture/{mark}.png#{payload}", "type": "image/png", "title": payload},
        ],
        "image": f"{AT}image/{mark}{payload}",
        "source": {
            "title": f"{mark}source {payload}",
            "url": f"{AT}source/{mark}{payload}",
            "feed_url": f"{AT}feed/{mark}{payload}",
            "guid": f"{mark}sourceid {payload}",
        },
        "via": [{"url": f"{AT}via/{mark}{payload}", "title": f"{mark}via {payload}"}],
        "comments_url": f"{AT}comments/{mark}{payload}",
        "rights": f"{mark}rights {payload}",
        "podcast": {
            "duration": 9,
            "episode": 3,
            "season": 2,
            "explicit": True,
            "transcript": {"url": f"{AT}transcript/{mark}{payload}", "type": payload},
            "chapters": {"url": f"{AT}chapters/{mark}{payload}", "type": payload},
        },
    }  # fmt: skip


def markdown(mark: str, payload: str) -> dict[str, Any]:
    """An item in Markdown: the attack as itself, in a link, in code, as a picture, in a heading."""
    text = (
        f"# {payload}\n\n{mark}content {FINDABLE} {payload}\n\n"
        f"[{payload}]({payload}) ![{payload}]({payload})\n\n<{payload}>\n\n`{payload}`\n\n"
        f"```{payload}\n{payload}\n```\n\n> {payload}\n\n"
        f"[a]: {payload} '{payload}'\n\n| {payload} | b |\n|---|---|\n| {payload} | c |\n\n[a]"
    )
    return {"title": f"{mark}title", "content_markdown": text, "slug": f"{mark}markdown"}


def plain(mark: str, payload: str) -> dict[str, Any]:
    """An item in plain text."""
    text = f"{mark}content {FINDABLE} {payload}"
    return {"title": "", "content_text": text, "slug": f"{mark}text"}


def app(mark: str, payload: str) -> dict[str, Any]:
    """A post as a Micropub client sends it."""
    return {
        "type": ["h-entry"],
        "properties": {
            "name": [f"{mark}title {payload}"],
            "summary": [f"{mark}summary {payload}"],
            "content": [{"html": f"<p>{mark}content {FINDABLE}</p>{payload}"}],
            "category": [f"{mark}term {payload}"[:95]],
            "author": [{
                "type": ["h-card"],
                "properties": {
                    "name": [f"{mark}author {payload}"[:190]],
                    "url": [f"{AT}author/{mark}{payload}"],
                    "email": [f"mailto:{mark}@{payload}"],
                },
            }],
            "photo": [{"value": f"{AT}photo/{mark}{payload}", "alt": f"{mark}alt {payload}"}],
            "featured": [f"{AT}featured/{mark}{payload}"],
            "audio": [f"{AT}audio/{mark}{payload}"],
            "video": [f"{AT}video/{mark}{payload}"],
            "in-reply-to": [f"{AT}about/{mark}{payload}"],
            "location": [{"type": ["h-adr"], "properties": {"name": [payload]}}],
            "mood": [payload],
        },
        "mp-slug": f"{mark}app {payload}",
    }  # fmt: skip


def app_form(mark: str, payload: str) -> dict[str, Any]:
    """A post as a Micropub client sends it in a form, in plain text, about nothing but a page."""
    return {
        "h": "entry",
        "name": f"{mark}title {payload}",
        "content": f"{mark}content {FINDABLE} {payload}",
        "category[]": [f"{mark}term {payload}"[:95], payload[:95]],
        "photo": f"{AT}photo/{mark}{payload}",
        "bookmark-of": f"{AT}about/{mark}{payload}",
        "mp-slug": f"{mark}form {payload}",
    }


def form(mark: str, payload: str) -> dict[str, Any]:
    """The editor's form as somebody fills it in."""
    return {
        "title": f"{mark}title {payload}",
        "text": f"{mark}content {FINDABLE} {payload}",
        "form": "html",
        "summary": f"{mark}summary {payload}",
        "tags": f"{mark}term {payload}"[:95],
        "authors": f"{mark}author {' '.join(payload.split())} {AT}author/{mark}",
        "slug": f"{mark}editor {payload}",
        "external_url": f"{AT}about/{mark}{payload}",
        "image": f"{AT}image/{mark}{payload}",
        "rights": f"{mark}rights {payload}",
        "file_url": f"{AT}file/{mark}{payload}",
        "file_title": f"{mark}file {payload}",
        "file_type": payload,
        "key": f"{mark}key",
    }


def file(mark: str, payload: str) -> tuple[str, str]:
    """An item file: its path, of whose parts none is hidden, and what is in it."""
    payload = payload.replace("\0", "").encode("utf-8", "replace").decode()
    parts = [
        re.sub(r"^[._~]", "x", part).encode()[:200].decode("utf-8", "ignore")
        for part in _UNNAMED.sub("", f"{mark}file {payload}").split("/")
    ]
    front = {
        "title": f"{mark}title {payload}",
        "summary": f"{mark}summary {payload}",
        "slug": f"{mark}named {payload}",
        "url": f"{AT}url/{mark}{payload}",
        "image": f"{AT}image/{mark}{payload}",
        "comments": f"{AT}comments/{mark}{payload}",
        "rights": f"{mark}rights {payload}",
        "authors": [{"name": f"{mark}author {payload}", "uri": f"{AT}author/{payload}"}],
        "tags": [f"{mark}term {payload}"[:95]],
        "enclosures": [{"url": f"{AT}file/{mark}{payload}", "title": payload, "type": payload}],
    }
    lines = "\n".join(
        f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()
    )
    body = f"{mark}content {FINDABLE} {payload}"
    return "/".join(part for part in parts if part) + ".html", f"---\n{lines}\n---\n{body}\n"


def _number(marked: str) -> int:
    """The number of the attack that this was marked with."""
    return int(marked[1 : marked.index("x")])


#: What no name of a file has.
_UNNAMED = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SOUGHT = "sought"


def _count(value: object) -> int:
    """How many texts in it hold the attack."""
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_count, value))
    return int(isinstance(value, str) and _SOUGHT in value)


#: The ways in, with how many fields each sets; of a file its name is one.
WAYS = {
    "program": _count(program("m", _SOUGHT)),
    "markdown": _count(markdown("m", _SOUGHT)),
    "text": _count(plain("m", _SOUGHT)),
    "app": _count(app("m", _SOUGHT)),
    "app_form": _count(app_form("m", _SOUGHT)),
    "editor": _count(form("m", _SOUGHT)),
    "file": 12,
}


@dataclass
class Site:
    """A service with its clients, and the slugs of what was sent, by the way that it came."""

    service: Service
    client: FlaskClient
    person: Browser
    bearer: dict[str, str]
    clock: Clock
    slugs: dict[str, list[str]] = field(default_factory=lambda: {way: [] for way in WAYS})
    #: For each of those slugs the number of its attack.
    numbers: dict[str, list[int]] = field(default_factory=lambda: {way: [] for way in WAYS})
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
        self.slugs[way] = [result["slug"] for result in results]
        self.numbers[way] = [_number(one["slug"]) for one in items]

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

    def fill(self, payloads: Sequence[str]) -> None:
        """Send each attack by each way, those of programs twice, so that there is a history."""
        marked = [(f"m{number}x", payload) for number, payload in enumerate(payloads)]
        self.batch("program", [program(*one) for one in marked])
        again = [
            program(*one)
            | {"summary": f"{one[0]}again {FINDABLE} {one[1]}", "content_html": one[1] + "<p>2"}
            for one in marked
        ]
        self._sent(again)
        some = [one for number, one in enumerate(marked) if number in SOME]
        self.batch("markdown", [markdown(*one) for one in some])
        self.batch("text", [plain(*one) for one in some])
        key = self.person.key("/admin/account")
        for mark, payload in some:
            self._by_app(mark, payload)
            self._by_editor(mark, payload, key)
            if len(self.slugs["editor"]) % (HOME // 3) == 0:
                self._at_home()
        self._by_files(some)

    def _at_home(self) -> None:
        """Keep the home page as it is now; what comes next is newer."""
        self.homes.append(self.get("/"))
        self.clock.forward(minutes=1)

    def _by_files(self, marked: Sequence[tuple[str, str]]) -> None:
        root = self.service.settings.items_path
        for start in range(0, len(marked), HOME):
            for one in marked[start : start + HOME]:
                path, text = file(*one)
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            self.service.sync()
            self._at_home()
        cursor, more = None, True
        while more:
            items, cursor = self.service.store.items(cursor=cursor, limit=200)
            for item in items:
                if found := re.match(r"file:m(\d+)x", item.origin):
                    self.slugs["file"].append(item.slug)
                    self.numbers["file"].append(int(found[1]))
            more = cursor is not None

    def _by_app(self, mark: str, payload: str) -> None:
        body = app(mark, payload)
        made = self.client.post("/micropub", json=body, headers=self.bearer, base_url=SITE)
        if made.status_code == 422:  # an address or content that no item may have
            told = made.json
            assert told
            for wrong in told["errors"]:
                body["properties"].pop(_PROPERTIES.get(wrong["field"], wrong["field"]), None)
            made = self.client.post("/micropub", json=body, headers=self.bearer, base_url=SITE)
        self._took("app", mark, made, 201)
        fields = app_form(mark, payload)
        made = self.client.post("/micropub", data=fields, headers=self.bearer, base_url=SITE)
        self._took("app_form", mark, made, 201)

    def _by_editor(self, mark: str, payload: str, key: str) -> None:
        asked = {"csrf_token": key, "action": "publish", "hold": "0"}
        fields = form(mark, payload)
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
        self.slugs[way].append(unquote(made.headers["Location"].rpartition("/")[2]))
        self.numbers[way].append(_number(mark))

    def everything(self) -> Iterator[tuple[str, str]]:
        """Each item: the way it came, its slug."""
        for way, slugs in self.slugs.items():
            yield from ((way, slug) for slug in slugs)


_PROPERTIES = {"content_html": "content", "image": "photo", "external_url": "in-reply-to"}


@contextmanager
def attacked(root: Path, payloads: Sequence[str] = XSS) -> Iterator[Site]:
    """A site that was sent each of the attacks by each way."""
    from web.conftest import client_of

    (root / "items").mkdir(parents=True)
    clock = Clock()
    main = FeedSection(name="main", page_size=200)
    configured = settings(root, SITE).model_copy(update={"feeds": (main,)})
    service = Service.open(configured, clock=clock)
    try:
        bearer = {"Authorization": f"Bearer {service.access.mint('sender', 'admin')[1]}"}
        site = Site(service, client_of(service), signed_in(service), bearer, clock)
        site.fill(payloads)
        clock.forward(hours=1)
        yield site
    finally:
        service.close()
