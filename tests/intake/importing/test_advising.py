"""What can't be had is told with what to do next: by the command, and of a source."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hostile.loopback import HOST
from hostile.upstream import Upstream
from intake.importing.conftest import House
from intake.importing.publisher import Page
from intake.importing.test_once import take

from feedsvc.errors import FeedsvcError

#: An answer, and what a person is told to do about it.
ANSWERS = [
    (401, {}, "it wants a user and a password: put user:password@ in front of the host"),
    (403, {}, "it refuses us: open it in a browser"),
    (404, {}, "is the address right? Open it in a browser"),
    (410, {}, "for good"),
    (429, {}, "it is asked too often: try it again later"),
    (429, {"Retry-After": "600"}, "it is asked too often: it wants to be asked again in 10 min"),
    (429, {"Retry-After": "Sun, 29 Nov 2026 21:00:00 GMT"}, "to be asked again in"),
    (429, {"Retry-After": "soon"}, "it is asked too often: try it again later"),
    (503, {"Retry-After": "90"}, "it is not ready just now: it wants to be asked again in 90 sec"),
    (500, {}, "it has a fault of its own"),
    (418, {}, "open it in a browser"),
]


@pytest.mark.parametrize(("status", "headers", "says"), ANSWERS)
def test_an_answer_without_a_feed_says_what_to_do(
    house: House, status: int, headers: dict[str, str], says: str
) -> None:
    house.publisher.pages["/feed"] = Page(status=status, headers=headers)
    url = house.publisher.url("/feed")
    with pytest.raises(FeedsvcError) as failed:
        take(house, url)
    assert f"{url} answers {status}: " in str(failed.value)
    assert says in str(failed.value)
    polled = house.poll(house.source())
    assert f"it answers {status}" in (polled.state.last_error or "")
    assert says in (polled.state.last_error or "")


def test_what_is_gone_says_how_it_comes_back(house: House) -> None:
    house.publisher.pages["/feed"] = Page(status=410)
    assert (
        "give it another address, end it, or resume it" in house.poll(house.source()).state.reason
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://no-such-name.invalid/feed", "its name is not found"),
        ("http://no-such-name.invalid/feed", "is it spelled right?"),
        ("http://10.0.0.1/feed", "allow_networks in [limits] opens networks of your own"),
        ("http://169.254.169.254/feed", "an address that is not public"),
        ("http://[::ffff:10.0.0.1]/feed", "allow_networks in [limits]"),
        ("http://1.1.1.1:22/feed", "port 22"),
    ],
)
def test_an_address_that_is_not_asked_says_why(house: House, url: str, says: str) -> None:
    with pytest.raises(FeedsvcError) as failed:
        take(house, url)
    assert says in str(failed.value)
    row = house.source()
    spec = replace(row.spec, url=url)
    house.service.store.change_source(row.id, spec, origin="cli", now=house.clock.now)
    assert says in (house.poll(replace(row, spec=spec)).state.last_error or "")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    """A server that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=feeds.test", "-addext",
         f"subjectAltName=DNS:feeds.test,IP:{HOST}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with Upstream(tls=context) as server:
        yield server


def test_a_certificate_that_is_not_valid_says_why(house: House, secure: Upstream) -> None:
    for url, says in (
        (secure.url("/feed"), "its certificate is not valid (self-signed certificate)"),
        (secure.url("/feed"), "its publisher has to mend that"),
        (house.publisher.url("/feed").replace("http:", "https:"), "is it perhaps an http address?"),
    ):
        # That server is elsewhere on loopback.
        limits = replace(house.service.importer.limits, anywhere=True)
        house.service.importer.limits = limits
        with pytest.raises(FeedsvcError) as failed:
            take(house, url)
        assert says in str(failed.value)


def test_who_asks_to_wait_is_left_alone_so_long(house: House) -> None:
    house.publisher.pages["/feed"] = Page(status=429, headers={"Retry-After": "172800"})
    state = house.poll(house.source()).state
    assert state.last_error == (
        "it answers 429: it is asked too often: it wants to be asked again in 2 days"
    )
    assert state.next_poll_at
    assert state.next_poll_at - house.clock.now >= timedelta(days=2)
