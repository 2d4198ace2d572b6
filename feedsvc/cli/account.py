"""Accounts of people who write with a browser: invite, list, remove."""

from __future__ import annotations

from pathlib import Path

import click

from feedsvc import program
from feedsvc.access import INVITED, account_name
from feedsvc.cli.base import config_option, json_option, main, opened
from feedsvc.cli.output import print_json
from feedsvc.errors import NotFound
from feedsvc.service import Service


@main.group()
def account() -> None:
    """Accounts: who may sign in to the editor."""


@account.command("invite")
@config_option
@json_option
@click.argument("name", required=False)
@click.pass_obj
def invite(config_file: Path, name: str | None, as_json: bool) -> None:
    """Print an address to make an account once; with NAME also to give that one a new password."""
    with opened(config_file, declare=False) as service:
        address = invitation_address(service, name)
        if as_json:
            print_json({"address": address, "account": name and account_name(name)})
            return
        hours = int(INVITED.total_seconds() // 3600)
        click.echo(f"Good for {hours} hours and once, shown only now:", err=True)
        settings = service.settings
        if settings.site.url.endswith(f":{settings.server.port}"):  # it is where it listens
            click.echo(
                "If the server was started with --host or --port, set [server] host or port (or "
                f"site.url) in {config_file}: the address is made from these.",
                err=True,
            )
        click.echo(address)


@account.command("list")
@config_option
@json_option
@click.pass_obj
def list_(config_file: Path, as_json: bool) -> None:
    """List accounts."""
    with opened(config_file, declare=False) as service:
        found = service.store.accounts()
    if as_json:
        print_json([
            {"name": one.name, "created_at": one.created_at, "changed_at": one.changed_at}
            for one in found
        ])
        return
    for one in found:
        click.echo(f"{one.name}  since {one.created_at:%Y-%m-%d}")
    if not found:
        click.echo(f"no accounts; `{program.name()} account invite` makes one", err=True)


@account.command("remove")
@config_option
@click.argument("name")
@click.pass_obj
def remove(config_file: Path, name: str) -> None:
    """Remove an account; whoever is signed in with it is out at once."""
    with opened(config_file, declare=False) as service:
        found = service.store.account(account_name(name))
        if found is None:
            raise NotFound(
                f"there is no account {name!r}; `{program.name()} account list` lists them"
            )
        service.store.drop_account(found.name)
    click.echo(f"{found.name} can't sign in any more")


def invitation_address(service: Service, name: str | None = None) -> str:
    """An address that makes one account, within a day. Raises InvalidFields."""
    return f"{service.settings.site.url}/admin/setup?code={service.access.invite(name)}"
