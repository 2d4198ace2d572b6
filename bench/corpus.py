"""feedparser's corpus imported, published in every format and read again: what changed, by rule.

Needs the package index once, for feedparser's sources.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.table import show

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import corpus
import trip


def main() -> None:
    """Take every document on the way, and print the counts."""
    trips = trip.over(corpus.documents())
    show(
        f"feedparser {corpus.VERSION}'s corpus, imported, published three times and read again",
        [(what, f"{count:,}", "") for what, count in trips.documents.items()],
    )
    show(
        "changes by the rule that made them (docs/imports.md)",
        [(rule, f"{count:,}", "") for rule, count in trips.rules.most_common()]
        + [("no rule", f"{len(trips.unexplained):,}", "")],
    )
    for change in trips.unexplained:
        print(f"  {change}")
    if trips.unexplained:
        sys.exit(1)


if __name__ == "__main__":
    main()
