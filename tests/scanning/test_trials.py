"""Trial frames and streams: the same for a seed, as hard as they say, and true about what is in."""

import json
from pathlib import Path

import numpy as np
import pytest

from kiosk.scanning.effort import ALERT_S, AWAKE_S, IDLE_EVERY, UNSEEN_EVERY, Effort
from kiosk.scanning.symbols import read_zxing
from kiosk.scanning.trial_bench import FRAME_S, PHOTO_READERS, compare, play
from kiosk.scanning.trial_frames import empty_trial, grey_of, trial
from kiosk.scanning.trial_shots import MAX_LEVEL
from kiosk.scanning.trial_streams import FRAMES, SCENARIOS, stream
from kiosk.scanning.vision import Grey, cv2
from tests.e2e.processes import kiosk


def texts_of(grey: Grey) -> set[str]:
    return {symbol.text for symbol in read_zxing(grey, thorough=True)}


@pytest.mark.parametrize("level", range(MAX_LEVEL + 1))
def test_a_trial_is_the_same_for_a_seed_and_another_for_another(level: int) -> None:
    first, again, other = trial(7, level), trial(7, level), trial(8, level)
    assert (first.frame == again.frame).all()
    assert (first.text, first.quad) == (again.text, again.quad)
    assert first.text != other.text
    assert first.frame.shape == (720, 1280, 3)


@pytest.mark.parametrize("level,least,most", [(0, 11, 12), (1, 10, 12), (3, 3, 11), (4, 0, 7)])
def test_levels_are_as_hard_as_they_say(level: int, least: int, most: int) -> None:
    made = [trial(seed, level) for seed in range(12)]
    read = sum(each.text in texts_of(grey_of(each.frame)) for each in made)
    assert least <= read <= most


def test_a_quad_is_where_the_code_is() -> None:
    compared = 0
    for seed in range(8):
        made = trial(seed, 1)
        for symbol in read_zxing(grey_of(made.frame), thorough=True):
            off = np.array(symbol.quad) - np.array(made.quad)
            assert np.abs(off).max() < 1.5 * made.module_px
            compared += 1
    assert compared >= 6


def test_an_empty_trial_has_no_code() -> None:
    assert all(not texts_of(grey_of(empty_trial(seed, 0).frame)) for seed in range(6))


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_what_a_stream_says_is_what_it_shows(scenario: str) -> None:
    shown = whole = 0
    told: list[tuple[str, ...]] = []
    for number, each in enumerate(stream(scenario, 3, 0)):
        told.append(each.texts)
        whole += each.whole
        if number % 6 == 0:
            found = texts_of(grey_of(each.frame))
            assert found <= set(each.texts)
            shown += bool(found)
    assert len(told) == FRAMES
    distinct = {text for texts in told for text in texts}
    wanted = {"empty": 0, "passer-by": 0, "code-change": 2, "two-customers": 2}
    assert len(distinct) == wanted.get(scenario, 1)
    assert bool(shown) == bool(distinct) == bool(whole)
    if scenario == "two-customers":
        assert max(len(texts) for texts in told) == 2


def test_playing_tells_waits_skipped_frames_and_false_reads() -> None:
    grey = np.zeros((8, 8), np.uint8)
    frames = [(grey, (), False)] + [(grey, ("A",), number > 2) for number in range(8)]

    def read(_grey: Grey, at_s: float) -> list[str]:
        return ["A"] if at_s > 5.5 * FRAME_S else ["B"] if at_s == 0 else []

    played = play(frames, read)
    (showing,) = played.showings
    assert (showing.text, showing.whole_at, round(showing.read_at or 0)) == ("A", 4, 6)
    assert showing.waited_ms == pytest.approx(2 * FRAME_S * 1e3, abs=10)
    assert (played.wrong, played.frames, played.skipped) == (1, 9, 0)


def test_comparing_counts_right_wrong_and_empty_pictures() -> None:
    grey = np.zeros((8, 8), np.uint8)
    scores = compare(
        [(grey, "A"), (grey, "B"), (grey, None)], {"parrot": lambda _: ["A"], "mute": lambda _: []}
    )
    parrot, mute = scores["parrot"], scores["mute"]
    assert (parrot.rate, parrot.wrong, parrot.with_code, parrot.without) == (50.0, 2, 2, 1)
    assert (mute.rate, mute.wrong) == (0.0, 0)
    assert set(PHOTO_READERS) == {"pipeline", "zxing-cpp", "pyzbar"}


def moving(number: int) -> Grey:
    return np.full((72, 128), 20 * (number % 8), np.uint8)


def test_effort_is_full_at_first_halved_while_nothing_is_seen_and_small_at_rest() -> None:
    effort = Effort()
    granted = [effort.for_frame(moving(n), n * FRAME_S) for n in range(90)]
    alert = int(ALERT_S / FRAME_S)
    assert all(granted[:alert])
    assert sum(granted[alert + 1 :]) == pytest.approx((89 - alert) / UNSEEN_EVERY, abs=1)
    still, start = moving(0), 90
    rest = [effort.for_frame(still, (start + n) * FRAME_S) for n in range(240)]
    asleep = rest[int(AWAKE_S / FRAME_S) + 2 :]
    assert sum(asleep) == pytest.approx(len(asleep) / IDLE_EVERY, abs=1)


def test_effort_stays_full_while_something_like_a_code_is_seen() -> None:
    effort = Effort()
    still = moving(0)
    assert all(effort.for_frame(still, n * FRAME_S, seen=True) for n in range(200))


def test_bench_scan_measures_generated_frames_and_folders(tmp_path: Path) -> None:
    done = kiosk("bench", "scan", "--count", "2", "--level", "0", "--json", status=0)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["decoder"] for line in lines] == ["pipeline", "zxing-cpp", "pyzbar"]
    assert lines[0]["read_percent"] == 100.0
    assert all(line["with_code"] == 2 and line["false_reads"] == 0 for line in lines)

    made = trial(1, 0)
    cv2.imencode(".png", made.frame)[1].tofile(tmp_path / "a.png")
    (tmp_path / "manifest.json").write_text(json.dumps([{"file": "a.png", "text": made.text}]))
    done = kiosk(*("bench", "scan", "--pictures", str(tmp_path), "--decoder", "pipeline"), status=0)
    assert "read_percent 100.0" in done.stdout

    (tmp_path / "manifest.json").write_text('{"file": "a.png"}')
    done = kiosk("bench", "scan", "--pictures", str(tmp_path), status=1)
    assert "not a list" in done.stderr
    assert "Traceback" not in done.stderr


def test_bench_scan_plays_streams(tmp_path: Path) -> None:
    done = kiosk(
        *("bench", "scan", "--scenario", "hold", "--level", "0", "--count", "1", "--json"),
        *("--decoder", "pipeline"),
        status=0,
    )
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (line["what"], line["codes"], line["read"]) == ("hold, level 0", 1, 1)
    assert line["waited_ms_p50"] < 1_000


def test_explaining_saves_each_view_and_says_what_it_gave(tmp_path: Path) -> None:
    made = trial(1, 0)
    image = tmp_path / "frame.png"
    cv2.imencode(".png", made.frame)[1].tofile(image)
    done = kiosk("decode", str(image), "--explain", str(tmp_path / "views"), "--json", status=0)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    views = [line for line in lines if "view" in line]
    saved = {Path(view["picture"]) for view in views if view["picture"]}
    assert saved == set((tmp_path / "views").iterdir())
    assert any(view["view"].startswith("patient") and view["texts"] for view in views)
    assert any(view["view"] == "thorough" and view["texts"] == [made.text] for view in views)
