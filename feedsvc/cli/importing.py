"""Commands for the feeds of others: import, sources, poll."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from feedsvc import program
from feedsvc.cli.base import config_option, json_option, main, opened
from feedsvc.cli.output import counted, item_json, print_json
from feedsvc.errors import FeedsvcError
from feedsvc.intake.asking import masked
from feedsvc.intake.importing.documents import is_address
from feedsvc.intake.importing.known import Tally
from feedsvc.intake.importing.orders import Polled, Result, Step, Wanted
from feedsvc.intake.importing.telling import changes_of, said_of, source_object
from feedsvc.model import shown_title
from feedsvc.service import Service
from feedsvc.store import SourceRow, SourceSpec
from feedsvc.store.sources import DECLARED

#: Notes that are shown of one feed or poll.
_NOTES = 20
_UNITS = {"m": 60, "h": 3600, "d": 86400}


class _Every(click.ParamType[timedelta]):
    """How often: ``30m``, ``2h``, ``1d``."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", value, re.ASCII)
        if not found or (time := timedelta(seconds=int(found[1]) * _UNITS[found[2]])).days > 365:
            self.fail(f"{value!r} is no time such as 30m, 2h or 1d", param, ctx)
        return time


@main.command("import")
@config_option
@json_option
@click.argument("what", metavar="URL-OR-FILE", nargs=-1, required=True)
@click.option("--into", metavar="FEED", help="The feed that takes the items.")
@click.option("--every", type=_Every(), help="Poll it from now on, this often: 30m, 2h, 1d.")
@click.option("--review", is_flag=True, help="Let its items wait in the editor for a look.")
@click.option("--name", default="", help="What to call the source.")
@click.option("--own", is_flag=True, help="It is your own: its items get no credit.")
@click.option("--dry-run", is_flag=True, help="Show what would come; change nothing.")
@click.pass_obj
def take(
    config_file: Path,
    what: Sequence[str],
    into: str | None,
    every: timedelta | None,
    review: bool,
    name: str,
    own: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import feeds, lists of feeds (OPML), WordPress exports, or the feed of a page, once.

    Older entries are fetched too, as far back as the feed leads; dates are kept. With --every it
    becomes a source that is polled.
    """
    spec = SourceSpec(
        "",
        name,
        into,
        every or timedelta(hours=1),
        "review" if review else "publish",
    )
    results: list[Result] = []
    broken_off: str | None = None
    steps: dict[str, Step] = {}
    with opened(config_file) as service:
        feeds = tuple(feed.name for feed in service.settings.all_feeds())
        for one in map(_meant, what):
            url = one if is_address(one) else _file_url(one)
            wanted = Wanted(
                one,
                SourceSpec(url, spec.name, spec.into, spec.every, spec.trust),
                every=every is not None,
                own=own,
                dry_run=dry_run,
                feeds=feeds,
            )
            try:
                with _watched(one, steps) as show:
                    results += service.take_once(wanted, show)
            except FeedsvcError as error:
                reason = str(error).replace(one, masked(one))
                results.append(Result(masked(one), error=reason))
            except KeyboardInterrupt:
                broken_off = one
                break
    failed = _tell_results(results, dry_run, as_json)
    if broken_off is not None:
        _tell_broken_off(broken_off, steps, dry_run=dry_run)
        sys.exit(_INTERRUPTED)
    if failed:
        sys.exit(1)


def _meant(what: str) -> str:
    """What was given; an address for readers (``feed:``) as the one that it stands for.

    >>> _meant("feed://example.org/x"), _meant("feed:https://example.org/x")
    ('http://example.org/x', 'https://example.org/x')
    """
    if what.lower().startswith("feed:"):
        rest = what[len("feed:") :]
        return rest if is_address(rest) else f"http://{rest.lstrip('/')}"
    return what


def _file_url(name: str) -> str:
    return Path(name).absolute().as_uri()


@contextlib.contextmanager
def _watched(what: str, steps: dict[str, Step]) -> Iterator[Callable[[Step], None]]:
    """A line on the terminal that says how far an import is; silence elsewhere. ``steps`` keeps
    the last of each feed of it."""
    steps.clear()
    terminal = sys.stderr.isatty()

    def show(step: Step) -> None:
        steps[step.url] = step
        if terminal:
            click.echo(f"\r\x1b[K{masked(what)}: {_so_far(step)}", nl=False, err=True)

    try:
        yield show
    finally:
        if terminal:
            click.echo("\r\x1b[K", nl=False, err=True)


def _so_far(step: Step) -> str:
    if not step.number:
        return f"{step.title or step.url} is a source"
    return f"{counted(step.number, 'document')}, {_said(step.tally)}"


def _tell_broken_off(what: str, steps: Mapping[str, Step], *, dry_run: bool) -> None:
    """What was done of it until somebody pressed Ctrl-C, and how it goes on."""
    again = "nothing was changed" if dry_run else _KEPT
    for step in steps.values():
        click.echo(f"done: {step.url}: {_so_far(step)}", err=True)
    click.echo(f"broken off: {masked(what)}: {again}", err=True)


#: What Ctrl-C ends a command with, as shells have it: 128 and the number of SIGINT.
_INTERRUPTED = 130
_KEPT = "what is done is kept; the same command goes on where it was"


def _tell_results(results: Sequence[Result], dry_run: bool, as_json: bool) -> bool:
    """What became of them; whether one has failed."""
    if as_json:
        print_json([_result_json(result) for result in results])
    for result in results:
        if result.error is not None:
            error = result.error.removeprefix(f"{result.url} ")
            click.echo(f"failed: {result.url}: {error}", err=True)
        elif not as_json:
            _tell_result(result, dry_run)
    return any(result.error is not None for result in results)


def _tell_result(result: Result, dry_run: bool) -> None:
    if result.listed is not None:
        click.echo(f"{result.title or result.url}: a list, {counted(result.listed, 'outline')}")
        _tell_notes(result.tally)
        return
    for item in result.items if dry_run else ():
        day = f"{item.published:%Y-%m-%d %H:%M}" if item.published else " " * 16
        click.echo(f"{day}  {item.status:<9}  {shown_title(item)}")
    told = f"{result.title or result.url}: {_said(result.tally)}"
    if result.documents > 1:
        told += f", from {counted(result.documents, 'document')}"
    if result.resumed:
        told += "; went on where it was broken off"
    if not result.documents:
        new = dry_run and result.source is None
        told = f"{result.title or result.url}: " + ("would be polled" if new else "")
    if result.source is not None:
        told += ("; " if result.documents else "") + _polled_how(result.source, result.before)
    if result.tally.waiting and not dry_run:
        told += "; look at them under Waiting in the editor"
    click.echo(told + (" (a dry run: nothing was changed)" if dry_run else ""))
    _tell_notes(result.tally)


def _tell_notes(tally: Tally) -> None:
    for note in tally.notes[:_NOTES]:
        click.echo(f"note: {note}", err=True)
    if len(tally.notes) > _NOTES:
        click.echo(f"and {len(tally.notes) - _NOTES} more: --json has them all", err=True)


def _polled_how(row: SourceRow, before: SourceSpec | None) -> str:
    """What a source is now, and what was changed of one that was there before."""
    status = row.state.status
    told = "is polled from now on"
    if before is not None:
        changes = ", ".join(changes_of(before, row.spec))
        told = f"is a source already; {f'changed: {changes}' if changes else 'it stays as it is'}"
    if row.origin == DECLARED:
        told = f"is polled as {DECLARED} says: change it there"
    if status not in _STOPPED:
        return told
    stopped = f"is {status}: {_resuming(row)}"
    return stopped if before is None else f"{told}; it {stopped}"


#: What is not polled until somebody says so.
_STOPPED = {"held", "gone", "paused"}


def _resuming(row: SourceRow) -> str:
    return f"`{program.name()} sources --resume {row.id}` polls it again"


def _said(tally: Tally) -> str:
    """What became of the entries, in words.

    >>> _said(Tally(added=2, refused=1))
    '2 added, 1 refused'
    """
    words = {
        "added": "added",
        "changed": "changed",
        "unchanged": "unchanged",
        "waiting": "waiting for a look",
        "credited": "told elsewhere already, now credited",
        "renamed": "under new ids",
        "withdrawn": "withdrawn",
        "unwanted": "not wanted by where",
        "old": "too old",
        "refused": "refused",
        "doubled": "left out, their guids came twice",
    }
    told = [f"{count} {word}" for name, word in words.items() if (count := getattr(tally, name))]
    return ", ".join(told) or "nothing there"


def _result_json(result: Result) -> dict[str, Any]:
    return {
        "url": result.url,
        "title": result.title,
        "documents": result.documents,
        "error": result.error,
        "resumed": result.resumed,
        **asdict(result.tally),
        "items": [item_json(item) for item in result.items],
        "source": source_object(result.source) if result.source else None,
        "before": said_of(result.before) if result.before else None,
        "outlines": result.listed,
    }


@main.command()
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Those that have ended too.")
@click.option("--resume", metavar="URL", multiple=True, help="Poll this one again, at once.")
@click.option("--pause", metavar="URL", multiple=True, help="Leave this one alone.")
@click.option("--end", metavar="URL", multiple=True, help="Poll this one no longer; items stay.")
@click.pass_obj
def sources(
    config_file: Path,
    everything: bool,
    resume: Sequence[str],
    pause: Sequence[str],
    end: Sequence[str],
    as_json: bool,
) -> None:
    """List the sources with their health, or pause, resume and end some (by URL, name, number)."""
    with opened(config_file) as service:
        ways: list[tuple[Sequence[str], Callable[[SourceRow], object]]] = [
            (resume, service.sources.resume),
            (pause, service.sources.pause),
            (end, service.sources.end),
        ]
        for names, put in ways:
            for row in [service.source(name) for name in names]:
                put(row)
        found = [
            row for row in service.store.sources() if everything or row.state.status != "ended"
        ]
        now = service.now()
    if as_json:
        print_json([source_object(row) for row in found])
        return
    for row in found:
        _tell_source(row, now)
    if not found:
        click.echo(f"no sources: add one with `{program.name()} import URL --every 1h`", err=True)


def _tell_source(row: SourceRow, now: datetime) -> None:
    state = row.state
    name = row.spec.name or state.title or masked(row.spec.url)
    into = f" into {row.spec.into}" if row.spec.into else ""
    waiting = f", {row.waiting} waiting for a look" if row.waiting else ""
    click.echo(f"{name}  {_status(state.status)}  {counted(row.items, 'item')}{into}{waiting}")
    click.echo(f"  {source_object(row)['url']}")
    if state.last_error:
        times = f" ({counted(state.failures, 'time')} in a row)" if state.failures > 1 else ""
        click.echo(click.style(f"  {state.last_error}{times}", fg="red"))
    if state.next_poll_at:
        click.echo(f"  next poll {_when(state.next_poll_at, now)}: {state.reason or 'it is new'}")
    elif state.reason:
        click.echo(f"  {state.reason}")


def _status(status: str) -> str:
    colour = {"ok": "green", "new": "cyan", "paused": "yellow", "ended": "white"}.get(status, "red")
    return click.style(status, fg=colour)


def _when(moment: datetime, now: datetime) -> str:
    """A time as people say it.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> _when(noon + timedelta(minutes=90), noon), _when(noon, noon)
    ('in 1 h 30 min', 'now')
    """
    minutes = int((moment - now).total_seconds() + 59) // 60
    if minutes <= 0:
        return "now"
    hours, rest = divmod(minutes, 60)
    return f"in {hours} h {rest} min" if hours else f"in {rest} min"


@main.command()
@config_option
@json_option
@click.argument("urls", metavar="[URL]", nargs=-1)
@click.pass_obj
def poll(config_file: Path, urls: Sequence[str], as_json: bool) -> None:
    """Poll the sources that are due, or the named ones, now."""
    polled: list[Polled] = []

    def show(one: Polled) -> None:
        polled.append(one)
        if not as_json:
            _tell_polled(one)

    with opened(config_file) as service:
        service.poll(urls, told=show)
        if as_json:
            print_json([_polled_json(service, one) for one in polled])
    if not polled:
        click.echo("no source is due", err=True)
    if any(one.became in {"failed", "held", "gone"} for one in polled):
        sys.exit(1)


def _tell_polled(one: Polled) -> None:
    name = one.source.spec.name or one.state.title or masked(one.source.spec.url)
    if one.became in {"failed", "held", "gone"}:
        how = f"; {_resuming(one.source)}" if one.state.status in _STOPPED else ""
        click.echo(f"{one.became}: {name}: {one.state.last_error}{how}", err=True)
    elif one.became == "lost":
        click.echo(f"{name}: somebody else has polled it meanwhile")
    else:
        told = _said(one.tally) if one.became == "changed" else "nothing new"
        click.echo(f"{name}: {told}")
    _tell_notes(one.tally)


def _polled_json(service: Service, one: Polled) -> dict[str, Any]:
    row = service.store.source(id=one.source.id) or one.source
    return source_object(row) | {"became": one.became, **asdict(one.tally)}
