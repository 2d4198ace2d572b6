"""Secure connections: a certificate counts, and for its name alone."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hostile.loopback import HOST
from hostile.upstream import Upstream
from intake.asking import ask, limits

from feedsvc.errors import FetchFailed

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl to make certificates with")
#: Asks in a program that trusts what SSL_CERT_FILE names, and prints what becomes of it.
ASKING = """
import sys
sys.path.insert(0, sys.argv[1])
from intake.asking import ask_all, limits
from hostile.loopback import HOST
async def lookup(host, port):
    return [HOST]
for found in ask_all(sys.argv[3:], limits(*map(int, sys.argv[2].split(","))), lookup=lookup):
    print(getattr(found, "kind", None) or found.status)
"""


@dataclass(frozen=True)
class Secure:
    upstream: Upstream
    certificate: Path

    def becomes(self, *urls: str, ports: str = "") -> list[str]:
        """What they become where the certificate is trusted: a status, or a kind of failure."""
        told = subprocess.run(
            [sys.executable, "-W", "error", "-c", ASKING, str(Path(__file__).parent.parent),
             ports or str(self.upstream.port), *urls],
            env={"SSL_CERT_FILE": str(self.certificate)},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return told.stdout.split()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [OPENSSL or "", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=feeds.test", "-addext",
         f"subjectAltName=DNS:feeds.test,IP:{HOST}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with Upstream(tls=context) as server:
        yield Secure(server, certificate)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Secure) -> None:
    with pytest.raises(FetchFailed) as failed:
        ask(secure.upstream.url("/feed"), limits(secure.upstream.port))
    assert failed.value.kind == "tls"
    assert "its certificate is not valid (self-signed certificate)" in failed.value.reason
    assert secure.upstream.requests == []


def test_a_certificate_counts_for_its_names_alone(secure: Secure) -> None:
    port = secure.upstream.port
    assert secure.becomes(
        f"https://feeds.test:{port}/feed",
        f"https://FEEDS.test.:{port}/feed",
        f"https://{HOST}:{port}/feed",
        f"https://other.test:{port}/feed",
    ) == ["200", "200", "200", "tls"]


def test_what_was_secure_stays_so(secure: Secure) -> None:
    with Upstream() as open_:
        down = secure.upstream.url("/to/301?" + open_.url("/feed"))
        up = open_.url("/to/301?" + secure.upstream.url("/feed"))
        found = secure.becomes(down, up, ports=f"{secure.upstream.port},{open_.port}")
        assert found == ["redirect", "200"]
        assert [request.path for request in open_.requests] == ["/to/301"]
