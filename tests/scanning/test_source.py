"""Sources: what plays, plays in order and time; what does not, says why."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import numpy as np
import pytest

from kiosk.scanning import capture as capture_module
from kiosk.scanning.capture import Capture
from kiosk.scanning.effort import ALERT_S, AWAKE_S, IDLE_EVERY, UNSEEN_EVERY, Effort
from kiosk.scanning.scene import Scene, write_scene
from kiosk.scanning.source import Frame, Pace, Source, open_source, without_password
from kiosk.scanning.state import ScannerState, SourceFault, StateChange
from kiosk.scanning.symbols import Symbol, read_zxing
from kiosk.scanning.vision import Colour, Grey, as_u8, cv2
from kiosk.scanning.watch import PictureWatch


def picture(shade: int) -> Colour:
    return np.full((72, 128, 3), shade, np.uint8)


def save(path: Path, shade: int) -> None:
    cv2.imencode(path.suffix, picture(shade))[1].tofile(path)


def play(source: Source) -> tuple[list[Frame], SourceFault]:
    """All frames, and the fault that ended them."""
    frames = []
    try:
        while True:
            frame = source.read()
            if frame is not None:
                frames.append(frame)
    except SourceFault as fault:
        return frames, fault
    finally:
        source.close()


def refused(spec: str) -> ScannerState:
    with pytest.raises(SourceFault) as caught:
        open_source(spec)
    assert caught.value.detail
    return caught.value.state


# ---------------------------------------------------------------- folders and files


def test_a_folder_plays_by_number_and_passes_over_what_is_broken(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        save(tmp_path / f"帧{number}.png", number * 20)
    (tmp_path / "帧3.png").write_bytes(b"broken")
    (tmp_path / "notes.txt").write_text("no picture")
    frames, fault = play(open_source(str(tmp_path), fps=500))
    assert [int(frame.grey[0, 0]) for frame in frames] == [20, 40, 200]
    assert all(frame.colour is not None for frame in frames)
    assert fault.state is ScannerState.ENDED


def test_a_folder_plays_at_its_pace(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"{number}.png", number)
    frames, _ = play(open_source(str(tmp_path), fps=50))
    assert frames[-1].at_s - frames[0].at_s >= 5 / 50 * 0.95


def test_a_late_reader_is_not_flooded_with_frames_it_missed() -> None:
    pace = Pace(20)
    pace.wait()
    time.sleep(0.3)
    began = time.monotonic()
    for _ in range(4):
        pace.wait()
    assert time.monotonic() - began >= 2 / 20 * 0.95


def test_a_video_file_plays_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "片.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 60, (128, 72))
    for shade in (0, 100, 200):
        writer.write(picture(shade))
    writer.release()
    frames, fault = play(open_source(str(path)))
    assert [round(int(frame.grey[5, 5]) / 100) for frame in frames] == [0, 1, 2]
    assert fault.state is ScannerState.ENDED


def test_what_is_not_there_or_not_a_picture_is_told_apart(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "absent.mp4")) is ScannerState.NOT_FOUND
    assert refused(f"sim:{tmp_path / 'absent.json'}") is ScannerState.NOT_FOUND
    (tmp_path / "empty").mkdir()
    assert refused(str(tmp_path / "empty")) is ScannerState.UNREADABLE
    (tmp_path / "noise.mp4").write_bytes(os.urandom(5_000))
    assert refused(str(tmp_path / "noise.mp4")) is ScannerState.UNREADABLE
    (tmp_path / "scene.json").write_text('{"text": 7}')
    assert refused(f"sim:{tmp_path / 'scene.json'}") is ScannerState.UNREADABLE


def test_a_folder_without_a_whole_picture_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"broken")
    frames, fault = play(open_source(str(tmp_path), fps=500))
    assert (frames, fault.state) == ([], ScannerState.UNREADABLE)


# ---------------------------------------------------------------- cameras and streams


@pytest.mark.skipif(sys.platform != "linux", reason="device files are Linux")
def test_a_camera_that_is_not_plugged_in_is_not_found() -> None:
    assert refused("63") is ScannerState.NOT_FOUND
    assert refused("/dev/video63") is ScannerState.NOT_FOUND


@pytest.mark.skipif(sys.platform != "linux", reason="device files are Linux")
def test_a_camera_that_may_not_be_used_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert refused("/dev/null") is ScannerState.PERMISSION_DENIED


@pytest.mark.skipif(sys.platform != "linux", reason="device files are Linux")
def test_a_device_that_is_no_camera_is_unreadable() -> None:
    assert refused("/dev/null") is ScannerState.UNREADABLE


def test_a_network_camera_that_does_not_answer_is_not_found() -> None:
    assert refused("rtsp://127.0.0.1:9/stream") is ScannerState.NOT_FOUND


def test_an_8k_film_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "8k.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (7_680, 4_320))
    writer.write(np.zeros((4_320, 7_680, 3), np.uint8))
    writer.release()
    with pytest.raises(SourceFault, match="7680×4320, more than 4K"):
        open_source(str(path))


def test_what_is_neither_file_nor_folder_is_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("named pipes have no path there")
    os.mkfifo(tmp_path / "film.mp4")
    assert refused(str(tmp_path / "film.mp4")) is ScannerState.UNREADABLE
    # In a folder, a pipe named like a picture is passed over, and so is a picture beyond 4K.
    folder = tmp_path / "frames"
    folder.mkdir()
    os.mkfifo(folder / "1.png")
    cv2.imencode(".png", np.zeros((4_320, 7_680), np.uint8))[1].tofile(folder / "2.png")
    save(folder / "3.png", 50)
    frames, fault = play(open_source(str(folder), fps=500))
    assert [int(frame.grey[0, 0]) for frame in frames] == [50]
    assert fault.state is ScannerState.ENDED


def test_a_password_is_never_shown() -> None:
    shown = "rtsp://…@10.0.0.9/live"
    assert without_password("rtsp://me:secret@10.0.0.9/live") == shown
    assert without_password("rtsp://me:sec@ret@10.0.0.9/live") == shown
    assert without_password("rtsp://me:secret@10.0.0.9/live?token=secret") == f"{shown}?…"
    assert without_password("rtsp://10.0.0.9/live") == "rtsp://10.0.0.9/live"
    assert without_password("/film?.mp4") == "/film?.mp4"


# ---------------------------------------------------------------- the simulated camera


def seen(camera: Source) -> list[Symbol]:
    frame = camera.read()
    assert frame is not None
    return read_zxing(frame.grey)


def test_another_code_of_the_same_phone_appears_where_the_phone_is(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    write_scene(path, Scene())
    camera = open_source(f"sim:{path}", fps=1_000)
    assert seen(camera) == []
    long_ago_s = time.monotonic() - 60
    write_scene(path, Scene("TH1:ONE", seed=1, pose="approach", started_at=long_ago_s))
    (one,) = seen(camera)
    # Without a time of its own: a phone that is new would only begin to come into view now.
    write_scene(path, Scene("TH1:TWO", seed=1, pose="approach"))
    (two,) = seen(camera)
    assert (one.text, two.text) == ("TH1:ONE", "TH1:TWO")
    assert np.abs(np.array(one.quad) - np.array(two.quad)).max() < 40
    # Another phone comes after the first has left: for a while nothing can be read.
    write_scene(path, Scene("TH1:SIX", seed=2, pose="approach"))
    gave_up_at_s, played = time.monotonic() + 10, [["TH1:TWO"]]
    while played[-1] != ["TH1:SIX"] and time.monotonic() < gave_up_at_s:
        texts = [symbol.text for symbol in seen(camera)]
        if texts != played[-1]:
            played.append(texts)
    assert played == [["TH1:TWO"], [], ["TH1:SIX"]]
    camera.close()


def test_a_scene_file_that_turns_bad_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    write_scene(path, Scene())
    camera = open_source(f"sim:{path}", fps=1_000)
    path.write_text("{")
    with pytest.raises(SourceFault, match="unreadable"):
        camera.read()


def test_a_text_too_long_for_a_code_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    write_scene(path, Scene("A" * 5_000))
    camera = open_source(f"sim:{path}", fps=1_000)
    with pytest.raises(SourceFault, match="does not fit"):
        camera.read()


# ---------------------------------------------------------------- watch and effort


def dice(seed: int) -> Grey:
    return as_u8(np.random.default_rng(seed).integers(90, 110, (72, 128), np.uint8))


def test_a_covered_lens_is_black_after_two_seconds_and_recovers() -> None:
    watch, dark = PictureWatch(), np.zeros((72, 128), np.uint8)
    assert watch.judge(dice(1), 0.0, live=True) is ScannerState.LIVE
    assert watch.judge(dark, 1.0, live=True) is ScannerState.LIVE
    assert watch.judge(dark, 2.5, live=True) is ScannerState.BLACK
    assert watch.judge(dice(2), 2.6, live=True) is ScannerState.LIVE
    assert watch.judge(dark, 2.7, live=True) is ScannerState.LIVE


def test_one_picture_for_ten_seconds_is_a_frozen_camera_but_not_a_frozen_file() -> None:
    watch = PictureWatch()
    states = [watch.judge(dice(1), at_s, live=True) for at_s in (0.0, 9.9, 10.1)]
    assert states == [ScannerState.LIVE, ScannerState.LIVE, ScannerState.FROZEN]
    assert watch.judge(dice(2), 10.2, live=True) is ScannerState.LIVE
    assert watch.judge(dice(2), 60.0, live=False) is ScannerState.LIVE


def test_effort_follows_motion_and_looks_again_now_and_then() -> None:
    effort, still = Effort(), np.full((720, 1280), 100, np.uint8)
    frames = int((AWAKE_S + 4) * 30)
    tried = [effort.for_frame(still, number / 30) for number in range(frames)]
    alert, awake = int(ALERT_S * 30), int(AWAKE_S * 30)
    assert all(tried[:alert])
    assert sum(tried[alert + 1 : awake]) >= (awake - alert) // UNSEEN_EVERY - 1
    assert sum(tried[awake + 1 :]) in (120 // IDLE_EVERY - 1, 120 // IDLE_EVERY)
    moved = still.copy()
    moved[100:300, 100:300] = 200
    assert effort.for_frame(moved, frames / 30) == 1
    assert all(effort.for_frame(moved, (frames + n) / 30) for n in range(1, alert))


def test_sensor_noise_is_no_motion() -> None:
    effort, noise = Effort(), np.random.default_rng(1)
    grains = [noise.normal(100, 12, (720, 1280)).clip(0, 255).astype(np.uint8) for _ in range(5)]
    tried = [effort.for_frame(as_u8(grains[number % 5]), number / 30) for number in range(150)]
    assert sum(tried[70:]) <= 80 // IDLE_EVERY + 1


# ---------------------------------------------------------------- keeping a source open


class Scripted:
    """A source that does what its script says: yields frames, raises, blocks."""

    fps = 30.0

    def __init__(self, *steps: Frame | Exception | Callable[[], None], live: bool = True) -> None:
        self.live = live
        self.closed = False
        self._steps = iter(steps)

    def read(self) -> Frame | None:
        step = next(self._steps)
        if isinstance(step, Exception):
            raise step
        if callable(step):
            step()
            return None
        return step

    def close(self) -> None:
        self.closed = True


def frame(number: int, at_s: float = 0.0, shade: Grey | None = None) -> Frame:
    return Frame(number, at_s, dice(number) if shade is None else shade, None)


def stall(until: threading.Event) -> None:
    until.wait(10)


@pytest.fixture
def states() -> Queue[StateChange]:
    return Queue()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "FIRST_RETRY_S", 0.01)
    monkeypatch.setattr(capture_module, "LAST_RETRY_S", 0.05)


def told(states: Queue[StateChange], count: int) -> list[ScannerState]:
    return [states.get(timeout=5).state for _ in range(count)]


@pytest.mark.usefixtures("quick")
def test_a_lost_camera_is_opened_again_until_it_is_back(states: Queue[StateChange]) -> None:
    gone = SourceFault(ScannerState.NOT_FOUND, "unplugged")
    ended = SourceFault(ScannerState.ENDED, "end")
    lost = Scripted(frame(0), SourceFault(ScannerState.NO_FRAMES, "lost"))
    script: list[Source | SourceFault] = [gone, gone, lost, gone, Scripted(frame(1), ended)]
    first = list(script)

    def opener(spec: str) -> Source:
        step = script.pop(0)
        if isinstance(step, SourceFault):
            raise step
        return step

    capture = Capture("0", states.put, opener=opener)
    capture.start()
    S = ScannerState  # noqa: N806
    expected = [S.OPENING, S.NOT_FOUND, S.LIVE, S.NO_FRAMES, S.NOT_FOUND, S.LIVE, S.ENDED]
    assert told(states, 7) == expected
    capture.close()
    assert not script
    assert all(source.closed for source in first if isinstance(source, Scripted))


def test_frames_are_not_queued_the_newest_wins(states: Queue[StateChange]) -> None:
    read = threading.Event()
    end = SourceFault(ScannerState.ENDED, "end")
    source = Scripted(frame(0), frame(1), frame(2), read.set, end)
    capture = Capture("0", states.put, opener=lambda spec: source)
    capture.start()
    assert read.wait(5)
    newest = capture.newest(5)
    assert newest is not None
    assert newest.number == 2
    assert capture.newest(0) is None
    capture.close()


@pytest.mark.usefixtures("quick")
def test_a_frozen_camera_is_opened_again_and_stays_frozen_until_it_moves(
    states: Queue[StateChange],
) -> None:
    same = dice(1)
    first = Scripted(frame(0, 0.0, same), frame(1, 11.0, same))
    second = Scripted(frame(0, 12.0, same))
    third = Scripted(frame(0, 13.0, dice(2)), SourceFault(ScannerState.ENDED, "end"))
    sources = [first, second, third]
    capture = Capture("0", states.put, opener=lambda spec: sources.pop(0))
    capture.start()
    S = ScannerState  # noqa: N806
    assert told(states, 5) == [S.OPENING, S.LIVE, S.FROZEN, S.LIVE, S.ENDED]
    capture.close()


def test_a_driver_that_does_not_come_back_is_noticed(
    states: Queue[StateChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_module, "NO_FRAMES_AFTER_S", 0.05)
    unblock = threading.Event()
    end = SourceFault(ScannerState.ENDED, "end")
    source = Scripted(frame(0), lambda: stall(unblock), end)
    capture = Capture("rtsp://me:secret@camera/", states.put, opener=lambda spec: source)
    capture.start()
    assert told(states, 2) == [ScannerState.OPENING, ScannerState.LIVE]
    deadline = time.monotonic() + 5
    while states.empty() and time.monotonic() < deadline:
        assert capture.in_driver_s < 5
    change = states.get_nowait()
    assert change.state is ScannerState.NO_FRAMES
    assert "secret" not in change.detail
    unblock.set()
    capture.close()
