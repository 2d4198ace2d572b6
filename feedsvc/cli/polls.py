"""`feedsvc feeds --polls`: who polls which feed, as a table for people or JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

import click

from feedsvc.cli.output import counted, print_json
from feedsvc.publish.audience import Audience, Client, audiences
from feedsvc.service import Service

_MOST_FEEDS = 20
_MOST_CLIENTS = 20
_LONGEST_NAME = 23  #: of a feed or a client
_MOST_BARS = 10
_BARS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"


def show_polls(service: Service, days: int, as_json: bool) -> None:
    """Show the polls of so many days, today (UTC) included."""
    until = service.now().date()
    since = until - timedelta(days=days - 1)
    renamed = {
        former: feed.name for feed in service.settings.all_feeds() for former in feed.formerly
    }
    found = audiences(service.store.polls(since), since, until, renamed)
    if as_json:
        print_json({
            "since": since,
            "until": until,
            "feeds": [_json(audience) for audience in found],
        })
    elif found:
        _table(found, since, until)
    else:
        click.echo(f"nobody has polled {_period(since, until)}", err=True)


def _json(audience: Audience) -> dict[str, object]:
    return {
        **asdict(audience),
        "unchanged": round(audience.unchanged, 4),
        "clients": [
            {**asdict(client), "ignores_validators": client.ignores_validators}
            for client in audience.clients
        ],
    }


def _table(found: Sequence[Audience], since: date, until: date) -> None:
    """At most 80 columns, however many days and however long the names."""
    click.echo(f"polls {_period(since, until)}\n")
    shown = found[:_MOST_FEEDS]
    width = max(len("feed"), *(len(_short(audience.feed)) for audience in shown))
    header = (
        f"{'feed':{width}}  {'polls':>10}  {'304':>4}  {'sent':>7}  {'saved':>7}  {'readers':>7}"
    )
    click.secho(f"{header}  {_by(len(found[0].by_day))}", dim=True)
    for audience in shown:
        click.echo(
            f"{_short(audience.feed):{width}}  {audience.requests:>10,}  "
            f"{_percent(audience.unchanged):>4}  {amount(audience.bytes_sent):>7}  "
            f"{amount(audience.bytes_saved):>7}  {audience.subscribers or '-':>7}  "
            f"{bars(audience.by_day)}"
        )
    if len(found) > len(shown):
        click.echo(f"and {counted(len(found) - len(shown), 'more feed')}; --json has them all")
    if refused := sum(audience.refused for audience in found):
        most = max(found, key=lambda audience: audience.refused)
        where = f"{_short(most.feed)} {most.refused:,}"
        click.echo(f"\nrefused with 429: {refused:,}; at {where}")
    if ignoring := [(audience, client) for audience in found for client in audience.ignoring]:
        ignoring.sort(key=lambda pair: -pair[1].bytes_sent)
        click.echo(
            "\nfetching everything each time, without a validator (share: of the feed's polls):"
        )
        _clients(ignoring[:_MOST_CLIENTS])


def _clients(ignoring: Sequence[tuple[Audience, Client]]) -> None:
    feed = max(len("feed"), *(len(_short(audience.feed)) for audience, _ in ignoring))
    name = max(len("client"), *(len(_short(client.name)) for _, client in ignoring))
    header = f"{'feed':{feed}}  {'client':{name}}  {'polls':>9}  {'share':>5}  {'sent':>7}"
    click.secho(header, dim=True)
    for audience, client in ignoring:
        click.echo(
            f"{_short(audience.feed):{feed}}  {_short(client.name):{name}}  "
            f"{client.requests:>9,}  {_percent(client.share):>5}  {amount(client.bytes_sent):>7}"
        )


def _period(since: date, until: date) -> str:
    return f"on {until} (UTC)" if since == until else f"from {since} to {until} (UTC)"


def _by(days: int) -> str:
    each = -(-days // _MOST_BARS)
    return "by day" if each == 1 else f"by {each} days"


def bars(numbers: Sequence[int]) -> str:
    """A small drawing: a bar a number, or for some together if there are many.

    >>> bars([0, 1, 4, 8])
    '·▁▄█'
    """
    each = -(-len(numbers) // _MOST_BARS) or 1
    # The last bar is whole, the first one may stand for fewer days.
    cuts = range(len(numbers), 0, -each)
    sums = [sum(numbers[max(0, cut - each) : cut]) for cut in cuts][::-1]
    top = max(sums, default=0)
    return "".join(_BARS[-(-8 * one // top) - 1] if one else _NOTHING for one in sums)


def amount(number: int) -> str:
    """Bytes for people, in three digits or so.

    >>> amount(0), amount(999), amount(1_234), amount(45_678_901), amount(10**15)
    ('0 B', '999 B', '1.2 kB', '46 MB', '1000 TB')
    """
    size = float(number)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":
            break
        size /= 1000
    return f"{size:.1f} {unit}" if 0 < size < 9.95 and unit != "B" else f"{size:.0f} {unit}"


def _percent(share: float) -> str:
    """Rounded, but what is not all is never "100%", what is something never "0%"."""
    if 0 < share < 0.01:
        return "<1%"
    return "99%" if 0.99 < share < 1 else f"{share:.0%}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
