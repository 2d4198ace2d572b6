"""The `feedsvc` command: one thin function a command, over the service.

Output is for people, with ``--json`` for programs. Exit status 0 done, 1 the work failed in part
or whole, 2 wrong usage or configuration.
"""

from feedsvc.cli import account, checking, importing, intake, listing, serving, token
from feedsvc.cli.base import main

__all__ = ["account", "checking", "importing", "intake", "listing", "main", "serving", "token"]
