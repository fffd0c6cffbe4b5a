"""Chromium, driven over its DevTools protocol: JSON messages through two pipes, each ended by NUL.

One thread uses it. Every wait has an end; nothing sleeps for a guessed time.
"""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0
WIDTH, HEIGHT, PIXEL_RATIO = 390, 844, 2
_POLL_S = 0.05
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-default-apps", "--mute-audio", "--remote-debugging-pipe", "about:blank"),
)
# Chromium wants its pipes as files 3 and 4; a shell's wrapper in between passes them on.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4);"
    " os.execvp(sys.argv[3], sys.argv[3:])"
)

Json = dict[str, Any]


class DevToolsError(Exception):
    """The browser refused a command, or a script on the page threw."""


class Connection:
    """Commands and their answers; whatever else comes is kept as an event."""

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes
        self._buffer = bytearray()
        self._ids = itertools.count(1)
        self.events: list[Json] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> Json:
        """Run one command."""
        number = next(self._ids)
        message: Json = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        left = json.dumps(message).encode() + b"\0"
        while left:
            left = left[os.write(self._writes, left) :]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = self._read(deadline)
            if answer.get("id") != number:
                self.events.append(answer)
            elif "error" in answer:
                raise DevToolsError(f"{method}: {answer['error'].get('message')}")
            else:
                result: Json = answer["result"]
                return result

    def _read(self, deadline: float) -> Json:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reads], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise DevToolsError("the browser did not answer in time")
            some = os.read(self._reads, 1 << 20)
            if not some:
                raise DevToolsError("the browser has ended")
            self._buffer += some
        raw, _, rest = bytes(self._buffer).partition(b"\0")
        self._buffer = bytearray(rest)
        message: Json = json.loads(raw)
        return message


class Page:
    """A tab at the size of a phone."""

    def __init__(self, connection: Connection, target: str, language: str) -> None:
        self._connection = connection
        self._session = connection.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=HEIGHT,
            deviceScaleFactor=PIXEL_RATIO,
            mobile=True,
        )
        agent = connection.call("Browser.getVersion")["userAgent"]
        self.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    def call(self, method: str, **params: Any) -> Json:
        """A command for this tab."""
        return self._connection.call(method, self._session, **params)

    def open(self, url: str) -> None:
        """Start loading; wait for what the page shows."""
        self.call("Page.navigate", url=url)

    def reload(self) -> None:
        """Load again; returns when the old document is gone."""
        self.evaluate("window.before = true")
        self.call("Page.reload")
        self.wait("!window.before")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, of a promise when it has come."""
        done = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if details := done.get("exceptionDetails"):
            thrown = details.get("exception", {})
            raise DevToolsError(str(thrown.get("description") or details.get("text")))
        return done["result"].get("value")

    def wait(self, expression: str) -> Any:
        """Wait until an expression is true; its value."""
        deadline = time.monotonic() + PATIENCE_S
        last: object = None
        while time.monotonic() < deadline:
            try:
                last = self.evaluate(expression)
            except DevToolsError as error:
                last = error  # while one document gives way to the next
            else:
                if last:
                    return last
            time.sleep(_POLL_S)
        raise AssertionError(f"never true: {expression} ({last!r})\n{self.text()}")

    def wait_stage(self, title: str) -> None:
        """Wait until the page says, in place of a code, what is."""
        said = "document.getElementById('stage-title')"
        self.wait(f"{said}.checkVisibility() && {said}.textContent === {json.dumps(title)}")

    def text(self) -> str:
        """What can be read on the page."""
        return str(self.evaluate("document.body.innerText"))

    def screenshot(self, path: Path) -> Path:
        """A picture of what the phone shows."""
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(picture))
        return path

    def set_offline(self, *, offline: bool) -> None:
        """Take the network away from this tab, or give it back."""
        speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.call("Network.emulateNetworkConditions", offline=offline, **speed)

    def press(self, key: str) -> None:
        """One key of the phone's keyboard."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def requested_urls(self) -> list[str]:
        """Every address that was asked for, as it went over the wire."""
        return [
            event["params"]["request"]["url"]
            for event in self._events()
            if event["method"] == "Network.requestWillBeSent"
        ]

    def _events(self) -> list[Json]:
        return [one for one in self._connection.events if one.get("sessionId") == self._session]

    def faults(self) -> list[str]:
        """What went wrong in scripts or against the page's policy; a lost network is no fault."""
        found = []
        for event in self._events():
            params = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(params["exceptionDetails"]))
            elif event["method"] == "Log.entryAdded":
                entry = params["entry"]
                if entry["level"] == "error" and entry["source"] != "network":
                    found.append(entry["text"])
        return found


class Browser:
    """A running Chromium."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: list[str] = []

    def close_pages(self) -> None:
        """Close every tab: each goes on counting down and costs a tenth of a core."""
        while self._open:
            self._connection.call("Target.closeTarget", targetId=self._open.pop())

    def new_page(self, profile: str | None = None, language: str = "zh-CN") -> Page:
        """A tab of the browser's own profile, or of one made by ``new_profile``."""
        where: Json = {} if profile is None else {"browserContextId": profile}
        target = self._connection.call("Target.createTarget", url="about:blank", **where)
        self._open.append(target["targetId"])
        return Page(self._connection, target["targetId"], language)

    def new_profile(self) -> str:
        """Another phone: nothing of what the others keep is there."""
        context: str = self._connection.call("Target.createBrowserContext")["browserContextId"]
        return context

    def allow(self, profile: str, origin: str, *permissions: str) -> None:
        """What the owner of a profile has agreed to."""
        self._connection.call(
            "Browser.grantPermissions",
            origin=origin,
            permissions=list(permissions),
            browserContextId=profile,
        )


@contextmanager
def chromium(user_data: Path) -> Iterator[Browser]:
    """A browser over a folder of its own; ended with the block."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: packaging/setup.sh test installs it"
    with ExitStack() as stack:
        commands_read, commands_write = _pipe(stack)
        answers_read, answers_write = _pipe(stack)
        pipes = (commands_read, answers_write)
        log = stack.enter_context((user_data.parent / f"{user_data.name}.log").open("ab"))
        launch = [sys.executable, "-c", _LAUNCH, *map(str, pipes)]
        process = subprocess.Popen(
            [*launch, program, *_FLAGS, f"--user-data-dir={user_data}"],
            pass_fds=pipes,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        connection = Connection(answers_read, commands_write)
        try:
            yield Browser(connection)
            connection.call("Browser.close")
            process.wait(PATIENCE_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _pipe(stack: ExitStack) -> tuple[int, int]:
    """A pipe's two ends, neither of them a file that Chromium has another use for."""
    ends = []
    for low in os.pipe():
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 10)
        os.close(low)
        stack.callback(os.close, high)
        ends.append(high)
    return ends[0], ends[1]
