"""Which links of a private item carry its reader's token."""

from __future__ import annotations

import pytest
from samples import SITE

from feedsvc.model import Item
from feedsvc.publish.marking import marked_item, with_token

ID = "0123456789abcdef" * 2
OURS = f"{SITE}/media/{ID}/a.png"


@pytest.mark.parametrize(
    ("address", "for_ada"),
    [
        (OURS, f"{OURS}?token=T"),
        (f"{OURS}#t=3", f"{OURS}?token=T#t=3"),
        (f"{SITE}/%6dedia/{ID}/a.png", f"{SITE}/%6dedia/{ID}/a.png?token=T"),
        (f"{SITE}/./media/{ID}/a.png", f"{SITE}/./media/{ID}/a.png?token=T"),
        (OURS.replace("https", "http") + "#t=3", f"{OURS}?token=T#t=3"),
        (f"{SITE}/items/a/b.png", f"{SITE}/items/a/b.png?token=T"),
        (f"{OURS}?x=1", f"{OURS}?x=1"),
        (f"{SITE}/media/{ID}", f"{SITE}/media/{ID}"),
        (f"//media/{ID}/a.png", f"//media/{ID}/a.png"),
        (f"https://elsewhere.example/media/{ID}/a.png",) * 2,
    ],
)
def test_files_of_this_site_alone(address: str, for_ada: str) -> None:
    item = Item(slug="a", image=address, content_html=f'<img src="{address}">')
    shown = marked_item(item, SITE)
    assert shown.image is not None
    assert with_token(shown.image, "T") == for_ada
    assert with_token(shown.content_html, "T") == f'<img src="{for_ada}">'
