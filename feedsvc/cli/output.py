"""How commands show what they did: for people on a terminal, as JSON for programs."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

import click

from feedsvc.formats import itemjson
from feedsvc.intake.folder import Report
from feedsvc.model import Item


@contextlib.contextmanager
def progress(label: str) -> Iterator[Any]:
    """A bar on the terminal, for work that takes long enough to be watched; else silence."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield show


def tell(report: Report, as_json: bool) -> None:
    """The outcome of an intake; ends the program with status 1 when something was refused."""
    if as_json:
        print_json({
            "added": report.added,
            "changed": report.changed,
            "withdrawn": report.withdrawn,
            "unchanged": report.unchanged,
            "refused": [
                {"file": error.where, "line": error.line, "reason": error.reason}
                for error in report.refused
            ],
            "notes": list(report.notes),
        })
    else:
        tell_notes(report)
        click.echo(
            f"{report.added} added, {report.changed} changed, {report.withdrawn} withdrawn, "
            f"{report.unchanged} unchanged, {len(report.refused)} refused"
        )
    tell_refused(report)
    if report.refused:
        sys.exit(1)


def tell_notes(report: Report) -> None:
    for note in report.notes:
        click.echo(f"note: {note}", err=True)


def tell_refused(report: Report) -> None:
    for error in report.refused:
        click.echo(f"refused: {error}", err=True)


def counted(number: int, noun: str) -> str:
    """The number with its noun.

    >>> counted(1, "item"), counted(0, "item")
    ('1 item', '0 items')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def item_json(item: Item) -> dict[str, object]:
    """An item as the API's object (docs/api.md)."""
    return itemjson.write(item)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
