"""Local cameras, with a made-up capture in the place of OpenCV's: formats, wishes, failures."""

import errno
import fcntl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from kiosk.scanning.camera_options import CameraOptions, PixelFormat
from kiosk.scanning.frame import Frame
from kiosk.scanning.source import open_source
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.vision import Colour, as_u8, cv2

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from kiosk.scanning import v4l2

DEVICE = "/dev/null"
"""A device file that is there; what it says of itself is made up."""


def picture() -> Colour:
    """Left dark, right bright, with a red corner."""
    colour = np.full((720, 1280, 3), 40, np.uint8)
    colour[:, 640:] = 200
    colour[:90, :160] = (0, 0, 255)
    return as_u8(cv2.GaussianBlur(colour, (9, 9), 0))


def yuyv(colour: Colour) -> np.ndarray:
    return cv2.cvtColor(colour, cv2.COLOR_BGR2YUV_YUY2)


def nv12(colour: Colour) -> np.ndarray:
    planar = cv2.cvtColor(colour, cv2.COLOR_BGR2YUV_I420)
    y, quarter = planar[:720], planar[720:].reshape(-1)
    half = quarter.size // 2
    woven = np.stack((quarter[:half], quarter[half:]), axis=1).reshape(360, 1280)
    return np.vstack((y, woven))


def mjpeg(colour: Colour) -> np.ndarray:
    return cv2.imencode(".jpg", colour)[1].reshape(1, -1)


RAW: dict[str, Callable[[Colour], np.ndarray]] = {"YUYV": yuyv, "NV12": nv12, "MJPG": mjpeg}


@dataclass
class MadeUpCamera:
    """A `cv2.VideoCapture`: the formats it has, each with its frames a second at 720p."""

    formats: dict[str, float] = field(default_factory=lambda: {"YUYV": 30.0})
    opens: bool = True
    frames: list[np.ndarray | None] = field(default_factory=list)
    values: dict[int, float] = field(default_factory=dict)
    released: bool = False

    def isOpened(self) -> bool:
        return self.opens

    def release(self) -> None:
        self.released = True

    def set(self, what: int, value: float) -> bool:
        if what == cv2.CAP_PROP_FOURCC:
            code = int(value).to_bytes(4, "little").decode()
            if code not in self.formats:
                return False
        self.values[what] = value
        return True

    def get(self, what: int) -> float:
        if what == cv2.CAP_PROP_FPS:
            return self.formats.get(self.code, 30.0)
        return self.values.get(what, 0.0)

    @property
    def code(self) -> str:
        given = self.values.get(cv2.CAP_PROP_FOURCC)
        return int(given).to_bytes(4, "little").decode() if given else next(iter(self.formats))

    def read(self) -> tuple[bool, np.ndarray | None]:
        if self.frames:
            frame = self.frames.pop(0)
            return frame is not None, frame
        colour = picture()
        raw = self.values.get(cv2.CAP_PROP_CONVERT_RGB) == 0
        return True, RAW[self.code](colour) if raw else colour


@pytest.fixture
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[MadeUpCamera], MadeUpCamera]:
    def plug_in(camera: MadeUpCamera) -> MadeUpCamera:
        monkeypatch.setattr(cv2, "VideoCapture", lambda *options: camera)
        monkeypatch.setattr(v4l2, "check", lambda path: "made up")
        return camera

    return plug_in


PlugIn = Callable[[MadeUpCamera], MadeUpCamera]


def first_frame(options: CameraOptions | None = None) -> Frame:
    frame = open_source(DEVICE, options or CameraOptions()).read()
    assert frame is not None
    return frame


