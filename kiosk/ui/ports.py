"""What the screens need from the outside; the bootstrap hands it in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound, SoundState
from kiosk.domain.approval import Approval
from kiosk.domain.challenge import Challenge
from kiosk.domain.orders import Handover
from kiosk.domain.ports import RecentRedemption
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.staff import SignInRefusal, StaffMember
from kiosk.domain.vouchers import Item

T = TypeVar("T")

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


class CounterDesk(Protocol):
    """The use cases of a counter (`kiosk.counter.desk.Desk`): every call returns at once."""

    def prepare(self, text: str, approval: Approval | None = None) -> Future[Prepared]: ...

    def prepare_serial(
        self,
        serial: str,
        password: str,
        approval: Approval | None = None,
        staff: str | None = None,
    ) -> Future[Prepared]: ...

    def review_serial(
        self, voucher: bytes, staff: str, note: str
    ) -> Future[ReviewRefusal | None]: ...

    def challenge(self) -> Challenge: ...

    def confirm(
        self, prepared: Prepared, selected: tuple[Item, ...], staff: str | None
    ) -> Future[Handover]: ...

    def dismiss(self, prepared: Prepared) -> None: ...

    def sign_in(self, staff: str, pin: str) -> Future[StaffMember | SignInRefusal]: ...

    def staff_list(self) -> Future[tuple[StaffMember, ...]]: ...

    def recent(self, limit: int = 20) -> Future[tuple[RecentRedemption, ...]]: ...


class Preview(Protocol):
    """One camera frame at preview size."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def pixels(self) -> memoryview:
        """`height` rows of `width` RGB888 pixels without padding; valid until the next preview."""
        ...

    @property
    def frame(self) -> int:
        """Frame number: a preview with the same number is the same picture."""
        ...

    @property
    def quad(self) -> Quad | None:
        """Corners of a code read lately, in preview pixels."""
        ...


class PreviewSource(Protocol):
    """Where the viewfinder's pictures come from."""

    def latest_preview(self) -> Preview | None:
        """The newest picture, at once; Qt thread."""
        ...


class Signals(Protocol):
    """Tones (`kiosk.devices.signals.SoundPlayer`)."""

    @property
    def state(self) -> SoundState: ...

    def mute(self, muted: bool) -> None: ...

    def play(self, sound: Sound) -> None: ...


class Deliver(Protocol):
    """Brings the result of a future to the thread of the screens (`Bridge.deliver`)."""

    def __call__(self, future: Future[T], then: Callable[[Future[T]], None]) -> None: ...
