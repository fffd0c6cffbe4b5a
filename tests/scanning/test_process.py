"""The scanning process, for real: reads, shows, dies, comes back, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

import pytest

from kiosk.scanning.confinement import missing
from kiosk.scanning.environment import worker_environment
from kiosk.scanning.preview import PREVIEWS, PictureBlock
from kiosk.scanning.process import HUNG_AFTER_S, ScannerProcess, worker_command
from kiosk.scanning.records import RECORD_BYTES, Heartbeat, unpack
from kiosk.scanning.render import still
from kiosk.scanning.scene import Scene, write_scene
from kiosk.scanning.sighting import Sighting
from kiosk.scanning.state import ScannerState, StateChange
from kiosk.scanning.vision import cv2
from tests.scanning.restarts import FAILURES, LIMITS_S, restart_run

TEXT = "TH1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0A"
PATIENCE_S = 20


@dataclass
class Heard:
    """What a scanner told."""

    sightings: Queue[tuple[Sighting, ...]] = field(default_factory=Queue)
    states: Queue[StateChange] = field(default_factory=Queue)
    lacking: Queue[str] = field(default_factory=Queue)

    def read(self, text: str, since_s: float = 0.0) -> Sighting:
        """The first sighting of `text` in a frame that arrived after `since_s`."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for sighting in self.sightings.get(timeout=PATIENCE_S):
                if sighting.text == text and sighting.frame_at_s > since_s:
                    return sighting
        pytest.fail(f"{text} was never read")

    def state(self, wanted: ScannerState) -> StateChange:
        """The next change to `wanted`."""
        seen = []
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            change = self.states.get(timeout=PATIENCE_S)
            if change.state is wanted:
                return change
            seen.append(change)
        pytest.fail(f"never {wanted!r}, only {seen}")


Start = Callable[..., tuple[ScannerProcess, Heard]]


@pytest.fixture
def start() -> Iterator[Start]:
    running = []

    def begin(source: str, command: list[str] | None = None) -> tuple[ScannerProcess, Heard]:
        heard = Heard()
        scanner = ScannerProcess(
            source,
            on_sighting=heard.sightings.put,
            on_state=heard.states.put,
            on_lacking=heard.lacking.put,
            command=command,
        )
        running.append(scanner)
        scanner.start()
        return scanner, heard

    yield begin
    for scanner in running:
        pid = scanner.pid
        began = time.monotonic()
        scanner.stop()
        assert time.monotonic() - began < PATIENCE_S
        assert scanner.pid is None
        assert pid is None or not alive(pid)


def alive(pid: int) -> bool:
    if sys.platform == "win32":
        listed = subprocess.check_output(["tasklist", "/fi", f"pid eq {pid}"], text=True)
        return str(pid) in listed
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.json"
    write_scene(path, Scene(TEXT, "订单 42", seed=1))
    return path


