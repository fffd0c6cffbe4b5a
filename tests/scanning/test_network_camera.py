"""Network cameras, for real: on this machine, by the scanning process, confined to their port."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from kiosk.scanning.process import ScannerProcess
from kiosk.scanning.render import still
from kiosk.scanning.sighting import Sighting
from kiosk.scanning.state import ScannerState, StateChange
from kiosk.scanning.vision import cv2

PATIENCE_S = 30.0
FRAMES = 45

Serve = Callable[[socket.socket, threading.Event], None]


def never_answers(_client: socket.socket, closing: threading.Event) -> None:
    closing.wait()


def never_ends_its_answer(client: socket.socket, closing: threading.Event) -> None:
    client.sendall(b"RTSP/1.0 200 OK\r\n")
    while not closing.wait(0.1):
        client.sendall(b"X-More: to come\r\n")


class MotionJpeg:
    """Two seconds of pictures for each who comes; after the first, silence on an open line."""

    def __init__(self) -> None:
        picture = cv2.imencode(".jpg", still("TH1:NETWORK", seed=1))[1].tobytes()
        head = f"--b\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        self._part = head.encode() + picture + b"\r\n"
        self.came = 0

    def __call__(self, client: socket.socket, closing: threading.Event) -> None:
        self.came += 1
        client.recv(4_096)
        client.sendall(
            b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
        )
        for _ in range(FRAMES):
            client.sendall(self._part)
            if closing.wait(1 / 30):
                return
        if self.came == 1:
            closing.wait()


@pytest.fixture
def serve() -> Iterator[Callable[[Serve], int]]:
    closing, threads = threading.Event(), list[threading.Thread]()
    listening = list[socket.socket]()

    def answer(client: socket.socket, how: Serve) -> None:
        with client:
            try:
                how(client, closing)
            except (BrokenPipeError, ConnectionResetError):
                return  # the scanning process has had enough

    def accept(server: socket.socket, how: Serve) -> None:
        while not closing.is_set():
            try:
                client, _ = server.accept()
            except TimeoutError:
                continue
            client.settimeout(None)
            thread = threading.Thread(target=answer, args=(client, how))
            threads.append(thread)
            thread.start()

    def begin(how: Serve) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(0.2)
        listening.append(server)
        thread = threading.Thread(target=accept, args=(server, how))
        threads.append(thread)
        thread.start()
        return int(server.getsockname()[1])

    yield begin
    closing.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    for server in listening:
        server.close()


Watch = Callable[[str], tuple[ScannerProcess, Queue[StateChange], Queue[Sighting]]]


@pytest.fixture
def watch() -> Iterator[
    Callable[[str], tuple[ScannerProcess, Queue[StateChange], Queue[Sighting]]]
]:
    running = list[ScannerProcess]()

    def begin(source: str) -> tuple[ScannerProcess, Queue[StateChange], Queue[Sighting]]:
        states, sightings = Queue[StateChange](), Queue[Sighting]()
        scanner = ScannerProcess(
            source, on_sighting=lambda seen: sightings.put(seen[0]), on_state=states.put
        )
        running.append(scanner)
        scanner.start()
        return scanner, states, sightings

    yield begin
    for scanner in running:
        scanner.stop()


def told(states: Queue[StateChange], wanted: ScannerState) -> StateChange:
    until_s = time.monotonic() + PATIENCE_S
    while (left_s := until_s - time.monotonic()) > 0:
        try:
            change = states.get(timeout=left_s)
        except Empty:
            break
        if change.state is wanted:
            return change
    pytest.fail(f"never {wanted.name}")


@pytest.mark.parametrize("stall", [never_answers, never_ends_its_answer])
def test_a_stall_without_end_is_a_state_and_the_process_stays_well(
    serve: Callable[[Serve], int], watch: Watch, stall: Serve
) -> None:
    port = serve(stall)
    scanner, states, _ = watch(f"rtsp://me:secret@localhost:{port}/live?token=secret")
    opening = told(states, ScannerState.OPENING)
    fault = told(states, ScannerState.NOT_FOUND)
    assert "does not answer" in fault.detail
    assert "secret" not in opening.detail + fault.detail
    assert 4 < fault.at_s - opening.at_s < 10
    assert scanner.starts == 1, "a stalled camera must not look like a hung process"
    assert scanner.heartbeat is not None
    assert time.monotonic() - scanner.heartbeat.at_s < 2


def test_a_camera_is_read_through_its_port_alone_and_comes_back_after_silence(
    serve: Callable[[Serve], int], watch: Watch
) -> None:
    camera = MotionJpeg()
    scanner, states, sightings = watch(f"http://me:secret@localhost:{serve(camera)}/")
    told(states, ScannerState.LIVE)
    assert sightings.get(timeout=PATIENCE_S).text == "TH1:NETWORK"
    if sys.platform == "linux":
        assert b"secret" not in Path(f"/proc/{scanner.pid}/cmdline").read_bytes()
    told(states, ScannerState.NO_FRAMES)
    told(states, ScannerState.LIVE)
    assert camera.came >= 2
    assert scanner.starts == 1
