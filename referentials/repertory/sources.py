"""Line-by-line reading of files in a folder or a zip, with limits on size and strict encoding and columns.

A row is one line. A cell may be quoted but contains no line break, so a bad line never swallows the next one.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, cast

from .reporting import RejectedLine, Report, SourceError

MAX_LINE_LENGTH = 64 * 1024
BUFFER = 1024 * 1024
PROGRESS_LINES = 4096
# Limits on the unpacked size of a zip; the CBE's own files compress to a tenth.
MAX_MEMBER_SIZE = 8 * 1024**3
MAX_EXPANSION = 200
UNREADABLE = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)

# The number of the line, and its cells in the order of the requested columns.
Row = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Source:
    """A file to read: its name, its unpacked size in bytes, and how to open it."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


def file_source(path: Path) -> Source:
    """A single file. Raises SourceError if it does not exist."""
    try:
        return Source(path.name, path.stat().st_size, lambda: path.open("rb", buffering=BUFFER))
    except OSError as error:
        raise SourceError(str(error)) from error


@dataclass
class LineReader:
    """The report of rejected lines and progress, and the columns, which are known once the first row is read."""

    report: Report
    columns: Sequence[str] = ()


@contextmanager
def sources(path: Path, names: Sequence[str]) -> Iterator[list[Source]]:
    """The files with those names in a folder or a zip, in that order. Raises SourceError."""
    if path.is_dir():
        yield [file_source(path / name) for name in names]
        return
    try:
        archive = zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise SourceError(f"{path.name}: {error}") from error
    with archive:
        yield [_member(archive, name) for name in names]


def _member(archive: zipfile.ZipFile, name: str) -> Source:
    members = [each for each in archive.infolist() if each.filename.rpartition("/")[2].lower() == name]
    if len(members) != 1:
        raise SourceError(f"The zip holds {len(members)} files named {name}: it should hold one.")
    info = members[0]
    if info.file_size > min(MAX_MEMBER_SIZE, MAX_EXPANSION * max(info.compress_size, BUFFER)):
        raise SourceError(f"{name}: {info.file_size} bytes unpacked, more than a file of its kind holds.")
    return Source(name, info.file_size, lambda: _open_member(archive, info))


@contextmanager
def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    # Without a buffer, each line would be read byte by byte.
    with archive.open(info) as member, io.BufferedReader(cast("io.RawIOBase", member), BUFFER) as file:
        yield cast("BinaryIO", file)


def rows(source: Source, needed: Sequence[str], allowed: Sequence[str], reader: LineReader) -> Iterator[Row]:
    """The rows of a file, with the cells of `reader.columns`. Raises SourceError for a file of another shape.

    The header must have all columns of `needed`, in any order. Other columns are ignored if `allowed` is empty;
    otherwise they must be in `allowed`.
    """
    try:
        with source.open() as file:
            lines = _lines(file, source, reader)
            header = _header(source.name, next(lines, (1, b""))[1])
            reader.columns = _columns(source.name, header, needed, allowed)
            pick = itemgetter(*(header.index(name) for name in reader.columns), 0)
            for number, line in lines:
                try:
                    yield number, pick(_cells(line, len(header)))[:-1]
                except RejectedLine as rejected:
                    reader.report.reject(source.name, number, rejected)
    except UNREADABLE as error:
        raise SourceError(f"{source.name}: {error}") from error


def _lines(file: BinaryIO, source: Source, reader: LineReader) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty. A line that is too long is read in pieces and rejected."""
    number = done = 0
    while line := file.readline(MAX_LINE_LENGTH):
        number, done, is_whole = number + 1, done + len(line), True
        piece = line
        while len(piece) == MAX_LINE_LENGTH and not piece.endswith(b"\n"):
            piece, is_whole = file.readline(MAX_LINE_LENGTH), False
            done += len(piece)
        if number % PROGRESS_LINES == 0:
            reader.report.progress.show(source.name, done, source.size)
        if not is_whole:
            reader.report.reject(source.name, number, f"the line is longer than {MAX_LINE_LENGTH} bytes")
        elif line.strip():
            yield number, line


def _header(name: str, line: bytes) -> list[str]:
    try:
        return _cells(line.removeprefix(b"\xef\xbb\xbf"))
    except RejectedLine as rejected:
        raise SourceError(f"{name}:1: the header cannot be read: {rejected}.") from rejected


def _columns(name: str, header: list[str], needed: Sequence[str], allowed: Sequence[str]) -> Sequence[str]:
    if missing := [column for column in needed if column not in header]:
        raise SourceError(f"{name} lacks the columns {', '.join(missing)}.")
    if allowed and (unknown := [column for column in header if column not in allowed]):
        raise SourceError(f"{name} has unknown columns: {', '.join(repr(column[:40]) for column in unknown)}.")
    if len(set(header)) != len(header):
        raise SourceError(f"{name} has a column twice.")
    return header if allowed else needed


def _cells(line: bytes, count: int = 0) -> list[str]:
    """The cells of a line, stripped. `count` is their required number, if known. Raises RejectedLine."""
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise RejectedLine("not in UTF-8") from None
    if not (text.isprintable() and unicodedata.is_normalized("NFC", text)):
        text = _printable(text)
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise RejectedLine(f"not CSV: {error}") from error
    if count and len(cells) != count:
        raise RejectedLine(f"{len(cells)} cells, where the header has {count}")
    return [cell.strip() for cell in cells]


def _printable(text: str) -> str:
    """The text in NFC, with every blank as a space, without invisible characters. Raises RejectedLine."""
    visible = "".join(" " if each.isspace() else each for each in text if unicodedata.category(each) != "Cf")
    if not visible.isprintable():
        raise RejectedLine("holds a character that cannot be printed")
    return unicodedata.normalize("NFC", visible)
