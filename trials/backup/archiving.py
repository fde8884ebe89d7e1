"""Base backup and archived WAL: PostgreSQL is lost while clerks file, and restored to the last commit."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from tests.support.postgres import USER, binaries, owned_folder, run_as_postgres, unprivileged

from ..shared.application import Application, Release
from ..shared.clerks import ClerkPool
from ..shared.outcome import Timeline, faults, print_table
from ..shared.servers import Server, end

# The name of the synchronous receiver and of its slot, for which the server keeps WAL that is not received yet.
RECEIVER = "archive"


class Archived(Server):
    """A server whose WAL is archived by `archive_command`, or by `pg_receivewal`, for which commits wait."""

    def __init__(self, folder: Path, name: str, leftovers: ExitStack) -> None:
        super().__init__(folder, name)
        self.base, self.archive = self.folder / "base", owned_folder(self.folder / "archive")
        self.receiver: subprocess.Popen[bytes] | None = None
        leftovers.callback(self.stop)
        self.initialise()

    def archive_by(self, command: str) -> None:
        """Set the archive command, which takes effect at the next start."""
        self.configure(f"archive_mode = on\narchive_command = '{command}'\n")

    def receive(self, leftovers: ExitStack) -> None:
        """Start `pg_receivewal` and let every commit wait until it has written the WAL to disk."""
        source = f"host={self.folder} user={USER} application_name={RECEIVER}"
        command = [str(binaries() / "pg_receivewal"), "-d", source, "-D", str(self.archive), "--slot", RECEIVER]
        run_as_postgres(*command, "--create-slot")
        with (self.folder / "receiver.log").open("w") as log:
            self.receiver = subprocess.Popen(
                [*command, "--synchronous"], cwd="/", stdout=log, stderr=log, **unprivileged()
            )
        leftovers.callback(self.stop_receiving)
        self.wait_for_standby(RECEIVER)

    def stop_receiving(self) -> None:
        """Stop `pg_receivewal` in order."""
        end(self.receiver)

    def back_up(self) -> None:
        """Take a base backup and verify it."""
        run_as_postgres(binaries() / "pg_basebackup", "-h", self.folder, "-U", USER, "-D", self.base, "-c", "fast")
        run_as_postgres(binaries() / "pg_verifybackup", "--quiet", self.base)

    def wait_until_archived(self) -> None:
        """Finish WAL segments until the server has removed the current one, so that a restore needs the archive."""
        present = self.rows("SELECT pg_walfile_name(pg_current_wal_lsn())")[0][0]
        deadline = time.monotonic() + 30
        while (self.data / "pg_wal" / present).exists():
            if time.monotonic() > deadline:
                sys.exit("The log is not archived:\n" + (self.folder / "log").read_text())
            self.rows("SELECT pg_switch_wal()")
            self.rows("CHECKPOINT")
            time.sleep(0.2)

    def lose(self, *, keeps_log: bool) -> None:
        """Kill every process and remove the folder; if its disk survives, set the WAL aside first."""
        self.kill()
        self.stop_receiving()
        if keeps_log:
            (self.data / "pg_wal").rename(self.folder / "log-that-survived")
        shutil.rmtree(self.data)

    def restore(self, command: str) -> None:
        """Restore the base backup, replay the available WAL, and start the server."""
        run_as_postgres("cp", "-a", self.base, self.data)
        survived = self.folder / "log-that-survived"
        if survived.exists():
            run_as_postgres("cp", "-a", f"{survived}/.", self.data / "pg_wal")
        # No connections before everything is replayed: a session that is not replayed yet would seem lost.
        self.configure(f"restore_command = '{command}'\nhot_standby = off\n")
        run_as_postgres("touch", self.data / "recovery.signal")
        self.start()
        self.rows("ALTER SYSTEM RESET synchronous_standby_names")
        self.rows("SELECT pg_reload_conf()")


def start_with_archive(name: str, server: Archived, release: Release, options: Namespace, leftovers: ExitStack) -> str:
    """Start the server with its archive as in docs/operations.md; returns the restore command."""
    bring = f'cp {server.archive}/%f "%p"'
    if name == "received":
        server.start()
        server.receive(leftovers)
        # The last segment is partial.
        return f'{bring} || cp {server.archive}/%f.partial "%p"'
    keep = f'{release.folder}/deploy/postgresql/dimona-archive-wal "%p" %f {server.archive}'
    server.archive_by("/bin/true" if options.archive_nothing else keep)
    server.start()
    return bring


def to_the_last_commit(
    name: str, folder: Path, release: Release, options: Namespace, leftovers: ExitStack
) -> list[str]:
    """File, lose the server and restore it while clerks continue; returns the faults."""
    server = Archived(folder, name, leftovers)
    bring = start_with_archive(name, server, release, options, leftovers)
    release.fill(server.url)
    server.back_up()
    application = Application(folder / f"application-{name}.log", server.url)
    leftovers.callback(application.kill)
    application.start(release)
    pool, timeline = ClerkPool(application.port, options.clerks), Timeline()
    leftovers.callback(pool.close)
    timeline.begin(f"{name}: after the base backup")
    time.sleep(options.seconds / 2)
    server.wait_until_archived()
    head = release.manage(server.url, "seal_declarations").removeprefix("Head: ").strip()
    time.sleep(options.seconds / 2)
    pool.wait_for_a_confirm()
    timeline.begin("killed, its folder removed, restored")
    server.lose(keeps_log=name == "log" and not options.archive_alone)
    server.restore(bring)
    timeline.begin("restored")
    time.sleep(options.seconds)
    pool.close()
    timeline.begin("end")
    print_table(timeline, pool)
    found = faults(pool, server, release, head)
    print(f"{name}: {len(pool.filed)} receipts, {len(found)} faults", flush=True)
    return found
