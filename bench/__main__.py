"""Runs the parts named, or all: `python -m bench intake polls`; the names are below."""

from __future__ import annotations

import sys

from bench import corpus, imports, intake, polls, serving, sources, store, writing

PARTS = {
    "intake": intake.main,
    "store": store.main,
    "serving": serving.main,
    "polls": polls.main,
    "writing": writing.main,
    "sources": sources.main,
    "imports": imports.main,
    "corpus": corpus.main,
}


def main() -> None:
    """Run each part and print its table."""
    names = [word for word in sys.argv[1:] if not word.startswith("--")] or list(PARTS)
    for name in names:
        if name not in PARTS:
            sys.exit(f"no part {name!r}; there are {', '.join(PARTS)}")
        PARTS[name]()


if __name__ == "__main__":
    main()
