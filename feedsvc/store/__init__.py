"""What is kept: items, feeds, files. SQLite and PostgreSQL behind one face.

``open_store`` gives a :class:`Store`; its ``apply`` is the one write path.
"""

from feedsvc.store.access import Account, Invitation, Session, Token
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
from feedsvc.store.history import Version
from feedsvc.store.keys import Key
from feedsvc.store.made import MadeFeed
from feedsvc.store.moments import Mark, Moment
from feedsvc.store.opening import migrate, open_store
from feedsvc.store.polls import PollCount
from feedsvc.store.source_rows import key_of as record_key
from feedsvc.store.sources import (
    ForgetRecord,
    Imported,
    KeepRecord,
    Record,
    RecordState,
    SourceRow,
    SourceSpec,
    SourceState,
    SourceStatus,
    Trust,
    kept_guid,
)
from feedsvc.store.store import Store
from feedsvc.store.uploads import Upload

__all__ = [
    "Account",
    "Change",
    "Delta",
    "DropFile",
    "FeedSpec",
    "FeedState",
    "FileRow",
    "ForgetRecord",
    "Imported",
    "Invitation",
    "KeepFile",
    "KeepRecord",
    "Key",
    "Live",
    "MadeFeed",
    "Mark",
    "Media",
    "Moment",
    "Outcome",
    "Page",
    "PageState",
    "PollCount",
    "Put",
    "Record",
    "RecordState",
    "Session",
    "SourceRow",
    "SourceSpec",
    "SourceState",
    "SourceStatus",
    "Store",
    "Token",
    "Trust",
    "Upload",
    "Version",
    "Withdraw",
    "kept_guid",
    "migrate",
    "open_store",
    "record_key",
]
