"""What was wrong in the files, line by line; and how far the work is, on a terminal."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.core.management.base import OutputWrapper

MAX_SHOWN_PER_FILE = 20
MAX_QUOTED_LENGTH = 40


class SourceError(Exception):
    """A file that cannot be read as what it should be: nothing was written."""


class RejectedLine(Exception):  # noqa: N818 - the line's lot, not a failure of the program
    """Why a line is kept out, in words."""


def quote(text: str) -> str:
    """A text of a file in a sentence, cut short.

    >>> quoted("x" * 41)
    '“xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…”'
    """
    return f"“{text[:MAX_QUOTED_LENGTH]}{'…' * (len(text) > MAX_QUOTED_LENGTH)}”"


class Progress:
    """A line that is drawn over, on a terminal; silent elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream if stream.isatty() else None
        self._drawn = ""

    def show(self, label: str, done: int, total: int) -> None:
        """Draw `done` of `total` when the percentage moved."""
        percent = min(100, 100 * done // (total or 1))
        text = f"{label} [{'#' * (percent // 4):25}] {percent:3d} %"
        if self.stream and text != self._drawn:
            self.stream.write(f"\r\033[K{text}")
            self.stream.flush()
            self._drawn = text

    def clear(self) -> None:
        """Wipe the line out, before other words."""
        if self.stream and self._drawn:
            self.stream.write("\r\033[K")
            self._drawn = ""


class Report:
    """Writes the first lines kept out of each file to `stream`, and all of them to `rejects`, a CSV file."""

    def __init__(self, stream: TextIO | OutputWrapper, progress: Progress, rejects: TextIO | None = None) -> None:
        self.stream = stream
        self.progress = progress
        self.rejected_lines: Counter[str] = Counter()
        self._rejects = csv.writer(rejects) if rejects else None
        if self._rejects:
            self._rejects.writerow(["file", "line", "reason"])

    def reject(self, file: str, line: int, reason: object) -> None:
        """Tell a line kept out. No cell of `rejects` begins with what a file says: a spreadsheet may open it."""
        self.rejected_lines[file] += 1
        if self.rejected_lines[file] <= MAX_SHOWN_PER_FILE + 1:
            self.progress.clear()
        if self.rejected_lines[file] <= MAX_SHOWN_PER_FILE:
            self.stream.write(f"{file}:{line}: {reason}\n")
        elif self.rejected_lines[file] == MAX_SHOWN_PER_FILE + 1:
            self.stream.write(f"{file}: further lines are not shown, only counted\n")
        if self._rejects:
            self._rejects.writerow([file, line, str(reason)])

    @property
    def total(self) -> int:
        """How many lines were kept out."""
        return self.rejected_lines.total()


@contextmanager
def rejects_file(path: Path | None) -> Iterator[TextIO | None]:
    """The file that takes every line kept out, open for writing. Raises SourceError."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise SourceError(str(error)) from error
    with file:
        yield file
