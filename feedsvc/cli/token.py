"""Tokens for programs and subscribers: make, list, rotate, revoke."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from feedsvc import program
from feedsvc.access import is_good, told
from feedsvc.cli.base import config_option, json_option, main, opened
from feedsvc.cli.output import print_json
from feedsvc.errors import Conflict, InvalidFields, NotFound
from feedsvc.publish.addresses import addresses
from feedsvc.service import Service
from feedsvc.store import Token

_UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = timedelta(days=36500)


@main.group()
def token() -> None:
    """Tokens: what programs and subscribers show to be let in."""


class _Time(click.ParamType[timedelta]):
    """How long from now: ``12h``, ``90d``, ``8w``."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        found = re.fullmatch(r"([1-9]\d{0,5})([hdw])", value, re.ASCII)
        if not found or (length := timedelta(seconds=int(found[1]) * _UNITS[found[2]])) > _LONGEST:
            self.fail(f"{value!r} is no time such as 12h, 90d or 8w", param, ctx)
        return length


@token.command("create")
@config_option
@json_option
@click.argument("name")
@click.option(
    "--scope", default="write", show_default=True, help="write, admin, or read:FEED for a reader."
)
@click.option("--expires", type=_Time(), help="When it ends: 12h, 90d, 8w from now.")
@click.pass_obj
def create(
    config_file: Path, name: str, scope: str, expires: timedelta | None, as_json: bool
) -> None:
    """Make a token and show it, this once."""
    with opened(config_file) as service:
        try:
            made, text = service.access.mint(
                name,
                scope,
                created_by="command line",
                expires_at=service.now() + expires if expires else None,
                feeds=[feed.name for feed in service.settings.all_feeds()],
            )
        except InvalidFields as error:
            raise click.UsageError(f"no token was made: {error}") from None
        _show(service, made, text, as_json)


@token.command("list")
@config_option
@json_option
@click.pass_obj
def list_(config_file: Path, as_json: bool) -> None:
    """List tokens with their scope, last use and end."""
    with opened(config_file, declare=False) as service:
        now = service.now()
        found = service.store.tokens()
        if as_json:
            print_json([told(one, now) for one in found])
            return
        for one in found:
            click.echo(f"{one.id}  {one.scope:<12}  {_state(one, now):<24}  {one.name}")
        if not found:
            click.echo(f"no tokens; `{program.name()} token create NAME` makes one", err=True)


@token.command("rotate")
@config_option
@json_option
@click.argument("which", metavar="ID-OR-NAME")
@click.pass_obj
def rotate(config_file: Path, which: str, as_json: bool) -> None:
    """Give a token another text and show it, this once; the old one ends now."""
    with opened(config_file, declare=False) as service:
        _show(service, *service.access.rotate(_found(service, which).id), as_json)


@token.command("revoke")
@config_option
@click.argument("which", metavar="ID-OR-NAME")
@click.pass_obj
def revoke(config_file: Path, which: str) -> None:
    """End a token: it opens nothing any more, from now on."""
    with opened(config_file, declare=False) as service:
        done = service.access.revoke(_found(service, which).id)
    click.echo(f"{done.name} ({done.id}) opens nothing any more")


def _found(service: Service, which: str) -> Token:
    """The token of this id, or the one that has this name. Raises NotFound, Conflict."""
    every = service.store.tokens()
    by: list[Callable[[Token], bool]] = [
        lambda one: one.id == which,
        lambda one: one.name == which and is_good(one, service.now()),
        lambda one: one.name == which,
    ]
    for fits in by:
        found = [one for one in every if fits(one)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(one.id for one in found)
            raise Conflict(f"{len(found)} tokens are called {which!r}, say which by its id: {ids}")
    how = f"`{program.name()} token list` lists them"
    raise NotFound(f"no token has the id or name {which!r}; {how}")


def _show(service: Service, made: Token, text: str, as_json: bool) -> None:
    """The token's text alone on stdout, for programs; around it what people want to know."""
    if as_json:
        print_json(told(made, service.now()) | {"token": text})
        return
    click.echo(f"The token {made.name} (scope {made.scope}), shown only now:", err=True)
    click.echo(text)
    kind, _, feed = made.scope.partition(":")
    if kind == "read":
        address = addresses(service.settings.site.url, feed)["rss"]
        click.echo(f"Its subscriber follows {address}?token={text}", err=True)
    else:
        click.echo("Programs send it as  Authorization: Bearer TOKEN", err=True)


def _state(one: Token, now: datetime) -> str:
    if one.revoked_at:
        return f"revoked {one.revoked_at:%Y-%m-%d}"
    if not is_good(one, now):
        return f"ended {one.expires_at:%Y-%m-%d}"
    if one.last_used_at:
        return f"used {one.last_used_at:%Y-%m-%d %H:%M}"
    return "never used"
