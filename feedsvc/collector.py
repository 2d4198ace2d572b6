"""Python's garbage collector in processes that run for long."""

from __future__ import annotations

import gc


def spare() -> None:
    """Look for garbage in what requests and polls leave behind, seldom; not in what is there for
    good. To be called once everything is loaded.

    To go through all that a process is made of stops it for 50 ms, the polls of a worker too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
