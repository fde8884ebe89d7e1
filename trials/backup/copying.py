"""A backup by the command while clerks file, and its restore after the database is destroyed."""

from __future__ import annotations

import shutil
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ..shared import servers
from ..shared.application import Application, Release
from ..shared.clerks import ClerkPool
from ..shared.outcome import Row, declarations, lost_or_doubled


class LaterClerkPool(ClerkPool):
    """Clerks who declare other workers than the earlier clerks."""

    def work(self, clerk: int) -> None:
        """File as the others do, with other ranks."""
        super().work(clerk + 20)


class Sqlite(servers.Sqlite):
    """A database file in a folder of its own."""

    name = "sqlite"

    def __init__(self, folder: Path, leftovers: ExitStack) -> None:
        super().__init__(folder / "live.sqlite3")

    def destroy(self) -> None:
        """Delete the file and its journal."""
        for each in self.path.parent.glob(f"{self.path.name}*"):
            each.unlink()


class Postgresql(servers.Server):
    """A server of its own."""

    def __init__(self, folder: Path, leftovers: ExitStack) -> None:
        super().__init__(folder, "postgresql")
        leftovers.callback(self.stop)
        self.initialise()
        self.start()

    def destroy(self) -> None:
        """Delete the server with its folder and start an empty one."""
        self.kill()
        shutil.rmtree(self.data)
        self.initialise()
        self.start()


def to_the_backup(kind: Sqlite | Postgresql, release: Release, options: Namespace, leftovers: ExitStack) -> list[str]:
    """File, back up meanwhile, destroy, restore, file again; returns the faults."""
    folder = release.folder.parent / f"backups-{kind.name}"
    folder.mkdir()
    release.fill(kind.url)
    application = Application(release.folder.parent / "application.log", kind.url)
    leftovers.callback(application.kill)
    application.start(release)
    pool = ClerkPool(application.port, options.clerks)
    leftovers.callback(pool.close)
    time.sleep(options.seconds)
    release.manage(kind.url, "seal_declarations")
    before = pool.receipts()
    said = release.manage(kind.url, "backup", str(folder))
    time.sleep(options.seconds)
    pool.close()
    application.kill()
    kind.destroy()
    (manifest,) = folder.glob("*.json")
    done = release.tried(kind.url, "restore", str(manifest))
    stored, shown = declarations(kind), pool.receipts()
    application.start(release)
    later = LaterClerkPool(application.port, options.clerks)
    leftovers.callback(later.close)
    time.sleep(options.seconds / 2)
    later.close()
    print(f"{kind.name}: {len(before)} receipts, then: {said}{done.stdout}", end="")
    print(f"{len(shown)} receipts when it was destroyed, {len(stored)} restored, {len(later.filed)} filed then")
    return [
        *pool.faults,
        *later.faults,
        *([f"{len(pool.errors)} errors seen"] if pool.errors else []),
        *([f"restore: exit code {done.returncode}: {done.stderr}"] if done.returncode else []),
        *not_restored(stored, before, shown),
        *given_again(shown, later.receipts()),
    ]


def not_restored(stored: Sequence[Row], before: Sequence[Row], shown: Sequence[Row]) -> list[str]:
    """The differences after a restore: `before` are receipts shown before the backup, `shown` all receipts."""
    drafts = {draft for draft, _number in [*stored, *before]}
    return lost_or_doubled(stored, [row for row in shown if row[0] in drafts])


def given_again(shown: Sequence[Row], later: Sequence[Row]) -> list[str]:
    """A line per number that a later receipt repeats."""
    known = {number for _draft, number in shown}
    return [f"{number}: given again" for _draft, number in later if number in known]
