"""Reports of rejected lines, and of progress on a terminal."""

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
    """A file cannot be read as expected; nothing was written."""


class RejectedLine(Exception):  # noqa: N818 - concerns a line, not the program
    """The reason why a line is rejected."""


def quote(text: str) -> str:
    """A text of a file, cut short and in quotation marks.

    >>> quote("x" * 41)
    '“xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…”'
    """
    return f"“{text[:MAX_QUOTED_LENGTH]}{'…' * (len(text) > MAX_QUOTED_LENGTH)}”"


class Progress:
    """A progress bar that overwrites itself on a terminal; silent elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream if stream.isatty() else None
        self._drawn = ""

    def show(self, label: str, done: int, total: int) -> None:
        """Draw the bar if it changed."""
        percent = min(100, 100 * done // (total or 1))
        text = f"{label} [{'#' * (percent // 4):25}] {percent:3d} %"
        if self.stream and text != self._drawn:
            self.stream.write(f"\r\033[K{text}")
            self.stream.flush()
            self._drawn = text

    def clear(self) -> None:
        """Erase the bar before other output."""
        if self.stream and self._drawn:
            self.stream.write("\r\033[K")
            self._drawn = ""


class Report:
    """Writer of the first rejected lines of each file to `stream`, and of all of them to `rejects`, a CSV file."""

    def __init__(self, stream: TextIO | OutputWrapper, progress: Progress, rejects: TextIO | None = None) -> None:
        self.stream = stream
        self.progress = progress
        self.rejected_lines: Counter[str] = Counter()
        self._rejects = csv.writer(rejects) if rejects else None
        if self._rejects:
            self._rejects.writerow(["file", "line", "reason"])

    def reject(self, file: str, line: int, reason: object) -> None:
        """Report a rejected line. No CSV cell begins with text of a file, because a spreadsheet might execute it."""
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
        """The number of rejected lines."""
        return self.rejected_lines.total()


@contextmanager
def rejects_file(path: Path | None) -> Iterator[TextIO | None]:
    """The CSV file for the rejected lines, open for writing; None without a path. Raises SourceError."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise SourceError(str(error)) from error
    with file:
        yield file
