"""Signing in, setting up an account, and what stands in the way of guessing (T18, T34, T41)."""

from __future__ import annotations

import resource
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from journeys.conftest import until
from web.harbour import SITE, Clock, opened
from web.people import ELSEWHERE, NAME, PASSWORD, Browser, browser, enrol, path_of, signed_in

from feedsvc import access
from feedsvc.errors import TooOften
from feedsvc.service import Service
from feedsvc.web.app import create_app
from feedsvc.web.limiting import Tally
from feedsvc.web.slots import shared_file


def test_in_and_out(fresh: Service) -> None:
    enrol(fresh)
    jane = browser(fresh)
    asked = jane.get("/admin/account")
    assert (asked.status_code, path_of(asked)) == (
        303,
        f"{SITE}/admin/sign-in?next=/admin/account",
    )
    done = jane.sign_in(next="/admin/account")
    assert (done.status_code, path_of(done)) == (303, f"{SITE}/admin/account")
    assert jane.is_in()
    assert path_of(jane.get("/admin/sign-in")) == f"{SITE}/admin/"  # no need to do it again
    out = jane.send("/admin/sign-out", {}, form="/admin/account")
    assert path_of(out) == f"{SITE}/admin/sign-in"
    assert not jane.is_in()


@pytest.mark.parametrize("name", ["Jane", " JANE ", "ｊａｎｅ"])
def test_names_as_keyboards_write_them(fresh: Service, name: str) -> None:
    enrol(fresh)
    assert browser(fresh).sign_in(name).status_code == 303


def test_passwords_as_keyboards_write_them(fresh: Service) -> None:
    enrol(fresh, "zoe", "ein schöner Gruß")  # ö as one character
    assert browser(fresh).sign_in("zoe", "ein scho\u0308ner Gruß").status_code == 303


@pytest.mark.parametrize(
    ("name", "password"),
    [
        *((NAME, "wrong"), (NAME, PASSWORD + " "), (NAME, ""), ("nobody", PASSWORD), ("", "")),
        *((NAME, "x" * 5000), ("\0", "\0"), ("a" * 5000, "x"), ("\ufffd", "\ufffd")),
    ],
)
def test_nobody_is_told_what_was_wrong(fresh: Service, name: str, password: str) -> None:
    enrol(fresh)
    guest = browser(fresh)
    refused = guest.sign_in(name, password)
    assert refused.status_code == 403
    assert "no account has this name with this password" in refused.text.lower()
    assert len(password) < 5 or password not in refused.text
    assert not guest.is_in()


def test_an_address_may_try_five_times_a_minute(fresh: Service, clock: Clock) -> None:
    enrol(fresh)
    guest = browser(fresh)  # from this machine, which is no exception
    found = [guest.sign_in(password="guess").status_code for _ in range(6)]
    assert found == [403] * 5 + [429]
    refused = guest.sign_in()  # now the right one
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "seconds" in refused.text
    assert not guest.is_in()
    clock.forward(seconds=61)
    assert guest.sign_in().status_code == 303


def test_a_thousand_log_ins_from_one_address(fresh: Service) -> None:
    """T41: five are looked at, whatever the names; the others cost next to nothing."""
    guest = browser(fresh, ELSEWHERE)
    key = guest.key()
    found: Counter[int] = Counter()
    for number in range(1000):
        fields = {"csrf_token": key, "name": f"jane{number}", "password": "guess"}
        answer = guest.ask("POST", "/admin/sign-in", data=fields)
        found[answer.status_code] += 1
        assert answer.status_code == 403 or 0 < int(answer.headers["Retry-After"]) <= 60
    assert found == {403: 5, 429: 995}


def test_an_account_may_be_tried_twenty_times_an_hour(fresh: Service, clock: Clock) -> None:
    enrol(fresh)
    tally = Tally()
    many = create_app(fresh, tally=tally)
    for _ in range(18):  # each try itself takes a tenth of a second
        assert tally.hit((20, 3600), f"account:{NAME}", "sign-in", clock()) is None
    found = [
        Browser(many.test_client(), f"192.0.2.{number}").sign_in(password="x").status_code
        for number in range(4)
    ]
    assert found == [403, 403, 429, 429]
    other = Browser(many.test_client(), "198.51.100.1")
    assert other.sign_in("somebody", "x").status_code == 403  # of another account all is well
    clock.forward(minutes=61)
    assert other.sign_in().status_code == 303


def test_all_workers_count_together(fresh: Service) -> None:
    enrol(fresh)
    with shared_file() as path:
        workers = [
            Browser(create_app(fresh, tally=Tally(Path(path))).test_client(), ELSEWHERE)
            for _ in range(2)
        ]
        tries = [workers[n % 2].sign_in(password="x").status_code for n in range(6)]
    assert tries == [403] * 5 + [429]


