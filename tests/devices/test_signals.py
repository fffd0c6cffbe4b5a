"""Tones are played beside the work, the newest wins, and silence is told."""

import subprocess
import sys
import threading
import wave
from pathlib import Path

import pytest

from kiosk.devices.signals import Sound, SoundPlayer, SoundState, system_player

SOUNDS = Path(__file__).parents[2] / "resources" / "sounds"


class Speaker:
    """Plays when it is let; remembers what."""

    def __init__(self) -> None:
        self.played: list[str] = []
        self.threads: set[str] = set()
        self.let = threading.Event()
        self.began = threading.Event()
        self.fault: Exception | None = None

    def __call__(self, path: Path) -> None:
        self.began.set()
        assert self.let.wait(5)
        self.threads.add(threading.current_thread().name)
        if self.fault is not None:
            raise self.fault
        self.played.append(path.stem)


def test_playing_returns_at_once_and_the_newest_waiting_tone_wins() -> None:
    speaker = Speaker()
    player = SoundPlayer(SOUNDS, speaker)
    player.play(Sound.SUCCESS)
    assert speaker.began.wait(5)
    player.play(Sound.REFUSAL)
    player.play(Sound.ATTENTION)
    assert speaker.played == []
    speaker.let.set()
    player.close()
    assert speaker.played == ["success", "attention"]
    assert speaker.threads == {"sounds"}


def test_muted_plays_nothing_and_starts_no_thread() -> None:
    speaker = Speaker()
    player = SoundPlayer(SOUNDS, speaker)
    player.mute(True)
    player.play(Sound.SUCCESS)
    assert player.state is SoundState.MUTED
    assert not speaker.began.is_set()
    player.close()


def test_a_player_that_fails_is_told_and_does_not_stop_the_next_tone() -> None:
    speaker = Speaker()
    speaker.let.set()
    speaker.fault = OSError("no sound card")
    player = SoundPlayer(SOUNDS, speaker)
    player.play(Sound.SUCCESS)
    player.close()
    assert str(player.state) == "failing"
    speaker.fault = None
    player.play(Sound.REFUSAL)
    player.close()
    assert str(player.state) == "on"
    assert speaker.played == ["refusal"]


def test_without_a_player_it_stays_silent_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows always has one")
    monkeypatch.setenv("PATH", "")
    assert system_player() is None
    player = SoundPlayer(SOUNDS)
    player.play(Sound.SUCCESS)
    assert player.state is SoundState.NO_PLAYER
    player.close()


def test_a_program_on_the_path_plays_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows plays by itself")
    program, heard = tmp_path / "paplay", tmp_path / "heard"
    program.write_text(f'#!/bin/sh\necho "$1" > {heard}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    player = SoundPlayer(SOUNDS)
    player.play(Sound.PARTIAL)
    player.close()
    assert heard.read_text().strip() == str(SOUNDS / "partial.wav")


def test_a_program_that_ends_badly_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows plays by itself")
    program = tmp_path / "aplay"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    play = system_player()
    assert play is not None
    with pytest.raises(subprocess.CalledProcessError):
        play(SOUNDS / "partial.wav")


@pytest.mark.parametrize("sound", Sound)
def test_every_tone_is_a_short_quiet_enough_file(sound: Sound) -> None:
    with wave.open(str(SOUNDS / f"{sound}.wav")) as file:
        assert file.getnchannels() == 1
        assert file.getframerate() == 22_050
        assert 0.2 < file.getnframes() / 22_050 <= 0.5
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    assert 3_000 < max(map(abs, samples)) < 30_000
    assert abs(samples[0]) < 300, "a tone that starts with a jump clicks"
    assert abs(samples[-1]) < 300
