"""The shape of one rule, and the two words it is declared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_FORMATS = {
    "feed": "any",
    "http": "HTTP",
    "xml": "XML",
    "atom": "Atom 1.0",
    "rss": "RSS 2.0",
    "rdf": "RSS 1.0",
    "json": "JSON Feed",
    "opml": "OPML 2.0",
    "extension": "extensions",
    "itunes": "Apple Podcasts",
    "media": "Media RSS",
    "history": "RFC 5005",
    "tombstone": "RFC 6721",
    "body": "HTML bodies",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong.

    ``id`` is stable and begins with the format. ``message`` is one sentence; what stands in braces
    is filled in with facts of the finding. ``section`` is the place in the standard, ``mend`` what
    to do. An error breaks the standard; a warning works, but some readers fail.
    """

    id: str
    severity: Severity
    section: str
    message: str
    mend: str

    @property
    def format(self) -> str:
        """The format or the layer that the rule is about, in words."""
        return _FORMATS[self.id.partition(".")[0]]


def error(rule_id: str, section: str, message: str, mend: str) -> Rule:
    """A rule whose breach breaks the standard."""
    return Rule(rule_id, "error", section, message, mend)


def warning(rule_id: str, section: str, message: str, mend: str) -> Rule:
    """A rule whose breach works, but makes some readers fail."""
    return Rule(rule_id, "warning", section, message, mend)
