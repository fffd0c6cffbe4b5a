"""The environment that the scanning process gets. Standard library only."""

from __future__ import annotations

import os
import re

_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}
"""glibc would keep freed frames for each thread apart: 7 MB of nothing. OpenBLAS, which scanning
does not use, would start its threads: 0.1 s of every restart."""
_PASSED_ON = re.compile(
    "PATH|HOME|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|USERPROFILE|APPDATA|LOCALAPPDATA"
    "|GLIBC_TUNABLES|(PYTHON|LD|DYLD|OPENCV|OPENBLAS|MALLOC)_?.*",
    re.IGNORECASE,
)
"""What programs and libraries need; whatever else the environment tells is not for this one."""


def worker_environment() -> dict[str, str]:
    """What of our own environment goes to the scanning process, and its own settings."""
    passed_on = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    return passed_on | _ENVIRONMENT
