"""How figures are taken and printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """The median wall time of ``runs`` calls, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def show(title: str, rows: list[tuple[str, str, str]]) -> None:
    """Print rows of what, figure, ratio."""
    print(f"\n{title}")
    width = max(len(row[0]) for row in rows)
    for what, figure, ratio in rows:
        print(f"  {what:<{width}}  {figure:>12}  {ratio}")
