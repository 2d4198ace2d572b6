"""Commands that run until they are stopped: serve and scheduler."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from feedsvc import __version__, collector, config, program
from feedsvc.cli.account import invitation_address
from feedsvc.cli.base import config_option, main, opened
from feedsvc.cli.output import counted, progress, tell_notes, tell_refused
from feedsvc.ending import Asked, signals
from feedsvc.errors import ItemError
from feedsvc.intake.folder import Report
from feedsvc.logs import log_to_stderr
from feedsvc.model import Status
from feedsvc.publish.addresses import addresses
from feedsvc.service import Service
from feedsvc.web.presentation import reachable_by_others

log = logging.getLogger(__name__)


@main.command()
@config_option
@click.option("--host", help="The IP address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), help="How many web workers.")
@click.option("--no-scheduler", is_flag=True, help="Web workers alone; another node schedules.")
@click.pass_obj
def serve(
    config_file: Path, host: str | None, port: int | None, workers: int | None, no_scheduler: bool
) -> None:
    """Serve the feeds: web workers and, unless told otherwise, the scheduler."""
    from feedsvc.serve import check_port, run_workers

    # What is said here is as if it stood in the environment, which wins over the file.
    for key, value in (("HOST", host), ("PORT", port), ("WORKERS", workers)):
        if value is not None:
            os.environ[f"FEEDSVC_SERVER__{key}"] = json.dumps(value)
    settings = config.load(config_file)
    check_port(settings.server.host, settings.server.port)
    log_to_stderr()
    with opened(config_file) as service:
        if no_scheduler:  # and so whoever schedules takes in the items, from its own folder
            _welcome(service)
            with signals() as asked:
                run_workers(settings, asked)
            return
        report = _take_in(service)
        _welcome(service)
        with signals() as asked, _scheduler(service, report, asked) as running:
            run_workers(settings, asked, running.stop_soon)


@main.command()
@config_option
@click.pass_obj
def scheduler(config_file: Path) -> None:
    """Run the scheduled work alone, for further nodes."""
    log_to_stderr()
    with opened(config_file) as service:
        report = _take_in(service)
        with signals() as asked, _scheduler(service, report, asked):
            click.echo("feedsvc: the scheduler is running; end it with Ctrl-C", err=True)
            asked.wait()


@contextlib.contextmanager
def _scheduler(service: Service, told: Report, asked: Asked) -> Iterator[Any]:
    from feedsvc.given import STOP_SECONDS
    from feedsvc.scheduler import Scheduler  # only two commands pay for it

    running = Scheduler(service, told)
    collector.spare()
    running.start()
    try:
        yield running
    finally:
        if left := running.stop(STOP_SECONDS, lambda: asked.twice):
            # A thread that works can't be ended but with its process. What it has not committed
            # was never there, and its claims on sources end by themselves.
            log.warning(
                "ended amid the scheduler's work (%s): %s; what is stored stays, "
                "and the rest is done again",
                ", ".join(left),
                "a second signal" if asked.twice else f"it took more than {STOP_SECONDS} s",
            )
            _end_at_once(asked)


def _end_at_once(asked: Asked) -> None:
    """End this process as it stands: by the second signal, or as it would have ended."""
    if asked.twice:
        asked.end_now()
    if error := sys.exception():  # the reason for the end, which nobody else can tell any more
        log.error("%s", error)
    os._exit(1 if error else 0)


def _take_in(service: Service) -> Report:
    """The sync at start. What is refused or left out is said and does not stop the rest."""
    try:
        with progress("items") as show:
            report = service.sync(progress=show)
    except ItemError as error:
        click.echo(f"feedsvc: {error}", err=True)
        return Report()
    tell_notes(report)
    tell_refused(report)
    return report


def _welcome(service: Service) -> None:
    settings = service.settings
    site, server = settings.site, settings.server
    count = counted(service.store.count(Status.PUBLISHED), "item")
    click.echo(f"feedsvc {__version__} serves {count} at {site.url}/\n")
    for feed in settings.all_feeds():
        where = addresses(site.url, feed.name)
        click.echo(f"  {feed.name}")
        for form, name in (("rss", "RSS"), ("atom", "Atom"), ("json", "JSON Feed")):
            click.echo(f"    {name:9}  {where[form]}")
    click.echo(f"\nListening on {server.host}, port {server.port}; end with Ctrl-C.")
    click.echo(f"Write articles into {settings.items_path}")
    if not service.store.accounts():
        click.echo(
            "Or with a browser: make an account at this address, which is good for a day and once:"
            f"\n  {invitation_address(service)}"
        )
    else:
        click.echo(
            f"Or with a browser: sign in at {site.url}/admin/ (another account, or a password "
            f"that was forgotten: {program.name()} account invite [NAME])"
        )
    if not reachable_by_others(site.url):
        click.echo(
            "Before others subscribe, set site.url in the configuration to the public address: "
            "ids are made from it once and kept."
        )
    sys.stdout.flush()
