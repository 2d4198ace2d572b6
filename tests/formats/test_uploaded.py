"""Addresses of uploaded files: every spelling that a browser is served one at, and no other."""

from __future__ import annotations

import pytest
from samples import SITE

from feedsvc.formats.uploaded import uploaded

ID = "0123456789abcdef" * 2
HOST = SITE.removeprefix("https://")


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}/media/{ID}/a.png",
        f"{SITE}/media/{ID}/a.png#t=3",
        f"{SITE}/media/{ID}/a.png?x=1",
        f"{SITE}/%6dedia/{ID}/a.png",
        f"{SITE}/media/%30{ID[1:]}/a.png",
        f"{SITE}/media%2F{ID}%2fa.png",
        f"{SITE}/./media/{ID}/a.png",
        f"{SITE}/%2e/x/.%2E/media/{ID}/a.png",
        f"HTTPS://{HOST.upper()}:443/media/{ID}/a.png",
        f"http://{HOST}/media/{ID}/a.png",
        f"https://jane:secret@{HOST}/media/{ID}/a.png",
        f"https:\\\\{HOST}\\media\\{ID}\\a.png",
        f"//{HOST}/media/{ID}/a.png",
        f"/media/{ID}/a.png",
        f"../media/{ID}/a.png",
    ],
)
def test_spellings_of_one_file(address: str) -> None:
    assert uploaded(address, SITE) == (ID, "a.png")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://[media",
        f"{SITE}/media/{ID}",
        f"{SITE}/media/{ID}/",
        f"{SITE}/media/{ID}/a/b.png",
        f"{SITE}/media/{ID.upper()}/a.png",
        f"{SITE}/media/{ID[:-1]}/a.png",
        f"{SITE}/Media/{ID}/a.png",
        f"{SITE}//media/{ID}/a.png",
        f"{SITE}/%256dedia/{ID}/a.png",
        f"{SITE}/items/media/{ID}/a.png",
        f"{SITE}:8443/media/{ID}/a.png",
        f"//media/{ID}/a.png",
        f"https://elsewhere.example/media/{ID}/a.png",
    ],
)
def test_addresses_that_lead_to_no_file_here(address: str) -> None:
    assert uploaded(address, SITE) is None


def test_a_site_below_a_path() -> None:
    site = f"{SITE}/blog"
    assert uploaded(f"{site}/x/../media/{ID}/M%C3%B6we.jpg", site) == (ID, "Möwe.jpg")
    assert uploaded(f"{SITE}/media/{ID}/a.png", site) is None
    assert uploaded(f"{SITE}/blogmedia/{ID}/a.png", site) is None
