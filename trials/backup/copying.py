"""A backup by the command while clerks file, and its restore after the database was destroyed."""

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
    """Clerks who declare other workers than those who filed before them."""

    def work(self, clerk: int) -> None:
        """As the others do."""
        super().work(clerk + 20)


class Sqlite(servers.Sqlite):
    """A file with nothing else in it."""

    name = "sqlite"

    def __init__(self, folder: Path, leftovers: ExitStack) -> None:
        super().__init__(folder / "live.sqlite3")

    def destroy(self) -> None:
        """Nothing is left of it, nor of its journal."""
        for each in self.path.parent.glob(f"{self.path.name}*"):
            each.unlink()


class Postgresql(servers.Server):
    """A server with nothing else on it."""

    def __init__(self, folder: Path, leftovers: ExitStack) -> None:
        super().__init__(folder, "postgresql")
        leftovers.callback(self.stop)
        self.initialise()
        self.start()

    def destroy(self) -> None:
        """The server and its folder are gone; another begins, empty."""
        self.kill()
        shutil.rmtree(self.data)
        self.initialise()
        self.start()


def to_the_backup(kind: Sqlite | Postgresql, release: Release, options: Namespace, leftovers: ExitStack) -> list[str]:
    """File, back up meanwhile, destroy, restore, file again; the faults."""
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
    """What differs: `before` are the receipts shown before the backup began, `shown` all there ever were."""
    drafts = {draft for draft, _number in [*stored, *before]}
    return lost_or_doubled(stored, [row for row in shown if row[0] in drafts])


def given_again(shown: Sequence[Row], later: Sequence[Row]) -> list[str]:
    """A line for each number on a receipt that was another's before."""
    known = {number for _draft, number in shown}
    return [f"{number}: given again" for _draft, number in later if number in known]
