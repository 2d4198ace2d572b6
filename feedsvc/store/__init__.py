"""What is kept: items, feeds, files. SQLite and PostgreSQL behind one face.

``open_store`` gives a :class:`Store`; its ``apply`` is the one write path.
"""

from feedsvc.store.changes import (
    Change,
    Delta,
    DropFile,
    FeedSpec,
    FeedState,
    FileRow,
    KeepFile,
    Live,
    Media,
    Outcome,
    Page,
    PageState,
    Put,
    Withdraw,
)
from feedsvc.store.opening import migrate, open_store
from feedsvc.store.polls import PollCount
from feedsvc.store.store import Store

__all__ = [
    "Change",
    "Delta",
    "DropFile",
    "FeedSpec",
    "FeedState",
    "FileRow",
    "KeepFile",
    "Live",
    "Media",
    "Outcome",
    "Page",
    "PageState",
    "PollCount",
    "Put",
    "Store",
    "Withdraw",
    "migrate",
    "open_store",
]
