"""What a person is told when central did not do what was asked."""

import shutil
from pathlib import Path

import pytest

from kiosk.commands.central_words import why, why_not_enrolled
from kiosk.sync.errors import BadAddress, CentralAnsweredBadly, CentralError, CentralUnreachable
from tests.e2e.processes import kiosk

URL = "https://central.shop"
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "reason, words",
    [
        ("refused", "central did not answer (refused)"),
        ("tls_name", "there is no safe connection to central (tls_name)"),
        ("not_allowed", "central refuses this terminal (not_allowed)"),
        ("http_503", "central gave no usable answer (http_503)"),
        ("", "not caught up in time"),
    ],
)
def test_a_word_in_a_sentence(reason: str, words: str) -> None:
    assert why(reason) == words


@pytest.mark.parametrize(
    "error, said",
    [
        (CentralAnsweredBadly("http_404", status=404, code="code_unknown"), "head office"),
        (CentralAnsweredBadly("http_409", status=409, code="code_used"), "used before"),
        (CentralAnsweredBadly("http_410", status=410, code="code_expired"), "has expired"),
        (CentralUnreachable("timeout"), f"nothing answers at {URL} (timeout)"),
        (CentralUnreachable("tls_certificate"), "check --ca"),
        (BadAddress("ca_file", "x.pem: No such file"), "x.pem: No such file"),
        (
            CentralAnsweredBadly(
                "http_400",
                status=400,
                code="invalid_request",
                detail="invalid_request: code: Expected `str` of length >= 8",
            ),
            "this is no enrolment code",
        ),
        (
            CentralAnsweredBadly("http_400", status=400, code="internal_error", detail="why not"),
            f"{URL}: http_400: why not",
        ),
    ],
)
def test_why_not_enrolled(error: CentralError, said: str) -> None:
    assert said in why_not_enrolled(error, URL)


def test_enrolling_where_nobody_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = kiosk("enroll", "--central", NOWHERE, "--home", home, given="CODE\n", status=1)
    (line,) = done.stderr.splitlines()
    assert f"nothing answers at {NOWHERE} (refused): is central running" in line


def test_a_code_file_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "code"
    done = kiosk("enroll", "--central", NOWHERE, "--code-file", file, status=1)
    assert done.stderr == f"kiosk enroll: {file}: No such file or directory\n"


def test_sync_where_nobody_is(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    done = kiosk("sync", "--timeout", "0.2", "--home", copy, status=1)
    assert done.stdout.startswith("nothing was sent: central did not answer (refused); 0 still")