@pytest.mark.parametrize("code", sorted(RAW))
def test_the_cameras_own_bytes_give_grey_and_colours(plugged_in: PlugIn, code: str) -> None:
    camera = plugged_in(MadeUpCamera({code: 30.0}))
    frame = first_frame()
    assert camera.values[cv2.CAP_PROP_CONVERT_RGB] == 0
    assert frame.grey.shape == (720, 1280)
    expected = cv2.cvtColor(picture(), cv2.COLOR_BGR2GRAY)
    # Video's grey runs from 16 to 235, but for JPEG's.
    assert abs(float(frame.grey[400, 300]) - float(expected[400, 300])) < 17
    assert int(frame.grey[400, 900]) - int(frame.grey[400, 300]) > 120
    colour = frame.picture()
    height, width = colour.shape[:2]
    assert (width, height) in {(1280, 720), (640, 360)}
    blue, green, red = (int(value) for value in colour[height // 36, width // 36])
    assert red > 200
    assert max(blue, green) < 60


@pytest.mark.parametrize(
    "formats,given",
    [
        ({"MJPG": 30.0, "YUYV": 30.0}, "YUYV"),
        ({"MJPG": 30.0, "YUYV": 10.0}, "MJPG"),
        ({"MJPG": 30.0, "NV12": 30.0, "YUYV": 10.0}, "NV12"),
        ({"YUYV": 10.0}, "YUYV"),
        ({"MJPG": 0.0, "YUYV": 0.0}, "YUYV"),
    ],
)
def test_the_cheapest_format_that_is_fast_enough_is_taken(
    plugged_in: PlugIn, formats: dict[str, float], given: str
) -> None:
    camera = plugged_in(MadeUpCamera(formats))
    first_frame()
    assert camera.code == given


@pytest.mark.parametrize("wanted,given", [("mjpeg", "MJPG"), ("yuyv", "YUYV")])
def test_the_settings_may_choose(plugged_in: PlugIn, wanted: PixelFormat, given: str) -> None:
    camera = plugged_in(MadeUpCamera({"YUYV": 10.0, "MJPG": 30.0}))
    first_frame(CameraOptions(pixel_format=wanted))
    assert camera.code == given


def test_a_format_of_its_own_is_left_to_opencv(plugged_in: PlugIn) -> None:
    camera = plugged_in(MadeUpCamera({"BA81": 30.0}))
    frame = first_frame()
    assert cv2.CAP_PROP_CONVERT_RGB not in camera.values
    assert frame.colour is not None


def test_wishes_are_passed_on(plugged_in: PlugIn, monkeypatch: pytest.MonkeyPatch) -> None:
    lit = []
    monkeypatch.setattr(v4l2, "light", lambda path, *, on: lit.append((path, on)))
    camera = plugged_in(MadeUpCamera())
    first_frame(CameraOptions(exposure=150, focus=20, torch=True))
    values = camera.values
    assert (values[cv2.CAP_PROP_AUTO_EXPOSURE], values[cv2.CAP_PROP_EXPOSURE]) == (1, 150)
    assert (values[cv2.CAP_PROP_AUTOFOCUS], values[cv2.CAP_PROP_FOCUS]) == (0, 20)
    assert lit == [(DEVICE, True)]
    camera = plugged_in(MadeUpCamera())
    open_source(DEVICE, CameraOptions(torch=True)).close()
    assert lit[1:] == [(DEVICE, True), (DEVICE, False)]
    assert camera.released
    assert values[cv2.CAP_PROP_BUFFERSIZE] == 1

    camera = plugged_in(MadeUpCamera())
    first_frame()
    values = camera.values
    assert (values[cv2.CAP_PROP_AUTO_EXPOSURE], values[cv2.CAP_PROP_AUTOFOCUS]) == (3, 1)
    assert not {cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_FOCUS} & values.keys()
    assert len(lit) == 3


def test_a_frame_that_was_cut_short_is_a_missed_one(plugged_in: PlugIn) -> None:
    whole = yuyv(picture())
    plugged_in(MadeUpCamera(frames=[whole[:100], whole]))
    camera = open_source(DEVICE)
    assert camera.read() is None
    frame = camera.read()
    assert frame is not None
    assert frame.number == 0


def test_a_camera_that_stops_sending_is_told_after_a_second(plugged_in: PlugIn) -> None:
    plugged_in(MadeUpCamera(frames=[yuyv(picture()), *[None] * 100]))
    camera = open_source(DEVICE)
    assert camera.read() is not None
    began_s = time.monotonic()
    faults = list[SourceFault]()
    while not faults:
        try:
            assert camera.read() is None
        except SourceFault as fault:
            faults.append(fault)
    assert faults[0].state is ScannerState.NO_FRAMES
    assert time.monotonic() - began_s >= 1


def test_a_camera_that_is_pulled_out_is_told_at_once(
    plugged_in: PlugIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in(MadeUpCamera(frames=[yuyv(picture()), None]))
    camera = open_source(DEVICE)
    assert camera.read() is not None

    def gone(path: str) -> str:
        raise SourceFault(ScannerState.NOT_FOUND, f"there is no {path}")

    monkeypatch.setattr(v4l2, "check", gone)
    with pytest.raises(SourceFault) as caught:
        camera.read()
    assert caught.value.state is ScannerState.NOT_FOUND


def test_a_camera_that_another_program_streams_from_is_busy(plugged_in: PlugIn) -> None:
    camera = plugged_in(MadeUpCamera(opens=False))
    with pytest.raises(SourceFault) as caught:
        open_source(DEVICE)
    assert caught.value.state is ScannerState.BUSY
    assert camera.released


def test_a_stream_that_grows_beyond_4k_is_refused(plugged_in: PlugIn) -> None:
    camera = plugged_in(MadeUpCamera({"BA81": 30.0}, frames=[np.zeros((4320, 7680, 3), np.uint8)]))
    source = open_source(DEVICE)
    with pytest.raises(SourceFault, match="more than 4K"):
        source.read()
    assert camera.released


# ---------------------------------------------------------------- turning


@pytest.mark.parametrize(
    "options,bright_at,size",
    [
        (CameraOptions(), (400, 900), (1280, 720)),
        (CameraOptions(rotate=180), (400, 300), (1280, 720)),
        (CameraOptions(mirror=True), (400, 300), (1280, 720)),
        (CameraOptions(rotate=180, mirror=True), (400, 900), (1280, 720)),
        (CameraOptions(rotate=90), (900, 360), (720, 1280)),
        (CameraOptions(rotate=270), (300, 360), (720, 1280)),
    ],
)
def test_a_picture_is_turned_and_then_mirrored(
    plugged_in: PlugIn, options: CameraOptions, bright_at: tuple[int, int], size: tuple[int, int]
) -> None:
    plugged_in(MadeUpCamera())
    frame = first_frame(options)
    colour = frame.picture()
    assert (frame.grey.shape[1], frame.grey.shape[0]) == size
    assert (colour.shape[1], colour.shape[0]) == size
    assert frame.grey[bright_at] > 150
    assert colour[bright_at].min() > 150
    opposite = (frame.grey.shape[0] - bright_at[0], frame.grey.shape[1] - bright_at[1])
    assert frame.grey[opposite] < 80


def test_options_survive_the_command_line() -> None:
    import argparse

    parser = argparse.ArgumentParser()
    CameraOptions.add_to(parser)
    for options in (
        CameraOptions(),
        CameraOptions(90, True, "nv12", -6, 0, True),
        CameraOptions(rotate=270, exposure=0),
    ):
        assert CameraOptions.of(parser.parse_args([*options.arguments()])) == options


# ---------------------------------------------------------------- what a device says of itself


def answer(capabilities: int, of_device: int) -> bytes:
    return v4l2._CAPABILITIES.pack(
        b"uvcvideo", "摄像头 C1".encode(), b"usb-1", 0, capabilities, of_device
    )


@pytest.mark.parametrize(
    "capabilities,of_device",
    [(0x8420_0001, 0x0420_0001), (0x0400_0001, 0), (0x8400_1000, 0x0400_1000)],
)
def test_a_camera_tells_its_name(
    monkeypatch: pytest.MonkeyPatch, capabilities: int, of_device: int
) -> None:
    monkeypatch.setattr(fcntl, "ioctl", lambda *ask: answer(capabilities, of_device))
    assert v4l2.check(DEVICE) == "摄像头 C1"


def test_a_cameras_other_device_file_is_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a webcam of today has beside the first: data about its pictures.
    monkeypatch.setattr(fcntl, "ioctl", lambda *ask: answer(0x84A0_0001, 0x04A0_0000))
    with pytest.raises(SourceFault) as caught:
        v4l2.check(DEVICE)
    assert caught.value.state is ScannerState.UNREADABLE


@pytest.mark.parametrize(
    "code,state",
    [
        (errno.EBUSY, ScannerState.BUSY),
        (errno.ENODEV, ScannerState.NOT_FOUND),
        (errno.EACCES, ScannerState.PERMISSION_DENIED),
        (errno.EIO, ScannerState.UNREADABLE),
    ],
)
def test_what_the_system_refuses_is_a_state(
    monkeypatch: pytest.MonkeyPatch, code: int, state: ScannerState
) -> None:
    def refuse(*ask: object) -> bytes:
        raise OSError(code, "no")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    with pytest.raises(SourceFault) as caught:
        v4l2.check(DEVICE)
    assert caught.value.state is state
    assert DEVICE in caught.value.detail


def test_a_camera_without_a_lamp_goes_on_without() -> None:
    assert v4l2.light(DEVICE, on=True) is False


def test_a_lamp_is_switched_by_its_control(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(fcntl, "ioctl", lambda fd, *ask: asked.append(ask))
    assert v4l2.light(DEVICE, on=True)
    assert v4l2.light(DEVICE, on=False)
    # VIDIOC_S_CTRL of V4L2_CID_FLASH_LED_MODE: torch, none.
    torch, none = (b"\x01\x09\x9c\x00" + bytes((mode, 0, 0, 0)) for mode in (2, 0))
    assert asked == [(0xC008561C, torch), (0xC008561C, none)]
