"""feedparser's own corpus: some 2,240 documents, each with something that readers get wrong.

They come with its sources from the package index, once, into ``.corpus/``, which git ignores.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path

VERSION = "6.0.14"
FOLDER = Path(__file__).parent.parent / ".corpus" / f"feedparser-{VERSION}"
#: The address that the documents are read as coming from.
URL = "http://127.0.0.1:8097/tests/feed.xml"


class NoCorpus(Exception):
    """The corpus can't be had: no network, or no such version any more."""


@cache
def documents() -> dict[str, bytes]:
    """Every document by its path in the corpus. Raises NoCorpus."""
    if not FOLDER.is_dir():
        _fetch()
    return {
        str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(FOLDER.rglob("*.xml"))
    }


def _fetch() -> None:
    FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as name:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", name, "--no-deps"]
        command += ["--disable-pip-version-check", "--no-binary", ":all:", f"feedparser=={VERSION}"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=90)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoCorpus(
                f"feedparser {VERSION}'s sources can't be had from the package index: {error}"
            ) from error
        with tarfile.open(next(Path(name).glob("*.tar.gz"))) as archive:
            archive.extractall(name, filter="data")
        try:
            (Path(name) / f"feedparser-{VERSION}" / "tests").rename(FOLDER)
        except OSError:  # another process was first
            if not FOLDER.is_dir():
                raise