def test_many_at_once_take_little_memory(fresh: Service) -> None:
    """T18: a hash takes 64 MiB. Whoever finds no place is told when to come back."""
    enrol(fresh)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def attempt(_: int) -> str:
        try:
            return "in" if fresh.access.sign_in(NAME, PASSWORD) else "out"
        except TooOften as error:
            assert error.retry_after > 0
            return "later"

    with ThreadPoolExecutor(24) as threads:
        found = Counter(threads.map(attempt, range(24)))
    assert found["out"] == 0
    assert found["in"] >= 1
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown <= 160


def test_two_at_once_get_in_and_nobody_else_waits(fresh: Service) -> None:
    """Whoever waits holds a thread of those that answer everybody."""
    enrol(fresh)
    with ThreadPoolExecutor(2) as threads:
        with access._HASHING:  # as if somebody's password was being looked at
            two = [threads.submit(fresh.access.sign_in, NAME, PASSWORD) for _ in range(2)]
            until(lambda: access._PLACES._value == 0)
            for _ in range(20):
                with pytest.raises(TooOften) as refused:
                    fresh.access.sign_in(NAME, PASSWORD)
                assert 0 < refused.value.retry_after <= 5
            assert not any(one.done() for one in two)
        assert all(one.result() for one in two)


class _Then(TimestampSigner):
    """Signs as it did 31 days ago."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - 31 * 86400


class Old(URLSafeTimedSerializer):
    """Makes marks that are too old."""

    default_signer = _Then


def held(many: Flask, tally: Tally, clock: Clock) -> None:
    """Strangers have guessed as often as they may."""
    for _ in range(20):
        tally.hit((20, 3600), f"account:{NAME}", "sign-in", clock())
    stranger = Browser(many.test_client(), "192.0.2.200")
    assert stranger.sign_in().status_code == 429


def test_strangers_keep_nobody_out_of_their_account(fresh: Service, clock: Clock) -> None:
    enrol(fresh)
    tally = Tally()
    many = create_app(fresh, tally=tally)
    jane = Browser(many.test_client(), ELSEWHERE)
    assert jane.sign_in().status_code == 303
    assert jane.send("/admin/sign-out", {}, form="/admin/account").status_code == 303
    held(many, tally, clock)
    jane.address = "198.51.100.9"  # a browser is known wherever it is
    assert [jane.sign_in(password="slip").status_code for _ in range(3)] == [403] * 3
    assert jane.sign_in().status_code == 303
    # Her mark is good for her account and is no way round the limit.
    assert jane.send("/admin/sign-out", {}, form="/admin/account").status_code == 303
    tries = [jane.sign_in(password="guess").status_code for _ in range(5)]
    assert tries == [403, 403, 429, 429, 429]
    enrol(fresh, "ada")
    for _ in range(20):
        tally.hit((20, 3600), "account:ada", "sign-in", clock())
    assert jane.sign_in("ada").status_code == 429


def test_a_browser_is_known_for_thirty_days(fresh: Service, clock: Clock) -> None:
    enrol(fresh)
    tally = Tally()
    many = create_app(fresh, tally=tally)
    mark = Browser(many.test_client(), ELSEWHERE).sign_in().headers.getlist("Set-Cookie")[0]
    name, _, value = mark.partition(";")[0].partition("=")
    forged = URLSafeTimedSerializer("guessed", salt="feedsvc-known").dumps(["x", [NAME]])
    old = Old(fresh.store.secret("session"), salt="feedsvc-known").dumps(["x", [NAME]])
    held(many, tally, clock)
    for sent, status in ((value, 303), (forged, 429), (old, 429), (value[:-3], 429), ("[]", 429)):
        client = many.test_client()
        client.set_cookie(name, sent, domain="example.org", path="/admin", secure=True)
        assert Browser(client, "203.0.113.5").sign_in().status_code == status, sent


def test_only_failures_count(fresh: Service) -> None:
    enrol(fresh)
    many = create_app(fresh, tally=Tally())
    for _ in range(8):  # of one office, each with a browser of their own
        assert Browser(many.test_client(), ELSEWHERE).sign_in().status_code == 303


NEXT = {
    "/admin/account": "/admin/account",
    "/admin/account?a=b&c=%20d": "/admin/account?a=b&c=%20d",
    "": "/admin/",
}
HOSTILE_NEXT = [
    *(
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f/evil.example",
    ),
    *("/\t/evil.example", "\t//evil.example", "/ /evil.example", "https:evil.example"),
    *("https://evil.example/admin/", "javascript:alert(1)", "/admin/../../evil.example"),
    *("/admin//evil.example", "/admin/account@evil.example", "//evil.example/admin/account"),
    *("/admin/account?x=\r\nSet-Cookie: a=b", "/admin/account\r\nX: y", "/admin/account?\0"),
    *("http://[::1", "/feeds/main", "/admin/sign-in?next=//evil.example", "/admin/setup"),
    *("/admin/sign-out", "?next=//evil.example", "//evil.example?/admin/account", "@evil.example"),
]


@pytest.mark.parametrize("wanted", [*NEXT, *HOSTILE_NEXT])
def test_after_signing_in_only_the_editor_follows(fresh: Service, wanted: str) -> None:
    """T34."""
    jane = signed_in(fresh)
    response = jane.get("/admin/sign-in", query_string={"next": wanted})
    assert response.status_code == 303
    location = response.headers["Location"]
    if wanted in NEXT:
        assert location == NEXT[wanted]
    else:
        assert location in {"/admin/", "/admin/account"}
    assert path_of(response).startswith(f"{SITE}/admin/")
    assert "Set-Cookie" not in response.headers or "a=b" not in response.headers["Set-Cookie"]


def test_below_a_path(tmp_path: Path, clock: Clock) -> None:

    service = opened(tmp_path, f"{SITE}/blog", clock)
    try:
        enrol(service)
        jane = browser(service)
        asked = jane.get("/blog/admin/account")
        assert asked.headers["Location"] == "/blog/admin/sign-in?next=/admin/account"
        key = jane.key("/blog/admin/sign-in")
        done = jane.ask(
            "POST",
            "/blog/admin/sign-in",
            data={"csrf_token": key, "name": NAME, "password": PASSWORD, "next": "/admin/account"},
        )
        assert done.headers["Location"] == "/blog/admin/account"
        assert jane.get("/blog/admin/account").status_code == 200
    finally:
        service.close()


def test_an_invitation_makes_one_account(fresh: Service) -> None:
    code = fresh.access.invite()
    address = f"/admin/setup?code={code}"
    guest = browser(fresh)
    page = guest.get(address)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] in {"no-store", "private, no-store"}
    told = {"code": code, "name": "Ada", "password": PASSWORD}
    for wrong in (
        {"password": "short"},
        {"password": "a" * 12},
        {"again": "else"},
        {"name": "<b>"},
    ):
        refused = guest.send("/admin/setup", told | wrong, form=address)
        assert refused.status_code in {409, 422}, wrong
        assert PASSWORD not in refused.text
        assert fresh.store.accounts() == []
    made = guest.send("/admin/setup", told, form=address)
    assert path_of(made) == f"{SITE}/admin/"
    assert guest.is_in()
    assert [one.name for one in fresh.store.accounts()] == ["ada"]
    for again in (browser(fresh).get(address), browser(fresh).send("/admin/setup", told)):
        assert again.status_code == 403
        assert "account invite" in again.text


def test_an_invitation_is_good_for_a_day(fresh: Service, clock: Clock) -> None:
    code = fresh.access.invite()
    clock.forward(hours=24)
    assert browser(fresh).get(f"/admin/setup?code={code}").status_code == 403


@pytest.mark.parametrize(
    ("code", "words"),
    [
        *(("", "not right"), ("x", "not right"), ("x" * 42, "not right"), ("ü" * 43, "not right")),
        *(("x" * 43, "not right, or was used"), ("\0" * 43, "not right")),
    ],
)
def test_an_address_that_was_copied_badly(fresh: Service, code: str, words: str) -> None:
    page = browser(fresh).get("/admin/setup", query_string={"code": code})
    assert page.status_code == 403
    assert words in page.text
    assert "copy the whole address" in page.text
    assert "<code>feedsvc account invite</code>" in page.text
    assert "`" not in page.text


def test_whose_day_is_over_is_told_so(fresh: Service, clock: Clock) -> None:
    code = fresh.access.invite()
    clock.forward(hours=24)
    assert (
        "the day of this address is over"
        in browser(fresh).get(f"/admin/setup?code={code}").text.lower()
    )


def test_nobody_takes_over_an_account_by_its_name(fresh: Service) -> None:
    enrol(fresh)
    told = {"code": fresh.access.invite(), "name": " Jane", "password": "another password"}
    refused = browser(fresh).send("/admin/setup", told)
    assert refused.status_code == 409
    assert fresh.access.sign_in(NAME, PASSWORD)


def test_a_forgotten_password(fresh: Service) -> None:
    jane = signed_in(fresh)
    code = fresh.access.invite(NAME)
    guest = browser(fresh)
    assert NAME in guest.get(f"/admin/setup?code={code}").text
    told = {"code": code, "name": "mallory", "password": "another password"}
    assert guest.send("/admin/setup", told, form=f"/admin/setup?code={code}").status_code == 303
    assert [one.name for one in fresh.store.accounts()] == [NAME]
    assert fresh.access.sign_in(NAME, "another password")
    assert not jane.is_in()  # whoever had the old one is out
    assert "Your new password is kept" in guest.get("/admin/").text


def test_without_an_account_it_says_how_to_make_one(fresh: Service) -> None:
    assert "account invite" in browser(fresh).get("/admin/sign-in").text


def test_where_the_list_of_articles_is(fresh: Service) -> None:
    assert path_of(signed_in(fresh).get("/admin/items")) == f"{SITE}/admin/"


def test_browsers_are_named_in_words(fresh: Service) -> None:
    jane = signed_in(fresh)
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    fresh.access.begin_session(NAME, agent)
    page = BeautifulSoup(jane.get("/admin/account").text, "lxml")
    rows = [row.get_text() for row in page.select("tbody th")]
    assert any("Chrome on Linux" in row for row in rows)
    assert [row.strip() for row in rows if "Chrome" not in row] == ["Test this browser"]
