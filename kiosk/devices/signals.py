"""Short tones for the answers of a terminal, played beside the program's own work.

Windows plays them itself (winsound); elsewhere a child process does: pw-play, paplay or aplay,
whichever is there. A machine without any stays silent, and says so through `state`.
"""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

PLAYERS = ("pw-play", "paplay", "aplay")
LONGEST_PLAY_S = 3.0


class Sound(StrEnum):
    """What a tone tells; the value is the file's name in `resources/sounds`."""

    SUCCESS = "success"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    ATTENTION = "attention"


class SoundState(StrEnum):
    """Whether tones can be heard."""

    ON = "on"
    MUTED = "muted"
    NO_PLAYER = "no_player"
    """This machine has nothing that plays sound files."""
    FAILING = "failing"
    """The player ends with an error: no sound card, or no sound server."""


Play = Callable[[Path], None]
"""Plays one file to its end; raises OSError or subprocess.SubprocessError."""


class SoundPlayer:
    """Plays tones on a thread of its own; a newer tone takes the place of one still waiting.

    Every method returns at once and may be called from any thread.
    """

    def __init__(self, folder: Path, play: Play | None = None) -> None:
        """Play `folder/NAME.wav` with `play`; by default with what this machine has."""
        self._folder = folder
        self._play = play or system_player()
        self._muted = self._failing = False
        self._waiting: queue.Queue[Sound | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> SoundState:
        """What to show beside the mute button."""
        if self._play is None:
            return SoundState.NO_PLAYER
        if self._muted:
            return SoundState.MUTED
        return SoundState.FAILING if self._failing else SoundState.ON

    def mute(self, muted: bool) -> None:
        """Silence, or sound again."""
        self._muted = muted

    def play(self, sound: Sound) -> None:
        """Let a tone be heard soon."""
        if self._play is None or self._muted:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)
            self._thread.start()
        self._waiting.put(sound)

    def close(self) -> None:
        """Play the last tone to its end, then end the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(LONGEST_PLAY_S + 1)
            self._thread = None

    def _run(self) -> None:
        while (sound := self._newest()) is not None:
            self._play_now(sound)

    def _newest(self) -> Sound | None:
        """The tone to play next; None ends the thread."""
        sound = self._waiting.get()
        while sound is not None and not self._waiting.empty():
            newer = self._waiting.get()
            if newer is None:
                self._waiting.put(None)  # the end comes after the last tone
                break
            sound = newer
        return sound

    def _play_now(self, sound: Sound) -> None:
        if self._play is None:
            return
        try:
            self._play(self._folder / f"{sound}.wav")
            self._failing = False
        except (OSError, subprocess.SubprocessError):
            # A missing tone must not stop a handover; the state beside the mute button tells it.
            self._failing = True


def system_player() -> Play | None:
    """How this machine plays a sound file; None when it cannot."""
    if sys.platform == "win32":
        import winsound

        return lambda path: winsound.PlaySound(str(path), winsound.SND_FILENAME)
    for name in PLAYERS:
        program = shutil.which(name)
        if program is not None:
            return _through(program)
    return None


def _through(program: str) -> Play:
    def play(path: Path) -> None:
        subprocess.run(
            [program, str(path)],
            check=True,
            timeout=LONGEST_PLAY_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    return play
