"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(target: Path, draft: Path, mode: int) -> Iterator[Path]:
    """An empty file under the name `draft`, to be filled; it becomes `target` once it is on the disk.

    Raises FileExistsError when another process is writing the draft, and OSError.
    """
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield draft
        _flush_to_disk(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    _flush_to_disk(target.parent)


def _flush_to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
