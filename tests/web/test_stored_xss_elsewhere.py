"""What else somebody can name: feeds, tokens, accounts, files, programs; addresses that are wrong.

Each with every attack, shown by the pages that show it, read as in ``test_stored_xss``.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hostile import documents
from hostile.pages import Page
from hostile.payloads import ADDRESSES, XSS
from web.conftest import client_of
from web.harbour import PICTURE, SITE, Clock, opened
from web.people import Browser, signed_in
from web.stored import SOME
from werkzeug.test import TestResponse

from feedsvc.errors import FeedsvcError
from feedsvc.model import Item
from feedsvc.publish.document import Target
from feedsvc.service import Service
from feedsvc.store import Put
from feedsvc.web import counting

_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?|")
#: What `check` says of a feed, where a list goes on, that something was not taken over: these are
#: not there on each page.
_OFTEN = re.compile(
    r"details\[class=findings\]|nav\[aria-label,class=pager\]|span\[class=status (good|warning)\]"
    r"|p\[class=message warning,role=status\]$"
)
#: What no field of a feed may hold.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff\ufffd\ud800-\udfff]")
#: Attacks that one page shows at once.
TOGETHER = 48


@pytest.fixture
def stocked(fresh: Service) -> Service:
    """A site with an article."""
    item = Item(slug="open", title="Open", content_html="<p>x</p>")
    fresh.store.apply([Put(item)], fresh.now())
    return fresh


@pytest.fixture
def person(stocked: Service) -> Browser:
    return signed_in(stocked)


@pytest.fixture
def client(stocked: Service) -> FlaskClient:
    return client_of(stocked)


def bearer(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.access.mint('sender', 'admin')[1]}"}


def judged(answer: TestResponse, quiet: set[str] | None = None) -> Page | None:
    """The page, if it is one; whatever it is, its headers are sound."""
    for name, value in answer.headers.items():
        assert _VALUE.fullmatch(value), (name, value)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.mimetype != "text/html":
        if answer.mimetype.endswith("json"):
            assert documents.members(answer.data)[1] == []
        return None
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = Page(answer.text)
    assert page.faults() == ()
    if quiet is not None:
        assert {one for one in page.shapes() if not _OFTEN.search(one)} - quiet == set()
    return page


def shapes(answer: TestResponse) -> set[str]:
    assert answer.status_code < 500, answer.text
    return set(Page(answer.text).shapes())


def groups() -> Iterator[list[tuple[str, str]]]:
    marked = [(f"m{number}x", payload) for number, payload in enumerate(XSS)]
    for start in range(0, len(marked), TOGETHER):
        yield marked[start : start + TOGETHER]


# Feeds that are made


OF_FEEDS = ["/", "/opml.xml", "/nowhere", "/admin/feeds", "/admin/items/new", "/admin/subscribers"]
OF_FEED = ["/feeds/{}", "/admin/feeds/{}"]
FORMS = ("rss", "atom", "json")


def feed(name: str, attacks: list[str], *, private: bool = False) -> dict[str, object]:
    """A feed with some attacks, one after the other in each of its texts."""
    title = " ".join(attacks)
    parts = [one[:90] for one in attacks]
    return {
        "name": name,
        "title": title,
        "description": f"{title} described",
        "notice": f"{title} noticed",
        "author": {
            "name": title,
            "email": re.sub(r"[@\s]", "", title) + "@b.example",
            "uri": f"https://ok.example/{title}",
        },
        "language": title,
        "ends": "2027-01-01",
        "where": {"none": {"tags": parts, "text": parts, "authors": parts}},
        "private": private,
    }


def titles(longest: int) -> Iterator[list[str]]:
    """The attacks that go where each takes requests of its own, as many as a title has room for."""
    group: list[str] = []
    for number in sorted(SOME):
        one = f"m{number}x {XSS[number]}"
        if group and len(" ".join([*group, one])) > longest:
            yield group
            group = []
        group.append(one)
    yield group


def without(sent: dict[str, Any], answer: TestResponse) -> dict[str, Any]:
    """The feed without what is refused of it, and with its texts as they can be kept."""
    kept = {
        name: _CONTROL.sub("", value) if isinstance(value, str) else dict(value)
        if isinstance(value, dict) else value for name, value in sent.items()
    }  # fmt: skip
    told = answer.json
    assert told
    for wrong in told["errors"]:
        name, _, inner = re.sub(r"\[.*", "", wrong["field"]).partition(".")
        if name == "author":
            kept[name].pop(inner if inner != "name" else "", None)
        elif name not in {"title", "description", "notice"}:
            kept.pop(name, None)
    kept["author"] = {name: _CONTROL.sub("", value) for name, value in kept["author"].items()}
    return kept


def test_feeds_that_somebody_makes(  # noqa: C901  # one walk through all their places
    stocked: Service, client: FlaskClient, person: Browser
) -> None:
    shown = bearer(stocked)
    html = {"Accept": "text/html"}

    def get(path: str) -> TestResponse:
        if path.startswith("/admin"):
            return person.get(path, headers=html, buffered=True)
        return client.get(path, headers=html if "." not in path else {}, base_url=SITE)

    names = [f"f{number}" for number in range(16)]
    quiet: dict[str, set[str]] = {}
    for private in (True, False):
        made = client.post(
            "/api/v1/feeds", json=feed(f"q{private}".lower(), ["quiet"], private=private),
            headers=shown, base_url=SITE,
        )  # fmt: skip
        assert made.status_code == 201, made.text
    for path in (*OF_FEEDS, *(path.format("qfalse") for path in OF_FEED)):
        name = path.replace("qfalse", "{}")
        both = (path, path.replace("qfalse", "qtrue")) if path.startswith("/admin") else (path,)
        quiet[name] = set()
        for one in () if path.endswith(".xml") else both:
            quiet[name] |= shapes(get(one))
    for form in FORMS:
        answer = get(f"/feeds/qfalse.{form}")
        judge = documents.members if form == "json" else documents.xml
        quiet[form] = judge(answer.data)[0]
    count: Counter[str] = Counter()
    groups = list(enumerate(titles(190)))
    for start in range(0, len(groups), len(names)):
        for name, (place, group) in zip(names, groups[start : start + len(names)], strict=False):
            sent = feed(name, group, private=place % 40 == 2)
            path = f"/api/v1/feeds{f'/{name}' if start else ''}"
            ask = client.put if start else client.post
            answer = ask(path, json=sent, headers=shown, base_url=SITE)
            if answer.status_code == 422:  # what no feed can have
                judged(answer)
                answer = ask(path, json=without(sent, answer), headers=shown, base_url=SITE)
            assert answer.status_code in {200, 201}, answer.text
            judged(answer)
            for shape in OF_FEED:
                answer = get(shape.format(name))
                if answer.status_code == 200:
                    assert judged(answer, quiet[shape]) is not None
                    count[shape] += sum(one.partition(" ")[0] in answer.text for one in group)
            for form in FORMS:
                answer = get(f"/feeds/{name}.{form}")
                if answer.status_code == 200:
                    judge = documents.members if form == "json" else documents.xml
                    found, faults = judge(answer.data)
                    assert faults == []
                    # That the article has left the feed is told as a rule may want it.
                    new = {one for one in found - quiet[form] if "deleted" not in one}
                    assert new == set(), group
                    count[form] += len(group)
        for path in OF_FEEDS:
            answer = get(path)
            if path.endswith(".xml"):
                assert documents.xml(answer.data)[1] == []
            else:
                judged(answer, quiet[path])
            count[path] += len(set(re.findall(r"m\d+x", answer.text)))
    for place in (*OF_FEED, *FORMS, "/", "/opml.xml", "/admin/feeds"):
        assert count[place] >= 200, place


# Tokens, accounts, files, programs


def test_names_of_tokens(stocked: Service, person: Browser) -> None:
    page = "/admin/subscribers"

    def send(name: str, scope: str) -> TestResponse:
        fields = {"csrf_token": key, "name": name, "scope": scope, "lasts": "30"}
        return person.ask("POST", page, data=fields, buffered=True)

    key = person.key(page)
    quiet = shapes(send("quiet", "write")) | shapes(send("quiet", "admin"))
    quiet |= shapes(send("", "admin")) | shapes(send("quiet", "none"))
    stocked.access.revoke(stocked.store.tokens()[0].id)
    quiet |= shapes(person.get(page, buffered=True))
    for mark, payload in next(groups())[:12]:  # whose token is shown, or why there is none
        judged(send(f"{mark} {payload}"[:60], "write"), quiet)
    for mark, payload in (one for group in groups() for one in group):
        try:
            stocked.access.mint(f"{mark} {payload}"[:60], "write", created_by=payload)
        except FeedsvcError as error:
            assert "<" not in str(error)
    found = judged(person.get(page, buffered=True), quiet)
    assert found
    assert len(set(re.findall(r"m\d+x", found.text()))) >= 200
    judged(client_of(stocked).get("/api/v1/tokens", headers=bearer(stocked), base_url=SITE))


def test_names_of_accounts_and_their_browsers(stocked: Service, person: Browser) -> None:
    stocked.access.begin_session("jane", "quiet")
    quiet = shapes(person.get("/admin/account", buffered=True))
    invited = person.send("/admin/account/invitations", {}, form="/admin/account")
    quiet |= shapes(invited)
    for mark, payload in ((m, p) for group in groups() for m, p in group):
        stocked.access.begin_session("jane", f"{mark} {payload}")
    page = judged(person.get("/admin/account", buffered=True), quiet)
    assert page
    assert len(set(re.findall(r"m\d+x", page.text()))) >= 200
    guest = Browser(client_of(stocked))
    forms = shapes(guest.get("/admin/sign-in"))
    code = stocked.access.invite()
    key = guest.key(f"/admin/setup?code={code}")
    for number, payload in ((number, XSS[number]) for number in sorted(SOME)):
        # Whoever is refused is shown the name again.
        guest.address = f"198.51.{number // 250}.{number % 250 + 1}"
        fields = {"csrf_token": key, "code": code, "name": payload, "password": "x", "again": "y"}
        judged(guest.ask("POST", "/admin/setup", data=fields, buffered=True))
        judged(guest.get(f"/admin/sign-in?next={quote(payload)}", buffered=True), forms)
        judged(guest.get(f"/admin/setup?code={quote(payload)}", buffered=True))
        with pytest.raises(FeedsvcError):
            stocked.access.accept(code, payload + "<", "a long and quiet passphrase")


def test_names_of_files(stocked: Service, person: Browser, client: FlaskClient) -> None:
    page, shown = "/admin/media", bearer(stocked)
    key = person.key(page)

    def send(names: list[str], data: bytes) -> TestResponse:
        files = [(io.BytesIO(data + bytes([n])), name, "image/png") for n, name in enumerate(names)]
        fields = {"csrf_token": key, "file": files}
        return person.ask("POST", page, data=fields, buffered=True, follow_redirects=True)

    quiet = shapes(send(["quiet.png", "quiet two.png"], PICTURE)) | shapes(send(["x"], b"nothing"))
    quiet |= shapes(person.get(f"{page}?q=none", buffered=True))
    seen: set[str] = set()
    for start in range(0, len(XSS), 20):
        names = [f"m{n}x{p}.png" for n, p in enumerate(XSS[start : start + 20], start)]
        found = judged(send(names, PICTURE + bytes([start // 20])), quiet)
        assert found
        seen |= set(re.findall(r"m\d+x", found.text()))
        judged(send(names[:4], b"nothing that is taken"), quiet)
        for name in names[::4]:
            judged(person.get(f"{page}?q={quote(name)}", buffered=True), quiet)
        sent = client.post(
            "/api/v1/media", data={"file": (io.BytesIO(PICTURE), names[0])}, headers=shown,
            base_url=SITE,
        )  # fmt: skip
        judged(sent)
    judged(client.get("/api/v1/media?limit=200", headers=shown, base_url=SITE))
    for upload in stocked.store.uploads(limit=200)[0][::5]:
        answer = client.get(
            stocked.uploads.url(upload).removeprefix(SITE), base_url=SITE, buffered=True
        )
        judged(answer)
        assert answer.status_code == 200
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert len(seen) >= 200


def test_names_of_programs_that_poll(stocked: Service, person: Browser) -> None:
    def note(agent: str) -> None:
        counter.note(Target("live", "main", "rss"), "rss", agent, 200, False, 100, 0)

    counter = counting.Counter()
    for agent in ("Quiet/1.0 (7 subscribers)", "curl/8", *["quiet"] * 60):
        note(agent)
    counter.flush(stocked.store, stocked.now())
    quiet = shapes(person.get("/admin/polls", buffered=True))
    quiet |= shapes(person.get("/admin/polls?feed=main&days=7", buffered=True))
    for payload in XSS:
        for agent in (payload, f"{payload}/1.0", f"Mozilla/5.0 (compatible; {payload}/1.0)"):
            for _ in range(3):
                note(agent)
    counter.flush(stocked.store, stocked.now())
    judged(person.get("/admin/polls", buffered=True), quiet)
    judged(person.get("/admin/polls?feed=main&days=90", buffered=True), quiet)
    metrics = client_of(stocked).get("/metrics", base_url=SITE)
    assert metrics.mimetype == "text/plain"


# Addresses and queries


ASKED = [
    "/{}",
    "/items/{}",
    "/feeds/{}",
    "/feeds/{}.rss",
    "/tags/{}",
    "/authors/{}",
    "/static/{}",
    "/media/{}/{}",
    "/search?q={}",
    "/feeds/main?page={}",
    "/feeds/main?token={}",
    "/?{}={}",
    "/admin/items/{}",
    "/admin/items/open/history?revision={}",
    "/admin/feeds/{}",
    "/admin/media/{}",
    "/admin/?q={}&status={}",
    "/admin/?cursor={}",
    "/admin/media?q={}&cursor=",
    "/admin/media?cursor={}",
    "/admin/polls?feed={}&days={}",
    "/admin/{}",
    "/api/v1/items/{}",
    "/api/v1/items?q={}",
    "/api/v1/{}",
    "/micropub?q={}",
    "/micropub?q=source&url={}",
]
Asked = tuple[FlaskClient, dict[str, str], Browser]
#: Some attacks by themselves, all of them a few at a time: where a text shows one it shows more.
PAYLOADS = [*XSS[::13], *map(" ".join, titles(190)), *ADDRESSES]


@pytest.fixture(scope="module")
def asked_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A site that is only asked, by a program that may do everything and by a person."""
    clock = Clock()
    service = opened(tmp_path_factory.mktemp("asked"), SITE, clock)
    service.store.apply([Put(Item(slug="open", title="Open", content_html="<p>x</p>"))], clock())
    client = client_of(service)
    yield client, bearer(service), signed_in(service)
    service.close()


@pytest.mark.parametrize("asked", ASKED)
def test_addresses_and_queries(asked_of: Asked, asked: str) -> None:
    client, shown, person = asked_of

    def get(payload: str) -> TestResponse:
        path = asked.replace("{}", quote(payload, safe=""))
        if asked.startswith("/admin"):
            return person.get(path, headers={"Accept": "text/html"}, buffered=True)
        sent = shown if asked.startswith(("/api", "/micropub")) else {}
        return client.get(path, headers={"Accept": "text/html", **sent}, base_url=SITE)

    quiet: set[str] = set()
    for payload in ("quiet", "open", "no such words", "0", "main", "", "token"):
        quiet |= shapes(get(payload))
    for payload in PAYLOADS:
        answer = get(payload)
        assert answer.status_code < 500, payload
        leads = answer.headers.get("Location")
        assert leads is None or re.match(rf"{SITE}/|/(?!/)", leads), leads
        judged(answer, quiet)
