"""Commands that take items in and out: sync, publish, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from feedsvc.cli.base import config_option, json_option, main, opened
from feedsvc.cli.output import item_json, print_json, progress, tell
from feedsvc.model import shown_title


@main.command()
@config_option
@json_option
@click.option("--empty", is_flag=True, help="Withdraw all, should the folder be empty.")
@click.pass_obj
def sync(config_file: Path, as_json: bool, empty: bool) -> None:
    """Take in items/ now: added, changed, withdrawn, refused (file, line, reason)."""
    with opened(config_file) as service, progress("items") as show:
        report = service.sync(progress=show, may_empty=empty)
    tell(report, as_json)


@main.command()
@config_option
@json_option
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--feed", help="Put them into this feed only.")
@click.option("--at", "at", help="Publish at this time, such as 2027-01-31T08:00+01:00.")
@click.pass_obj
def publish(
    config_file: Path, files: Sequence[Path], feed: str | None, at: str | None, as_json: bool
) -> None:
    """Take in single item files from anywhere."""
    when = _time(at) if at else None
    with opened(config_file) as service:
        report = service.publish(files, feed=feed, at=when)
        tell(report, as_json)


def _time(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; write it as 2027-01-31T08:00 (UTC) or 2027-01-31T08:00+01:00",
            param_hint="--at",
        ) from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


@main.command()
@config_option
@json_option
@click.argument("item", metavar="GUID-OR-URL")
@click.pass_obj
def withdraw(config_file: Path, item: str, as_json: bool) -> None:
    """Take an item out; its feeds tell their readers."""
    with opened(config_file) as service:
        taken = service.withdraw(item)
    if as_json:
        print_json(item_json(taken))
        return
    click.echo(f"withdrawn: {shown_title(taken)} ({taken.guid})")
    if taken.origin.startswith("file:"):
        name = taken.origin.removeprefix("file:")
        click.echo(f"{name} is still in the folder; edited, it is published again", err=True)
