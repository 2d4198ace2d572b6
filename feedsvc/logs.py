"""What a running service says of itself on stderr: lines for people, JSON for programs."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

#: What lets somebody in: tokens, wherever they stand, and what a query says of one or of a code.
_SECRETS = re.compile(
    r"(?P<id>fs_[a-z0-9]{12}_)[A-Za-z0-9]{8,}"
    r"|(?P<key>\b(?:access_)?token=|\bcode=|\bpassword=)[^\s&\"'<>]+"
    r"|(?P<scheme>\b(?:Bearer|Basic) )[A-Za-z0-9+/=._~-]{8,}",
)


def scrubbed(text: str) -> str:
    """The text without what lets somebody in.

    >>> scrubbed("GET /feeds/a.rss?token=fs_abcdefghijkl_secret&x=1")
    'GET /feeds/a.rss?token=…&x=1'
    """
    return _SECRETS.sub(lambda m: f"{m['key'] or m['id'] or m['scheme']}…", text)


class JsonLines(logging.Formatter):
    """One JSON object a line; control characters are escaped, so no text forges a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(line)


class Lines(logging.Formatter):
    """A line for people, with whatever a terminal would act upon shown as text."""

    def format(self, record: logging.LogRecord) -> str:
        text = scrubbed(super().format(record))
        return "".join(
            char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text
        )


def log_to_stderr() -> None:
    """Send the log of this process to stderr, in the form that suits who reads it there."""
    handler = logging.StreamHandler(sys.stderr)
    people = sys.stderr.isatty()
    handler.setFormatter(Lines("%(asctime)s %(levelname)s %(message)s") if people else JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    # It counts what has changed in the folder; what became of it is told by whoever takes it in.
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    # It tells of every step of every migration.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It tells of every run of every job, and warns when a sync takes longer than until the next:
    # that one is left out, as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
