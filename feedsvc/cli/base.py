"""The group that every command belongs to, and what they share."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from feedsvc import __version__, config
from feedsvc.errors import FeedsvcError
from feedsvc.service import Service


class Commands(click.Group):
    """Turns our errors into one message on stderr and the right exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FeedsvcError as error:
            fail(error)
        except BrokenPipeError:  # whoever read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:
            fail(FeedsvcError(f"the output can't be written: {(error.strerror or error)}"))


def fail(error: FeedsvcError) -> NoReturn:
    click.echo(f"feedsvc: {error}", err=True)
    sys.exit(error.exit_status)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="feedsvc")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config.toml"),
    envvar="FEEDSVC_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration to use.",
)
@click.pass_context
def main(ctx: click.Context, config_file: Path) -> None:
    """Stores article items and publishes them as RSS, Atom and JSON Feed.

    \b
    Write an article into items/, then:
      feedsvc serve      see it at http://127.0.0.1:8000/
      feedsvc check URL  see whether every reader will like a feed
    """
    ctx.obj = config_file


def config_option(command: Any) -> Any:
    """`--config` after the command's name as well as before it."""

    def keep(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
        if value is not None:
            ctx.obj = value

    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        expose_value=False,
        callback=keep,
        help="The configuration to use.",
    )(command)


json_option = click.option("--json", "as_json", is_flag=True, help="Output for programs.")


@contextlib.contextmanager
def opened(config_file: Path, *, declare: bool = True) -> Iterator[Service]:
    """The service of a configuration. With ``declare=False`` its feeds are left as they are."""
    service = Service.open(config.load(config_file), declare=declare)
    try:
        yield service
    finally:
        service.close()
