"""One child that reads documents: started, asked, killed. Blocks; a thread is behind each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

import feedsvc
from feedsvc.errors import NotAFeed, ParserKilled
from feedsvc.intake import parsing_child
from feedsvc.intake.parsing_reading import Asked
from feedsvc.intake.parsing_values import ReadFeed, loads

#: Seconds until a child that starts has to be ready, on a machine that is busy.
_START = 60.0
#: What wears a child out: memory that libraries have freed seldom comes back.
_DOCUMENTS_MAX = 500
_BYTES_MAX = 128 * 1024 * 1024
#: Characters of what a child said before it died.
_LAST_WORDS = 300

#: Writes no caches, imports from no working or home folder, warns nobody.
COMMAND = (sys.executable, *"-B -P -s -W ignore -m".split(), parsing_child.__name__)
#: Nothing of the service's own, where passwords may stand; no home, which Python would look up.
ENVIRONMENT = {
    "HOME": "/",
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": str(Path(feedsvc.__file__).parents[1]),
    # glibc gives memory of this size back after each document, only to ask for it at the next one:
    # a twentieth of the time for reading.
    "MALLOC_MMAP_THRESHOLD_": str(2 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(4 * 1024 * 1024),
    **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
}


class ChildProcess:
    """A child process. Ready to be asked as soon as it is made; it loads its code meanwhile."""

    def __init__(
        self, wall: float, memory: int = parsing_child.MEMORY, command: Sequence[str] = COMMAND
    ) -> None:
        self._wall, self._memory = wall, memory
        self._ready = self._asking = False
        self._cpu = 0
        self._documents = self._bytes = 0
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [*command, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=ENVIRONMENT,
            # So that whatever it starts can be killed with it.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_fit(self) -> bool:
        """Whether another document may be given to it: it lives, waits, and is not worn out."""
        return (
            self._process.poll() is None
            and not self._asking
            and self._documents < _DOCUMENTS_MAX
            and self._bytes < _BYTES_MAX
        )

    def ask(self, body: bytes, asked: Asked) -> ReadFeed:
        """What the child makes of a document. Raises NotAFeed, or ParserKilled and is dead."""
        question = json.dumps(asdict(asked)).encode()
        self._asking = True
        self._cpu = asked.cpu
        self._documents += 1
        self._bytes += len(body)
        if not self._ready:
            with self._watched(_START):
                kind, _ = self._receive(0)
            self._ready = kind == parsing_child.READY
        with self._watched(self._wall):
            self._send(question, body)
            kind, text = self._receive(asked.size + parsing_child.MARGIN)
        self._asking = False
        if kind == parsing_child.REFUSED:
            raise NotAFeed(text.decode(errors="replace"))
        if kind == parsing_child.NO_MEMORY:
            self.kill()
            raise self._out_of_memory()
        return self._trusted(text)

    def _trusted(self, text: bytes) -> ReadFeed:
        try:
            return loads(text)
        except ValueError as error:
            self.kill()
            raise ParserKilled("crash", f"reading this document went wrong: {error}") from error

    def stop(self) -> None:
        """End it now, and whatever it has started; whoever asks it hears of it and cleans up."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> str:
        """End it now, for good. Nobody may be asking it. Returns what it said last."""
        self.stop()
        self._process.wait()
        said = b""
        with suppress(OSError, ValueError):
            said = _pipe(self._process.stderr).read(65_536)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):  # what was never sent can't be
                _pipe(pipe).close()
        return " ".join(said.decode(errors="replace").split())[-_LAST_WORDS:]

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """A pipe that ends within is the child's death, which comes after so many seconds."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self.stop()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError) as error:
            timer.cancel()
            raise self._death(late=seconds if late.is_set() else None) from error
        finally:
            timer.cancel()

    def _death(self, *, late: float | None) -> ParserKilled:
        if late is not None:
            self.kill()
            return ParserKilled("wall", f"reading this document took more than {late:g} seconds")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.poll()
        said = self.kill()
        if status == -signal.SIGXCPU:
            return ParserKilled(
                "cpu", f"reading this document took more than {self._cpu} seconds of processor time"
            )
        # Rust aborts, and the system's own killer kills.
        if status in {-signal.SIGABRT, -signal.SIGKILL} or "memory" in said.lower():
            return self._out_of_memory()
        return ParserKilled("crash", f"reading this document ended with {status}: {said}")

    def _out_of_memory(self) -> ParserKilled:
        most = f"{self._memory // 1024**2} MiB"
        return ParserKilled("memory", f"reading this document took more than {most} of memory")

    def _send(self, question: bytes, body: bytes) -> None:
        pipe = _pipe(self._process.stdin)
        pipe.write(parsing_child.QUESTION.pack(len(question), len(body)))
        pipe.write(question)
        pipe.write(body)
        pipe.flush()

    def _receive(self, most: int) -> tuple[int, bytes]:
        pipe = _pipe(self._process.stdout)
        head = pipe.read(parsing_child.ANSWER.size)
        if len(head) < parsing_child.ANSWER.size:
            raise EOFError
        size, kind = parsing_child.ANSWER.unpack(head)
        if size > most:
            self.kill()
            raise ParserKilled("crash", f"reading this document gave {size:,} bytes")
        text = pipe.read(size)
        if len(text) < size:
            raise EOFError
        return kind, text


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 (all three are pipes)
    return pipe
