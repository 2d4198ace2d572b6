"""Commands that look after feeds and stores: check, migrate."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from feedsvc import config
from feedsvc.cli.base import config_option, json_option, main
from feedsvc.cli.output import counted, print_json


@main.command()
@config_option
@json_option
@click.argument("what", metavar="URL-OR-FILE")
def check(what: str, as_json: bool) -> None:
    """Say what is wrong with any feed, one finding a line: where, what, which rule, how to mend."""
    from feedsvc.formats.check import check as check_feed
    from feedsvc.intake.fetch import get_or_read

    found = get_or_read(what)
    findings = check_feed(found.body, content_type=found.content_type, url=found.url)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            colour = "red" if finding.severity == "error" else "yellow"
            head = click.style(f"{finding.severity}:", fg=colour)
            click.echo(f"{head} {finding.where}: {finding.message} [{finding.rule}] {finding.mend}")
        errors = sum(finding.severity == "error" for finding in findings)
        warnings = counted(len(findings) - errors, "warning")
        click.echo(f"{counted(errors, 'error')}, {warnings}", err=bool(findings))
    if any(finding.severity == "error" for finding in findings):
        sys.exit(1)


@main.command()
@config_option
@click.pass_obj
def migrate(config_file: Path) -> None:
    """Bring the store's schema up to date (serve does it by itself on SQLite)."""
    from feedsvc.store import migrate as migrate_store

    click.echo(migrate_store(config.load(config_file).store_url))
