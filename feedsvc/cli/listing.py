"""Commands that show what is there: items, feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from feedsvc.cli.base import config_option, json_option, main, opened
from feedsvc.cli.output import counted, item_json, print_json
from feedsvc.cli.polls import show_polls
from feedsvc.errors import NotFound
from feedsvc.model import Item, Status, shown_title
from feedsvc.publish.addresses import addresses
from feedsvc.publish.telling import feed_object
from feedsvc.service import Service
from feedsvc.store import FeedState
from feedsvc.store.polls import DAYS_KEPT

#: Of polls, unless said.
_DAYS = 7


@main.command()
@config_option
@json_option
@click.option("--feed", help="Only those in this feed.")
@click.option(
    "--status", type=click.Choice([status.value for status in Status]), help="Only these."
)
@click.option("--search", help="Only those with these words.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many.")
@click.pass_obj
def items(
    config_file: Path,
    feed: str | None,
    status: str | None,
    search: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List items, newest first."""
    with opened(config_file, declare=False) as service:
        if feed is not None:
            _known(service, feed)
        found: list[Item] = []
        cursor = None
        while limit is None or len(found) < limit:
            page, cursor = service.store.items(
                feed=feed, status=Status(status) if status else None, search=search, cursor=cursor
            )
            found += page
            if cursor is None:
                break
    found = found[:limit]
    if as_json:
        print_json([item_json(item) for item in found])
        return
    for item in found:
        day = f"{item.published:%Y-%m-%d %H:%M}" if item.published else " " * 16
        click.echo(
            f"{day}  {item.status:<9}  {shown_title(item)}  {click.style(item.url, dim=True)}"
        )
    if not found:
        click.echo("no items", err=True)


@main.command()
@config_option
@json_option
@click.option("--polls", is_flag=True, help="Who polls them, and how well.")
@click.option("--days", type=click.IntRange(1, DAYS_KEPT), help="Polls of how many days.")
@click.pass_obj
def feeds(config_file: Path, polls: bool, days: int | None, as_json: bool) -> None:
    """List feeds with their addresses, item counts, last change; or who polls them."""
    if polls:
        with opened(config_file, declare=False) as service:
            show_polls(service, days or _DAYS, as_json)
        return
    if days:
        raise click.UsageError("--days is about polls: say --polls too")
    with opened(config_file) as service:
        url = service.settings.site.url
        states = [state for state in service.store.feed_states("feed") if not state.ended]
        if as_json:
            print_json(_objects(service, states))
            return
    for state in states:
        where = addresses(url, state.key)
        changed = f"changed {state.changed_at:%Y-%m-%d %H:%M} UTC"
        private = ", private" if state.private else ""
        click.echo(f"{state.key}  {counted(state.count, 'item')}, {changed}{private}")
        for form in ("rss", "atom", "json", "page"):
            click.echo(f"  {where[form]}")


def _objects(service: Service, states: list[FeedState]) -> list[dict[str, Any]]:
    """The feeds as the API tells them."""
    made = service.store.made_feeds()
    sections = {section.name: section for section in service.settings.all_feeds()}
    found = []
    for state in states:
        if (section := sections.get(state.key)) is None:
            continue
        declared = service.declared_in(state.key)
        origin = made[state.key].origin if not declared and state.key in made else None
        found.append(
            feed_object(
                section,
                state,
                site_url=service.fixed.site.url,
                declared=declared,
                origin=origin,
            )
        )
    return found


def _known(service: Service, feed: str) -> None:
    """Raises NotFound for a feed that there is not."""
    state = service.store.feed_state(feed)
    if state is not None and state.moved_to:
        raise NotFound(f"the feed {feed} is called {state.moved_to} now")
    if state is None:
        names = ", ".join(state.key for state in service.store.feed_states("feed"))
        raise NotFound(f"no feed is called {feed}; there are: {names}")