def test_a_scene_is_read_shown_and_followed(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    assert heard.state(ScannerState.LIVE).detail == f"sim:{scene}"
    sighting = heard.read(TEXT)
    assert sighting.frame_size == (1280, 720)
    assert 0 < sighting.decode_ms < 1_000
    assert 0 <= time.monotonic() - sighting.frame_at_s < PATIENCE_S

    preview = scanner.latest_preview()
    assert preview is not None
    assert (preview.width, preview.height) == (640, 360)
    assert len(preview.pixels) == 640 * 360 * 3
    assert preview.quad is not None
    assert all(0 <= x <= 640 and 0 <= y <= 360 for x, y in preview.quad)
    # Red first: the simulated phone's page is green at its head, its backdrop warm.
    left_low = 3 * (640 * 350 + 20)
    red, _, blue = preview.pixels[left_low : left_low + 3]
    assert red > blue

    write_scene(scene, Scene("TH2:ANOTHER", "订单 42", seed=1))
    heard.read("TH2:ANOTHER", since_s=sighting.frame_at_s)
    assert scanner.starts == 1


def test_a_folder_plays_once_and_ends(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "帧"
    folder.mkdir()
    for number in range(4):
        text = TEXT if number > 1 else None
        cv2.imencode(".jpg", still(text, seed=number))[1].tofile(folder / f"{number}.jpg")
    scanner, heard = start(str(folder))
    assert heard.read(TEXT).frame in (2, 3)
    heard.state(ScannerState.ENDED)
    assert scanner.pid is not None


def test_two_codes_in_view_come_together_the_middle_one_first(start: Start, tmp_path: Path) -> None:
    frame = still(TEXT, seed=1)
    aside = cv2.resize(still("TH1:ASIDE", seed=1), (640, 360), interpolation=cv2.INTER_AREA)
    frame[:360, :320] = aside[:, 160:480]
    folder = tmp_path / "two"
    folder.mkdir()
    for number in range(30):
        cv2.imencode(".png", frame)[1].tofile(folder / f"{number}.png")
    _, heard = start(str(folder))
    sightings = heard.sightings.get(timeout=PATIENCE_S)
    assert [sighting.text for sighting in sightings] == [TEXT, "TH1:ASIDE"]
    assert sightings[0].off_centre < sightings[1].off_centre


def test_a_missing_camera_is_a_state_and_the_process_stays(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    scanner, heard = start(f"sim:{path}")
    assert str(path) in heard.state(ScannerState.NOT_FOUND).detail
    write_scene(path, Scene(TEXT))
    heard.state(ScannerState.LIVE)
    heard.read(TEXT)
    assert scanner.starts == 1


def test_a_killed_process_is_replaced_and_reads_again(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    heard.read(TEXT)
    for round_number in (2, 3):
        pid = scanner.pid
        assert pid is not None
        killed_at_s = time.monotonic()
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        # By its end, not by its silence, which would be HUNG and later.
        assert heard.state(ScannerState.CRASHED).at_s - killed_at_s < HUNG_AFTER_S
        heard.read(TEXT, since_s=killed_at_s)
        assert scanner.starts == round_number
        assert not alive(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process in place")
def test_a_hung_process_is_killed_and_replaced(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    heard.read(TEXT)
    pid = scanner.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    stopped_at_s = time.monotonic()
    assert "no sign of life" in heard.state(ScannerState.HUNG).detail
    assert heard.read(TEXT, since_s=stopped_at_s + 0.5).frame_at_s - stopped_at_s < PATIENCE_S
    assert not alive(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process in place")
def test_crashed_and_hung_processes_are_replaced_in_time(scene: Path) -> None:
    # Limits for a machine that is busy with other tests; `make nightly` measures.
    rounds = dict.fromkeys(FAILURES, 2)
    restarts = restart_run(scene, rounds, seed=1)
    assert Counter(restart.failure for restart in restarts) == rounds
    for restart in restarts:
        assert restart.back_s < 8 * LIMITS_S[restart.failure], restart


@pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
def test_every_thread_of_the_process_is_confined(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    heard.read(TEXT)
    threads = list(Path(f"/proc/{scanner.pid}/task").iterdir())
    assert len(threads) > 1
    for thread in threads:
        status = dict(line.split(":\t", 1) for line in (thread / "status").read_text().splitlines())
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert heard.lacking.get(timeout=1) == "; ".join(map(str, missing()))


def test_what_a_process_lacks_is_passed_on(start: Start) -> None:
    says = (
        "import os; from kiosk.scanning.records import *;"
        "os.write(1, pack(Confined('Landlock (not here)'))); import sys; sys.stdin.read()"
    )
    _, heard = start("0", [sys.executable, "-c", says])
    assert heard.lacking.get(timeout=PATIENCE_S) == "Landlock (not here)"


def test_a_film_is_waited_for_and_another_in_its_place_is_played(
    start: Start, tmp_path: Path
) -> None:
    folder, film = tmp_path / "later", tmp_path / "film"
    scanner, heard = start(str(film))
    assert str(film) in heard.state(ScannerState.NOT_FOUND).detail
    for text in (TEXT, "TH1:ANOTHER"):
        folder.mkdir()
        cv2.imencode(".png", still(text, seed=1))[1].tofile(folder / "1.png")
        if film.exists():
            film.rename(tmp_path / "played")
        folder.rename(film)
        heard.read(text)
    # A process that is confined to one folder made room for another, which is no failure.
    assert scanner.starts == 2
    states = [heard.states.get() for _ in range(heard.states.qsize())]
    assert ScannerState.CRASHED not in [change.state for change in states]


@pytest.mark.skipif(sys.platform == "win32", reason="drawn in the scanning process there")
def test_a_simulated_camera_that_crashes_is_started_again(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    heard.read(TEXT)
    pid = scanner.simulation_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    # The scanning process goes with it; a frame that was under way may still be read before.
    ended = heard.state(ScannerState.CRASHED)
    heard.read(TEXT, since_s=ended.at_s)
    assert scanner.simulation_pid not in {None, pid}
    new = scanner.simulation_pid
    scanner.stop()
    assert new is not None
    assert not alive(new)


@pytest.mark.skipif(sys.platform == "win32", reason="drawn in the scanning process there")
def test_the_camera_stays_when_the_process_is_replaced(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    heard.read(TEXT)
    camera, pid = scanner.simulation_pid, scanner.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    heard.read(TEXT, since_s=heard.state(ScannerState.CRASHED).at_s)
    assert scanner.starts == 2
    assert scanner.simulation_pid == camera


def test_secrets_of_the_environment_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/kiosk")
    monkeypatch.setenv("KIOSK_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    passed_on = worker_environment()
    assert passed_on["PYTHONPATH"] == "/somewhere"
    assert "PATH" in passed_on
    assert not {"CREDENTIALS_DIRECTORY", "KIOSK_TOKEN"} & passed_on.keys()


LIARS = {
    "noise": "import os; os.write(1, os.urandom(5000))",
    "unsealed": f"import os; os.write(1, bytes({RECORD_BYTES}))",
    "out of turn": (
        "import os; from kiosk.scanning.records import *; from kiosk.scanning.sighting import *;"
        "s = Sighting('TH1:A', ((0, 0),) * 4, 1, 1.0, (9, 9), 1.0);"
        "os.write(1, pack(CodeRecord(s, 1, 2)))"
    ),
}


@pytest.mark.parametrize("lie", sorted(LIARS))
def test_a_process_that_lies_is_killed_and_never_believed(start: Start, lie: str) -> None:
    stays = "; import sys; sys.stdin.read(); import time; time.sleep(600)"
    scanner, heard = start("0", [sys.executable, "-c", LIARS[lie] + stays])
    assert "sent" in heard.state(ScannerState.CRASHED).detail
    # Replaced after a pause, and no better then.
    heard.state(ScannerState.CRASHED)
    assert scanner.starts >= 2
    assert heard.sightings.empty()


def test_a_process_that_never_starts_is_tried_again_with_pauses(start: Start) -> None:
    scanner, heard = start("0", [str(Path("no") / "such" / "program")])
    first, second, third = (heard.state(ScannerState.CRASHED) for _ in range(3))
    assert "does not start" in first.detail
    assert second.at_s - first.at_s >= 0.5
    assert third.at_s - second.at_s >= 1.0
    assert scanner.latest_preview() is None


def test_stopping_is_final_and_quiet(start: Start, scene: Path) -> None:
    scanner, heard = start(f"sim:{scene}")
    heard.read(TEXT)
    held = scanner.latest_preview()
    scanner.stop()
    heard.state(ScannerState.STOPPED)
    assert scanner.latest_preview() is None
    while not heard.sightings.empty():
        heard.sightings.get()
    with pytest.raises(Empty):
        heard.sightings.get(timeout=0.3)
    # A window that still paints the last picture may go on doing so.
    assert held is not None
    assert len(bytes(held.pixels)) == 640 * 360 * 3


def test_stopping_before_starting_is_no_error(start: Start) -> None:
    ScannerProcess("0", on_sighting=print, on_state=print).stop()


@pytest.fixture
def lone_worker(scene: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The scanning process with the test for a parent."""
    block = PictureBlock.create(PREVIEWS)
    with subprocess.Popen(
        [*worker_command(), "--source", f"sim:{scene}", "--preview", block.address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=() if block.fd < 0 else (block.fd,),
    ) as worker:
        yield worker
        worker.kill()
    block.close()


def next_beat(worker: subprocess.Popen[bytes]) -> Heartbeat:
    assert worker.stdout is not None
    while True:
        record = unpack(worker.stdout.read(RECORD_BYTES))
        if isinstance(record, Heartbeat):
            return record


def test_the_process_ends_with_its_parent(lone_worker: subprocess.Popen[bytes]) -> None:
    next_beat(lone_worker)
    assert lone_worker.stdin is not None
    lone_worker.stdin.close()
    assert lone_worker.wait(PATIENCE_S) == 0


def test_the_process_ends_when_nobody_listens(lone_worker: subprocess.Popen[bytes]) -> None:
    next_beat(lone_worker)
    assert lone_worker.stdout is not None
    lone_worker.stdout.close()
    assert lone_worker.wait(PATIENCE_S) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a group there, not a process")
def test_the_process_leaves_ctrl_c_to_its_parent(lone_worker: subprocess.Popen[bytes]) -> None:
    next_beat(lone_worker)
    lone_worker.send_signal(signal.SIGINT)
    first, second = next_beat(lone_worker), next_beat(lone_worker)
    assert second.at_s > first.at_s
    assert lone_worker.poll() is None


def test_the_parents_side_stays_light() -> None:
    script = (
        "import sys, kiosk.scanning.process, kiosk.scanning.gate, kiosk.scanning.scene;"
        "print(sorted({'cv2', 'numpy', 'zxingcpp', 'pyzbar'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
