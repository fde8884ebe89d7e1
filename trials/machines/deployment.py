"""A deployment on several machines: nginx, application processes, PgBouncer, PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..shared.application import Application, Nginx, Release
from ..shared.servers import Pooler, Server

PROCESSES = 3


class Machines:
    """Everything behind nginx, and its failures."""

    standby: Server | None

    def __init__(self, folder: Path, release: Release, leftovers: ExitStack, *, resends_posts: bool = False) -> None:
        self.folder, self.release, self.leftovers = folder, release, leftovers
        self.leader, self.standby = self.server("first"), None
        self.leader.initialise()
        self.leader.start()
        self.release.fill(self.leader.url)
        self.pooler = Pooler(folder, self.leader)
        leftovers.callback(self.pooler.stop)
        self.applications = [Application(folder / "application.log", self.pooler.url) for _each in range(PROCESSES)]
        for each in self.applications:
            leftovers.callback(each.stop)
            each.start(release)
        self.nginx = Nginx(folder, self.applications, resends_posts=resends_posts)
        leftovers.callback(self.nginx.stop)

    def server(self, name: str) -> Server:
        """A further PostgreSQL server, stopped at the end."""
        server = Server(self.folder, name)
        self.leftovers.callback(server.stop)
        return server

    def add_standby(self, name: str, *, is_waited_for: bool = True) -> None:
        """Add a standby, for which the primary's commits wait."""
        standby = self.server(name)
        standby.copy(self.leader)
        standby.start()
        if is_waited_for:
            self.leader.wait_for_standby(name)
        self.standby = standby

    def switch_over(self) -> None:
        """Promote the standby in order, while PgBouncer's clients wait."""
        self.pooler.command("PAUSE")
        self.leader.stop()
        self.fail_over()
        self.pooler.command("RESUME")

    def fail_over(self) -> None:
        """Promote the standby and route everybody to it."""
        assert self.standby
        self.standby.promote()
        self.leader, self.standby = self.standby, None
        self.pooler.route_to(self.leader)
