"""A site in which every field of every item is an attack, sent by every way in; and a quiet twin.

``m17x`` and the like mark what the seventeenth attack came in with.
"""

from __future__ import annotations

import json
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
        "content_html": f"<p>{mark}content</p>{payload}",
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
        f"# {payload}\n\n{mark}content {payload}\n\n[{payload}]({payload}) ![{payload}]({payload})"
        f"\n\n<{payload}>\n\n`{payload}`\n\n```{payload}\n{payload}\n```\n\n> {payload}\n\n"
        f"[a]: {payload} '{payload}'\n\n| {payload} | b |\n|---|---|\n| {payload} | c |\n\n[a]"
    )
    return {"title": f"{mark}title", "content_markdown": text, "slug": f"{mark}markdown"}


def plain(mark: str, payload: str) -> dict[str, Any]:
    """An item in plain text."""
    return {"title": "", "content_text": f"{mark}content {payload}", "slug": f"{mark}text"}


def app(mark: str, payload: str) -> dict[str, Any]:
    """A post as a Micropub client sends it."""
    return {
        "type": ["h-entry"],
        "properties": {
            "name": [f"{mark}title {payload}"],
            "summary": [f"{mark}summary {payload}"],
            "content": [{"html": f"<p>{mark}content</p>{payload}"}],
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
        "content": f"{mark}content {payload}",
        "category[]": [f"{mark}term {payload}"[:95], payload[:95]],
        "photo": f"{AT}photo/{mark}{payload}",
        "bookmark-of": f"{AT}about/{mark}{payload}",
        "mp-slug": f"{mark}form {payload}",
    }


def form(mark: str, payload: str) -> dict[str, Any]:
    """The editor's form as somebody fills it in."""
    return {
        "title": f"{mark}title {payload}",
        "text": f"{mark}content {payload}",
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


#: The ways in, with how many fields each sets.
WAYS = {
    "program": 29,
    "markdown": 1,
    "text": 1,
    "app": 12,
    "app_form": 6,
    "editor": 13,
}


@dataclass
class Site:
    """A service with its clients, and the slugs of what was sent, by the way that it came."""

    service: Service
    client: FlaskClient
    person: Browser
    bearer: dict[str, str]
    slugs: dict[str, list[str]] = field(default_factory=lambda: {way: [] for way in WAYS})
    #: For each of those slugs the number of its attack.
    numbers: dict[str, list[int]] = field(default_factory=lambda: {way: [] for way in WAYS})
    #: Answers to those who sent something, each with its marker.
    answers: list[tuple[str, TestResponse]] = field(default_factory=list)

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
        results = self._sent(items)
        for number, result in enumerate(results):
            if result["status"] == 422:
                names = {one["field"].partition("[")[0] for one in result["errors"]}
                less = {name: v for name, v in items[number].items() if name not in names}
                if "" in names:  # NUL in Markdown, which no store keeps
                    less["content_markdown"] = less["content_markdown"].replace("\0", "")
                results[number] = self._sent([{**less, "summary": less.get("summary") or "x"}])[0]
            assert results[number]["status"] in {200, 201}, (results[number], items[number])
        self.slugs[way] = [result["slug"] for result in results]
        self.numbers[way] = list(range(len(results)))

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
            program(*one) | {"summary": f"{one[0]}again {one[1]}", "content_html": one[1] + "<p>2"}
            for one in marked
        ]
        self.batch("program", again)
        self.batch("markdown", [markdown(*one) for one in marked])
        self.batch("text", [plain(*one) for one in marked])
        key = self.person.key("/admin/account")
        for number, (mark, payload) in enumerate(marked):
            if number not in SOME:
                continue
            self._by_app(mark, payload)
            self._by_editor(mark, payload, key)

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
        self.numbers[way].append(int(mark[1:-1]))

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
        site = Site(service, client_of(service), signed_in(service), bearer)
        site.fill(payloads)
        clock.forward(hours=1)
        yield site
    finally:
        service.close()
