"""A proxy for PostgreSQL that breaks a connection at a chosen moment."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from tests.support.serving.service import free_port

FILES = b'INSERT INTO "declarations_declaration" '
COMMIT = b"COMMIT"
# The moments: within the statement that files, before its transaction is committed, or after.
STATEMENT, BEFORE_COMMIT, AFTER_COMMIT = "in a statement", "before COMMIT", "after COMMIT"


class Proxy:
    """Proxy of a server on a port and in a thread of its own.

    `host` and `server_port` are as in libpq; a folder as host is that of the server's socket. The proxy parses
    statements, so the client must not encrypt the connection.
    """

    def __init__(self, host: str, server_port: str = "") -> None:
        self.host, self.server_port, self.port = host or "/var/run/postgresql", server_port or "5432", free_port()
        self.moment = ""
        self.is_cut = threading.Event()
        self._ends: set[asyncio.StreamWriter] = set()
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        ready.wait()

    def cut(self, moment: str, seconds: float) -> bool:
        """Break the next connection that files, at that moment. Returns whether there was one within the time."""
        self.is_cut.clear()
        self.moment = moment
        return self.is_cut.wait(seconds)

    def stop(self) -> None:
        """Break every connection and stop listening."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        ready.set()
        await self._stopped.wait()
        server.close()
        while self._ends:
            await self._leave(*self._ends)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection until either end closes it."""
        try:
            server, to_server = await self._reach()
        except OSError:
            await self._leave(writer)
            return
        self._ends |= {writer, to_server}
        answers = asyncio.ensure_future(self._answers(server, writer))
        await self._statements(reader, to_server, answers)
        await self._leave(writer, to_server)
        await asyncio.wait([answers])

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self.host}/.s.PGSQL.{self.server_port}")
        return await asyncio.open_connection(self.host, int(self.server_port))

    async def _leave(self, *ends: asyncio.StreamWriter) -> None:
        """Abort the connection without closing it in order."""
        for end in ends:
            end.transport.abort()
            with suppress(ConnectionError):
                await end.wait_closed()
        self._ends -= set(ends)

    async def _answers(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await server.read(65536):
                writer.write(data)
        writer.close()

    async def _statements(
        self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter, answers: asyncio.Future[None]
    ) -> None:
        """Relay statements until the client closes the connection or it is to be broken."""
        is_filing = False
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                is_filing = is_filing or FILES in data
                if is_filing and self._is_the_moment(data):
                    await self._break(data, to_server, answers)
                    return
                to_server.write(data)
                is_filing = is_filing and COMMIT not in data

    def _is_the_moment(self, data: bytes) -> bool:
        return (FILES if self.moment == STATEMENT else COMMIT) in data and bool(self.moment)

    async def _break(self, data: bytes, to_server: asyncio.StreamWriter, answers: asyncio.Future[None]) -> None:
        moment, self.moment = self.moment, ""
        if moment == STATEMENT:
            to_server.write(data[: len(data) // 2])
            await to_server.drain()
        if moment == AFTER_COMMIT:
            # The server executes the statement, and its response is dropped.
            answers.cancel()
            to_server.write(data)
            await asyncio.sleep(0.2)
        self.is_cut.set()
