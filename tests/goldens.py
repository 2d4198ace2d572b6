"""Documents that a format must give byte for byte, kept in tests/golden/.

After a wanted change: ``GOLDEN=write pytest tests/formats``, then read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def is_golden(name: str, body: bytes) -> bool:
    """Whether the file of this name holds exactly these bytes."""
    file = FOLDER / name
    if os.environ.get("GOLDEN") == "write":
        file.write_bytes(body)
    return file.read_bytes() == body
