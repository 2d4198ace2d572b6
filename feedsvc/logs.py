"""What a running service says of itself on stderr: lines for people, JSON for programs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object a line; control characters are escaped, so no text forges a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class Lines(logging.Formatter):
    """A line for people, with whatever a terminal would act upon shown as text."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return "".join(
            char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text
        )


def log_to_stderr() -> None:
    """Send the log of this process to stderr, in the form that suits who reads it there."""
    handler = logging.StreamHandler(sys.stderr)
    people = sys.stderr.isatty()
    handler.setFormatter(Lines("%(asctime)s %(levelname)s %(message)s") if people else JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    # It tells of every step of every migration.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It tells of every run of every job, and warns when a sync takes longer than until the next:
    # that one is left out, as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
