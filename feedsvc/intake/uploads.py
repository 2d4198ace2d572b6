"""Files that are uploaded: kept in a folder under the digest of what is in them.

A file is there whole before anybody can know its address, and stays what it is: its address has
the start of its SHA-256. The same bytes again are the same file, under the name they first had.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import quote

from feedsvc.errors import FieldFault, InvalidFields, ItemError, NotFound, StoreReadOnly, TooLarge
from feedsvc.formats.uploaded import uploaded
from feedsvc.intake.kinds import suffix_of
from feedsvc.intake.recognising import recognise, safe_name
from feedsvc.intake.scan import open_regular
from feedsvc.store import Store, Upload

#: Hexadecimal digits of the digest in an address: 128 bits.
ID_LENGTH = 32
_PIECE = 1024 * 1024
#: Files on their way in begin so; one that was left behind by a crash is removed after a day.
_COMING = ".coming-"
_LEFT_BEHIND = 24 * 3600


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken in, its address, and whether it was not there before."""

    upload: Upload
    url: str
    new: bool


class Uploads:
    """The folder of uploaded files and what the store knows of them.

    Several nodes share the folder as they share the store. ``limit`` is in bytes.
    """

    def __init__(self, folder: Path, store: Store, site_url: str, limit: int) -> None:
        self._folder = folder
        self._store = store
        self._site_url = site_url.rstrip("/")
        self.limit = limit

    def take(self, file: IO[bytes], *, name: str, origin: str, now: datetime) -> Taken:
        """Take in what is left to read of ``file``; ``name`` is what its sender calls it.

        Once this returns, a crash of the machine loses nothing of it. Raises UnsupportedType,
        TooLarge, InvalidFields for an empty one, StoreReadOnly when the folder can't be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._clear()
            descriptor, path = tempfile.mkstemp(prefix=_COMING, dir=self._folder)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            with os.fdopen(descriptor, "w+b") as coming:
                upload = self._copy(file, coming, name, origin, now)
            return self._keep(upload, Path(path))
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            with suppress(FileNotFoundError):
                Path(path).unlink()

    def _copy(
        self, file: IO[bytes], coming: BinaryIO, name: str, origin: str, now: datetime
    ) -> Upload:
        """Copy the file to the disk, and say what it is."""
        digest, length = hashlib.sha256(), 0
        while piece := file.read(_PIECE):
            length += len(piece)
            if length > self.limit:
                raise TooLarge(f"a file may have {self.limit:,} bytes at most")
            digest.update(piece)
            coming.write(piece)
        if not length:
            raise InvalidFields([FieldFault("file", "is empty: send the bytes of the file")])
        coming.flush()
        what = recognise(coming)
        os.fsync(coming.fileno())
        return Upload(
            digest.hexdigest()[:ID_LENGTH],
            safe_name(name, what.suffixes),
            what.type,
            length,
            what.duration,
            what.width,
            what.height,
            now,
            origin,
        )

    def _keep(self, upload: Upload, coming: Path) -> Taken:
        with self._locked() as folder:
            known = self._store.upload(upload.id)
            upload = known or upload
            # Again too: should it be gone from the disk, it is back.
            coming.replace(self._folder / _file_name(upload))
            os.fsync(folder)
            if known is None:
                self._store.keep_upload(upload)
        return Taken(upload, self.url(upload), known is None)

    def open(self, upload: Upload) -> BinaryIO:
        """Open it for reading; the caller closes it. Raises NotFound."""
        try:
            with _opened(self._folder) as folder:
                return open_regular(folder, _file_name(upload))
        except (OSError, ItemError):
            raise NotFound("this file is not here any more") from None

    def url(self, upload: Upload) -> str:
        """Where it is served."""
        return f"{self._site_url}/media/{upload.id}/{quote(upload.name)}"

    def of_url(self, url: str) -> Upload | None:
        """The upload whose address this is, however spelled; None when it is another's."""
        found = uploaded(url, self._site_url)
        return self._store.upload(found.id) if found else None

    def remove(self, upload_id: str) -> bool:
        """Remove it; False when there is none. Raises Conflict while an item uses it."""
        with self._locked():
            upload = self._store.upload(upload_id)
            if upload is None or not self._store.drop_upload(upload_id):
                return False
            with suppress(FileNotFoundError):
                (self._folder / _file_name(upload)).unlink()
        return True

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The folder's descriptor, while no other process takes in or removes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with _opened(self._folder) as folder:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(folder, fcntl.LOCK_EX)  # let go when the descriptor is closed
            yield folder

    def _clear(self) -> None:
        """Remove what a crash has left behind."""
        for path in self._folder.glob(f"{_COMING}*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _LEFT_BEHIND:
                    path.unlink()

    def _unwritable(self, error: OSError) -> StoreReadOnly:
        return StoreReadOnly(
            f"{self._folder} can't be written ({error.strerror}): make room, or let the user of "
            "this process write there"
        )


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _file_name(upload: Upload) -> str:
    return f"{upload.id}.{suffix_of(upload.name)}"
