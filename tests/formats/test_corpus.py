"""feedparser's own corpus, imported, published in three formats and read again.

``python -m bench corpus`` prints the counts.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import corpus
import pytest
import trip
from samples import BARE, FULL

from feedsvc.model import Author

DOCS = Path(__file__).parents[2] / "docs" / "imports.md"


@pytest.mark.timeout(180)
def test_nothing_changes_but_by_a_rule() -> None:
    try:
        documents = corpus.documents()
    except corpus.NoCorpus as error:
        pytest.skip(str(error))
    trips = trip.over(documents)
    assert trips.unexplained == []
    assert trips.documents["documents"] == 2242
    assert trips.documents["no feed"] < 50
    assert trips.documents["entries"] > 1150
    assert trips.documents["entries refused"] == 0
    assert set(trips.rules) <= trip.every_rule()


def test_every_rule_is_in_the_docs_with_its_reason() -> None:
    told = DOCS.read_text(encoding="utf-8")
    rows = {
        line.split("|")[1].strip(): line.split("|") for line in told.splitlines() if "|" in line
    }
    for rule in trip.every_rule():
        assert rule in rows, rule
        assert len(rows[rule][3].strip()) > 10, rule


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("guid", "urn:other"),
        ("url", "https://elsewhere.example/"),
        ("title", "Fish & chips"),
        ("summary", ""),
        ("content_html", "<p>Fish &amp; chips: a link</p><script>x</script>"),
        ("content_html", "<p>Fish &amp; chips:</p>"),
        ("authors", (Author("Somebody"),)),
        ("authors", FULL.authors[:1]),
        ("categories", FULL.categories[:1]),
        ("published", None),
        ("updated", BARE.updated),
        ("language", "de"),
        ("enclosures", ()),
        ("image", None),
        ("source", None),
        ("rights", "© 2026 Ada"),
        ("podcast", None),
    ],
)
def test_a_change_that_no_rule_allows_is_told(field: str, value: object) -> None:
    trips = trip.Trips()
    trips._compare("x", FULL, replace(FULL, **{field: value}), trip.IMPORT)
    assert len(trips.unexplained) == 1
