"""No secret in a command line or a log: looked for in everything that was written."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE_S, PINS, Central, command_line, kiosk, redeeming, sync
from tests.e2e.starting import KIOSK, ROOT

pytestmark = pytest.mark.e2e

TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.|[Bb]earer\s+\S|PRIVATE KEY")


def assert_no_secret(text: str, secrets: list[str], where: object) -> None:
    for secret in secrets:
        assert secret not in text, where
    assert not TOKEN.search(text), where


@pytest.fixture
def written(central: Central, tmp_path: Path) -> tuple[str, Path, list[str]]:
    """All that an enrolment, redemptions and syncs wrote to stderr; the home; its secrets."""
    code, home = central.enroll_code(), tmp_path / "terminal"
    enrolled = kiosk("enroll", "--central", central.url, "--home", home, given=code)
    vouchers = central.issue(3)
    with redeeming(home) as terminal:
        for voucher in vouchers:
            assert terminal.ask(voucher.text)["verdict"] == "accepted"
        if sys.platform == "linux":
            assert_no_secret(command_line(central.pid), [code], "central's command line")
        redeemed = terminal.finish()
    wrong = kiosk(
        "enroll", "--central", central.url, "--home", tmp_path / "other", given=code, status=1
    )
    doctor = kiosk("doctor", "--home", home)
    said = enrolled.stdout + enrolled.stderr + redeemed.stderr + wrong.stderr + doctor.stdout
    assert sync(home)["ok"]
    key = (home / "ledger.key").read_bytes()
    secrets = [code, code.replace("-", ""), key.hex(), *(voucher.text for voucher in vouchers)]
    return said, home, secrets


def test_nothing_secret_is_told(
    written: tuple[str, Path, list[str]], central: Central, tmp_path: Path
) -> None:
    said, home, secrets = written
    assert_no_secret(said, secrets, "what the commands said")
    assert_no_secret(central.log.read_text(), [*secrets, *PINS.values()], central.log)
    # Neither in clear in any file of the terminal, except the key in its own, owner-only file.
    for file in home.iterdir():
        if file.is_file() and file.name != "ledger.key":
            assert_no_secret(file.read_bytes().decode("latin-1"), secrets, file)
            assert bytes.fromhex(secrets[2]) not in file.read_bytes()
    assert (home / "ledger.key").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform == "win32", reason="closes the window with a signal")
def test_the_most_talkative_window_keeps_them_too(written: tuple[str, Path, list[str]]) -> None:
    _, home, secrets = written
    (home / "config.toml").write_text('log_level = "debug"\n')
    log, said = home / "logs" / "kiosk.log", home / "stderr"
    with said.open("wb") as stderr:
        window = subprocess.Popen(
            [*KIOSK, "run", "--camera", "none", "--home", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            cwd=ROOT,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        )
    try:
        _wait_for('"state": "online"', log, window)
        window.send_signal(signal.SIGINT)
        # Closed, or interrupted while it was still opening.
        assert window.wait(PATIENCE_S) in {0, 130}, said.read_text()
    finally:
        window.kill()
        window.wait()
    text = log.read_text()
    assert '"level": "debug"' in text, "the log was not as talkative as it can be"
    assert "/oauth2/token" in text
    assert_no_secret(text, [*secrets, *PINS.values()], log)
    assert_no_secret(said.read_text(), [*secrets, *PINS.values()], said)


def _wait_for(words: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not (log.exists() and words in log.read_text()):
        assert process.poll() is None, f"ended with {process.returncode}"
        assert time.monotonic() < deadline_s, f"{words} never came"
        time.sleep(0.05)
