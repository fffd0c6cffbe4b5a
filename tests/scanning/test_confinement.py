"""What a scanning process that has been taken over cannot do, tried for real."""

import json
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.scanning import confinement
from kiosk.scanning.confinement import Missing, missing

if sys.platform != "linux":
    pytest.skip("Windows' job object needs Windows", allow_module_level=True)

from kiosk.scanning import landlock, seccomp
from tests.scanning.confined_program import DONE

whole = pytest.mark.skipif(bool(missing()), reason="; ".join(map(str, missing())))
OF_FILES = (
    "read the ledger",
    "write the ledger",
    "list the home",
    "make a file in the home",
    "rename the ledger",
    "read another process",
)
OF_PROCESSES = ("run a program", "become a program", "signal its parent", "call past the filter")
OF_THE_NETWORK = (
    "connect to the source's port",
    "connect to another port",
    "send a datagram",
    "listen",
    "use a local socket",
    "use netlink",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ledger.db").write_bytes(b"what nobody else may read")
    return home


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Two that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as b:
        yield one.getsockname()[1], b.getsockname()[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(b"a picture")
    return folder


def tried(source: str, home: Path, ports: tuple[int, int], *more: str) -> dict[str, str]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.scanning.confined_program"),
            *(source, str(home), *map(str, ports), *more),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    outcomes: dict[str, str] = json.loads(done.stdout)
    assert {*OF_FILES, *OF_PROCESSES, *OF_THE_NETWORK} < outcomes.keys()
    return outcomes


def test_all_of_it_works_for_a_process_that_is_not_confined(
    home: Path, ports: tuple[int, int], folder: Path
) -> None:
    assert set(tried(str(folder), home, ports, "--free").values()) == {DONE}


@whole
def test_a_process_that_reads_pictures_reaches_nothing_else(
    home: Path, ports: tuple[int, int], folder: Path
) -> None:
    outcomes = tried(str(folder), home, ports)
    assert outcomes.pop("read its source") == DONE
    assert outcomes.pop("start a thread") == DONE
    assert set(outcomes.values()) == {"PermissionError"}
    assert [path.name for path in home.iterdir()] == ["ledger.db"]


@whole
def test_a_process_that_reads_a_network_camera_reaches_that_alone(
    home: Path, ports: tuple[int, int]
) -> None:
    outcomes = tried(f"rtsp://127.0.0.1:{ports[0]}/live", home, ports)
    assert outcomes["connect to the source's port"] == DONE
    denied = {*OF_FILES, *OF_PROCESSES, "connect to another port", "listen"}
    assert {outcomes[name] for name in denied} == {"PermissionError"}
    assert outcomes["use a local socket"] == outcomes["use netlink"] == "PermissionError"


def test_a_bomb_meets_a_limit() -> None:
    script = (
        "from kiosk.scanning.confinement import *\n"
        "confine(Allowance(), memory_bytes=300 << 20)\n"
        "try: bytearray(400 << 20)\n"
        "except MemoryError: print('refused')"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "refused\n"


def test_it_cannot_be_undone(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from kiosk.scanning.confinement import *\n"
        "confine(Allowance())\n"
        "lacking = confine(Allowance(read=(Path(sys.argv[1]),)))\n"
        "try: list(Path(sys.argv[1]).iterdir())\n"
        "except PermissionError: print('denied')"
    )
    if missing():
        pytest.skip("; ".join(map(str, missing())))
    run = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "denied\n"


# ---------------------------------------------------------------- where something is missing


def test_an_old_kernel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    assert [part.part for part in missing() if "Landlock" in part.part] == ["Landlock"]
    monkeypatch.setattr(landlock, "abi", lambda: 3)
    (tcp,) = (part for part in missing() if "Landlock" in part.part)
    assert tcp == Missing("Landlock for TCP", "this kernel's Landlock is version 3, it takes 4")


def test_another_processor_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    (part,) = (part for part in missing() if part.part == "system-call filter")
    assert "riscv64" in part.why


def test_what_is_missing_is_told_and_the_rest_is_done() -> None:
    done: list[str] = []

    def refuse() -> None:
        raise OSError("not here")

    parts = (
        ("one", lambda: done.append("one")),
        ("two", refuse),
        ("three", lambda: done.append("3")),
    )
    assert confinement._tried(parts) == (Missing("two", "not here"),)
    assert done == ["one", "3"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("internet", [True, False])
def test_every_jump_of_the_filter_lands_inside_it(machine: str, internet: bool) -> None:
    column, architecture = seccomp._ARCHITECTURES[machine]
    steps = seccomp._program(column, architecture, internet=internet, own_pid=7)
    assert len(steps) < 4_096
    for number, (code, yes, no, _) in enumerate(steps):
        if code in {seccomp._EQUAL, seccomp._AT_LEAST, seccomp._ANY_BIT}:
            assert number + 1 + max(yes, no) < len(steps)
    assert steps[-1][0] == seccomp._RETURN
