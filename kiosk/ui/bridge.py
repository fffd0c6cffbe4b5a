"""The one way from other threads to the Qt thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

T = TypeVar("T")


class Bridge(QObject):
    """Carries calls into the Qt thread, in order. Made on the Qt thread."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` soon on the Qt thread. Any thread; dropped once the bridge is closed."""
        if self._open:
            self._posted.emit(call)

    def deliver(self, future: Future[T], then: Callable[[Future[T]], None]) -> None:
        """Hand a future to `then` on the Qt thread when it is done."""
        future.add_done_callback(lambda done: self.post(lambda: then(done)))

    def close(self) -> None:
        """Drop what is still under way: the window is going. Qt thread."""
        self._open = False

    @Slot(object)
    def _run(self, call: Callable[[], None]) -> None:
        if self._open:
            call()
