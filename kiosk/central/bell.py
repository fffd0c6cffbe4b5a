"""Waking long polls: at once for changes of this process, by looking for those of others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

LOOK_EVERY_S = 0.25

_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Listener:
    """One long poll that waits for its feeds."""

    feeds: frozenset[str]
    positions: dict[str, int] = field(default_factory=dict)
    """How far it has read each feed; empty until its first page."""
    rung: asyncio.Event = field(default_factory=asyncio.Event)


class Bell:
    """Rings for listeners. Belongs to one event loop; :meth:`ring` may be called anywhere.

    While anybody listens it looks at the heads of the feeds that are listened to, with one
    query for all of them, so changes committed by other processes ring too.
    """

    def __init__(self, heads: Callable[[Iterable[str]], dict[str, int]]) -> None:
        self._heads = heads
        self._listeners: set[Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looker: asyncio.Task[None] | None = None
        self.stopping = False

    def start(self) -> None:
        """Bind to the running loop."""
        self._loop = asyncio.get_running_loop()

    def ring(self, feeds: Collection[str]) -> None:
        """Wake who listens to one of the feeds; any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended: nobody is left to wake
                loop.call_soon_threadsafe(self._ring_here, set(feeds))

    def stop(self) -> None:
        """Wake everybody for good: the server is going down; any thread."""
        self.stopping = True
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._ring_all)

    @asynccontextmanager
    async def listen(self, feeds: Iterable[str]) -> AsyncIterator[Listener]:
        """Listen to feeds; enter it before reading them, so that no change is missed."""
        listener = Listener(frozenset(feeds))
        self._listeners.add(listener)
        if self._looker is None or self._looker.done():
            self._looker = asyncio.create_task(self._look())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def close(self) -> None:
        """Stop looking."""
        self._loop = None
        if self._looker is not None:
            self._looker.cancel()
            with suppress(asyncio.CancelledError):
                await self._looker

    def _ring_here(self, feeds: set[str]) -> None:
        for listener in self._listeners:
            if not feeds.isdisjoint(listener.feeds):
                listener.rung.set()

    def _ring_all(self) -> None:
        for listener in self._listeners:
            listener.rung.set()

    async def _look(self) -> None:
        while self._listeners:
            await asyncio.sleep(LOOK_EVERY_S)
            names = {name for listener in self._listeners for name in listener.feeds}
            try:
                heads = await asyncio.to_thread(self._heads, names)
            except SQLAlchemyError as error:
                # The polls themselves will fail or time out; looking goes on.
                _log.warning("feed_heads_unreadable", error=str(error))
                continue
            for listener in self._listeners:
                read = listener.positions
                if any(heads.get(name, 0) > position for name, position in read.items()):
                    listener.rung.set()
