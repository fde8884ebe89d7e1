"""A base backup and the archived log: PostgreSQL lost while clerks file, and brought back to the last commit."""

from __future__ import annotations

import random
import subprocess
import time
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from tests import postgres
from tests.machines.front import Application, Release
from tests.machines.outcome import Timeline, faults, table
from tests.machines.servers import USER, Server, own

from .copying import opened
from .destroying import as_postgres, data_of, remove_everything

# The name that commits wait for, and that of its slot: the server keeps what it did not receive yet.
RECEIVER = "archive"
CONFIRM_TAKES = 0.08


class Archived(Server):
    """A server whose log is kept elsewhere: by `archive_command`, or by `pg_receivewal`, which commits wait for."""

    def __init__(self, folder: Path, name: str, leftovers: ExitStack) -> None:
        super().__init__(folder, name)
        self.base, self.archive = self.folder / "base", own(self.folder / "archive")
        self.receiver: subprocess.Popen[bytes] | None = None
        leftovers.callback(self.stop)
        self.initialise()

    def archive_by(self, command: str) -> None:
        """Hand each finished segment to that command, from the next start on."""
        self.configure(f"archive_mode = on\narchive_command = '{command}'\n")

    def configure(self, lines: str) -> None:
        """Further settings, from the next start on."""
        with (data_of(self) / "postgresql.conf").open("a") as file:
            file.write(lines)

    def receive(self, leftovers: ExitStack) -> None:
        """Let every commit wait until `pg_receivewal` has it on its disk."""
        source = f"host={self.folder} user={USER} application_name={RECEIVER}"
        command = [self.tools / "pg_receivewal", "-d", source, "-D", self.archive, "--slot", RECEIVER]
        as_postgres(*command, "--create-slot")
        with (self.folder / "receiver.log").open("w") as log:
            self.receiver = subprocess.Popen(
                [*command, "--synchronous"], cwd="/", stdout=log, stderr=log, **postgres.unprivileged()
            )
        leftovers.callback(self.stop_receiving)
        self.wait_for_standby(RECEIVER)

    def stop_receiving(self) -> None:
        """It ends in order."""
        if self.receiver and self.receiver.poll() is None:
            self.receiver.terminate()
            self.receiver.wait(timeout=30)

    def back_up(self) -> None:
        """A base backup, checked."""
        as_postgres(self.tools / "pg_basebackup", "-h", self.folder, "-U", USER, "-D", self.base, "-c", "fast")
        as_postgres(self.tools / "pg_verifybackup", "--quiet", self.base)

    def lose(self, *, keeps_log: bool) -> None:
        """Every process is killed and the folder removed; the log, when its disk survives, is put aside."""
        self.kill()
        self.stop_receiving()
        if keeps_log:
            (data_of(self) / "pg_wal").rename(self.folder / "log-that-survived")
        remove_everything(self)

    def restore(self, command: str) -> None:
        """The base backup, and the log as far as there is any; then it serves again."""
        as_postgres("cp", "-a", self.base, data_of(self))
        survived = self.folder / "log-that-survived"
        if survived.exists():
            as_postgres("cp", "-a", f"{survived}/.", data_of(self) / "pg_wal")
        # Nobody is answered before all is replayed: a session not there yet would be taken for one that is gone.
        self.configure(f"restore_command = '{command}'\nhot_standby = off\n")
        as_postgres("touch", data_of(self) / "recovery.signal")
        self.start()
        self.rows("ALTER SYSTEM RESET synchronous_standby_names")
        self.rows("SELECT pg_reload_conf()")


def to_the_last_commit(
    name: str, folder: Path, release: Release, options: Namespace, leftovers: ExitStack
) -> list[str]:
    """File, lose the server, bring it back while clerks go on; the faults."""
    is_received = name == "received"
    server = Archived(folder, name, leftovers)
    # As docs/operations.md has them; with the second, the last segment is as far as it was received.
    keep = f'{release.folder}/deploy/postgresql/dimona-archive-wal "%p" %f {server.archive}'
    bring = f'cp {server.archive}/%f "%p"' + (f' || cp {server.archive}/%f.partial "%p"' if is_received else "")
    if not is_received:
        server.archive_by("/bin/true" if options.archive_nothing else keep)
    server.start()
    if is_received:
        server.receive(leftovers)
    release.fill(server.url)
    server.back_up()
    application = Application(folder / f"application-{name}.log", server.url)
    leftovers.callback(application.kill)
    application.start(release)
    office, timeline = opened(application.port, options), Timeline()
    leftovers.callback(office.close)
    timeline.begin(f"{name}: after the base backup", time.monotonic())
    time.sleep(options.seconds / 2)
    server.rows("SELECT pg_switch_wal()")
    head = release.manage(server.url, "seal_declarations").removeprefix("Head: ").strip()
    time.sleep(options.seconds / 2)
    office.wait_for_a_confirm()
    time.sleep(random.uniform(0, CONFIRM_TAKES))
    timeline.begin("killed, its folder removed, restored", time.monotonic())
    server.lose(keeps_log=not is_received and not options.archive_alone)
    server.restore(bring)
    timeline.begin("restored", time.monotonic())
    time.sleep(options.seconds)
    office.close()
    timeline.begin("end", time.monotonic())
    table(timeline, office)
    found = faults(office, server, release, head)
    print(f"{name}: {len(office.filed)} receipts, {len(found)} faults", flush=True)
    return found
