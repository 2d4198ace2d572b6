"""What somebody types to run this program again, as it was run."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "feedsvc"


def for_pages() -> str:
    """The same for pages, which strangers see: they are not told where it is installed."""
    found = name()
    return _NAME if found.startswith(("/", "'")) else found


def name() -> str:
    """The command: its name where a shell finds it, else its path, from the present folder on.

    After ``make serve`` that is ``.venv/bin/feedsvc``: nobody has put the environment on the PATH.
    """
    script = Path(sys.argv[0])
    if script.name == "__main__.py" and script.parent.name == _NAME:  # python -m feedsvc
        script = Path(sys.executable).with_name(_NAME)
    if script.name != _NAME or not script.is_file():
        return _NAME
    script = script.absolute()  # its links are kept: an environment is known by its own path
    found = shutil.which(_NAME)
    if found is not None and Path(found).absolute() == script:
        return _NAME
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))
