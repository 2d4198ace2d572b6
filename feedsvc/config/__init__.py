"""config.toml and the environment, read into :class:`Settings` with every fault at once.

A key of the file can be set by the environment as ``FEEDSVC_SECTION__KEY``; the value is read as
TOML where it is TOML (``true``, ``8080``, ``["a"]``), else as text. Paths in the file are relative
to the file's own folder, so a service does not depend on where it is started.
"""

from feedsvc.config.loading import load
from feedsvc.config.made import read_feed, with_made
from feedsvc.config.sections import (
    EMAIL,
    AuthorSection,
    FeedSection,
    ItemsSection,
    LimitsSection,
    ServerSection,
    Settings,
    SiteSection,
    SourceSection,
    StoreSection,
    TermsSection,
    WhereSection,
)

__all__ = [
    "EMAIL",
    "AuthorSection",
    "FeedSection",
    "ItemsSection",
    "LimitsSection",
    "ServerSection",
    "Settings",
    "SiteSection",
    "SourceSection",
    "StoreSection",
    "TermsSection",
    "WhereSection",
    "load",
    "read_feed",
    "with_made",
]
