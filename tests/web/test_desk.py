"""Who is counted and who is limited, whether the fast path answers or Flask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web.conftest import client_of
from web.harbour import SITE, Clock, filled, settings

from feedsvc.publish.document import Target
from feedsvc.service import Service
from feedsvc.web.app import create_app

Note = tuple[Target, str, str, int, bool, int, int]


class Ledger:
    """Writes down what it is told, and refuses whoever comes more than ``most`` times."""

    def __init__(self, most: int = 3) -> None:
        self.most = most
        self.notes: list[Note] = []
        self.asked: list[tuple[str, str]] = []

    def note(
        self,
        target: Target,
        form: str,
        user_agent: str,
        status: int,
        conditional: bool,
        sent: int,
        saved: int,
    ) -> None:
        self.notes.append((target, form, user_agent, status, conditional, sent, saved))

    def retry_after(self, client: str, feed: str, now: datetime) -> int | None:
        self.asked.append((client, feed))
        return 90 if self.asked.count((client, feed)) > self.most else None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    clock = Clock()
    site = filled(tmp_path_factory.mktemp("desk"), SITE, clock)
    clock.forward(hours=1)
    yield site
    site.close()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(params=[True, False], ids=["front", "flask"])
def client(site: Service, ledger: Ledger, request: pytest.FixtureRequest) -> FlaskClient:
    app = create_app(site, limits=ledger, counts=ledger, front=request.param)
    return app.test_client()


PATH = "/feeds/main.rss"
MAIN = Target("live", "main", "rss")


def test_each_answer_is_counted_once(client: FlaskClient, ledger: Ledger) -> None:
    agent = {"User-Agent": "Reader/1 (3 subscribers)"}
    whole = client.get(PATH, headers=agent)
    etag, size = whole.headers["ETag"], len(whole.data)
    client.get(PATH, headers={"If-None-Match": etag, **agent})
    client.get(PATH, headers={"If-Modified-Since": whole.headers["Last-Modified"], **agent})
    client.get(PATH, headers={"If-None-Match": '"x"', **agent})
    client.head(PATH, headers=agent)
    client.get("/feeds/main", headers={"Accept": "application/atom+xml"})
    name = agent["User-Agent"]
    assert ledger.notes[:5] == [
        (MAIN, "rss", name, 200, False, size, 0),
        (MAIN, "rss", name, 304, True, 0, size),
        (MAIN, "rss", name, 304, True, 0, size),
        (MAIN, "rss", name, 200, True, size, 0),
        (MAIN, "rss", name, 200, False, 0, 0),
    ]
    assert ledger.notes[5][:2] == (Target("live", "main", "atom"), "atom")
    assert len(ledger.notes) == 6


def test_what_is_no_document_is_not_counted(client: FlaskClient, ledger: Ledger) -> None:
    for path in ("/", "/feeds/none.rss", "/items/tide", "/items/old-name", "/healthz"):
        client.get(path)
    for path in ("/feeds/main", "/feeds/jottings", "/feeds/Main", "/search"):
        client.get(path, headers={"Accept": "text/html"})
    client.open("/feed", method="OPTIONS")
    client.post(PATH)
    assert ledger.notes == []
    assert ledger.asked == []


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/feeds/jottings.atom", Target("live", "notes", "atom")),
        ("/feeds/jottings", Target("live", "notes", "rss")),
        ("/feeds/jottings/archive/2.json", Target("archive", "notes", "json", 2)),
        ("/feeds/Notes/archive/2.json", Target("archive", "notes", "json", 2)),
        ("/feeds/main.RSS", MAIN),
        ("/tags/Sea.json", Target("live", "tag:sea", "json")),
        ("/search.rss?q=sea&x=y", Target("search", "sea", "rss")),
        ("/feed", MAIN),
        ("/atom.xml", Target("live", "main", "atom")),
    ],
)
def test_who_is_led_elsewhere_is_counted_there(
    client: FlaskClient, ledger: Ledger, path: str, target: Target
) -> None:
    for method in ("GET", "HEAD"):
        response = client.open(path, method=method, headers={"User-Agent": "Reader/1"})
        assert response.status_code == 308
    assert ledger.notes == [(target, target.form, "Reader/1", 308, True, 0, 0)] * 2
    assert ledger.asked == []


@pytest.mark.parametrize("front", [True, False])
def test_polls_of_an_ended_feed_are_counted_for_it(
    tmp_path: Path, ledger: Ledger, front: bool
) -> None:
    clock = Clock()
    service = filled(tmp_path, SITE, clock)
    client = create_app(service, counts=ledger, front=front).test_client()
    assert client.get("/feeds/notes.rss").status_code == 200
    fewer = tuple(feed for feed in service.settings.feeds if feed.name != "notes")
    Service.open(service.settings.model_copy(update={"feeds": fewer}), clock=clock).close()
    ledger.notes.clear()
    for path in ("/feeds/notes.rss", "/feeds/notes", "/feeds/notes/archive/1.json"):
        assert client.get(path).status_code == 410
    assert client.get("/feeds/notes", headers={"Accept": "text/html"}).status_code == 410
    assert ledger.notes == [
        (Target("live", "notes", "rss"), "rss", ledger.notes[0][2], 410, True, 0, 0),
        (Target("live", "notes", "rss"), "rss", ledger.notes[0][2], 410, True, 0, 0),
        (Target("archive", "notes", "json", 1), "json", ledger.notes[0][2], 410, True, 0, 0),
    ]
    service.close()


@pytest.mark.parametrize("accept", ["application/rss+xml", "text/html"])
def test_s15_who_asks_for_the_whole_too_often_is_told_what_to_do(
    client: FlaskClient, ledger: Ledger, accept: str
) -> None:
    headers = {"Accept": accept}
    etag = [client.get(PATH, headers=headers) for _ in range(3)][-1].headers["ETag"]
    for _ in range(2):
        refused = client.get(PATH, headers=headers)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "90"
        assert refused.headers["Cache-Control"] == "no-store"  # S16
        assert "If-None-Match" in refused.text
        assert "90 seconds" in refused.text
        assert refused.mimetype == ("text/html" if accept == "text/html" else "text/plain")
    assert len(ledger.asked) == 5  # each once, through whatever doors it came
    assert [note[3] for note in ledger.notes] == [200, 200, 200, 429, 429]
    # S15, S27: whoever says what it has is answered, whatever it is answered; so is HEAD.
    for known in (etag, '"other"', "*"):
        assert client.get(PATH, headers={"If-None-Match": known}).status_code in {200, 304}
    since = {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert client.get(PATH, headers=since).status_code == 200
    assert client.head(PATH).status_code == 200
    assert len(ledger.asked) == 5
    # Validators without a value say nothing.
    assert client.get(PATH, headers={"If-None-Match": ""}).status_code == 429


def test_s15_the_limit_is_each_clients_and_each_documents(
    client: FlaskClient, ledger: Ledger
) -> None:
    ledger.most = 1
    one, other = ({"REMOTE_ADDR": address} for address in ("192.0.2.1", "192.0.2.2"))
    assert client.get(PATH, environ_base=one).status_code == 200
    assert client.get(PATH, environ_base=one).status_code == 429
    assert client.get(PATH, environ_base=other).status_code == 200
    # Never a first fetch, of another form or of a page of the archive.
    for path in ("/feeds/main.atom", "/feeds/notes.rss", "/feeds/notes/archive/1.rss"):
        assert client.get(path, environ_base=one).status_code == 200
    assert client.get("/feeds/notes/archive/2.rss", environ_base=one).status_code == 200
    assert len(set(ledger.asked)) == 6


@pytest.mark.parametrize(("trusted", "client_is"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_only_declared_proxies_are_believed(
    tmp_path: Path, ledger: Ledger, trusted: int, client_is: str
) -> None:
    clock = Clock()
    base = settings(tmp_path, SITE)
    server = base.server.model_copy(update={"trusted_proxies": trusted})
    service = Service.open(base.model_copy(update={"server": server}), clock=clock)
    try:
        app = create_app(service, limits=ledger)
        forwarded = {"X-Forwarded-For": "1.1.1.1, 203.0.113.9", "Forwarded": "for=8.8.8.8"}
        assert app.test_client().get(PATH, headers=forwarded).status_code == 200
        assert {client for client, _ in ledger.asked} == {client_is}
    finally:
        service.close()


def test_without_limits_nobody_is_refused(site: Service) -> None:
    client = client_of(site)
    assert {client.get(PATH).status_code for _ in range(50)} == {200}
