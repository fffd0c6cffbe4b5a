"""The preview block: whole frames only, no lock, no name left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kiosk.scanning.preview import FRAMES, PREVIEWS, PictureBlock


@pytest.fixture
def block() -> Iterator[PictureBlock]:
    block = PictureBlock.create(PREVIEWS)
    yield block
    block.close()


def write(block: PictureBlock, frame: int, width: int = 64, height: int = 48) -> None:
    slot = block.reserve(width, height)
    slot.pixels[:] = bytes([frame % 251]) * (width * height * 3)
    block.publish(slot, frame, float(frame))


def test_nothing_is_shown_before_the_first_frame(block: PictureBlock) -> None:
    assert block.latest() is None
    block.reserve(64, 48)
    assert block.latest() is None


def test_the_newest_frame_is_shown_with_its_facts(block: PictureBlock) -> None:
    write(block, 1)
    write(block, 2, 640, 360)
    preview = block.latest()
    assert preview is not None
    assert (preview.width, preview.height, preview.frame) == (640, 360, 2)
    assert preview.frame_at_s == 2.0
    assert bytes(preview.pixels) == bytes([2]) * (640 * 360 * 3)


def test_both_ends_see_the_same_memory(block: PictureBlock) -> None:
    writer = PictureBlock.open(block.address, PREVIEWS)
    write(writer, 5)
    writer.close()
    preview = block.latest()
    assert preview is not None
    assert preview.frame == 5


def test_a_leased_picture_stays_untouched_until_the_next_is_asked_for(block: PictureBlock) -> None:
    write(block, 1)
    held = block.latest()
    assert held is not None
    for frame in range(2, 40):
        write(block, frame)
    assert set(held.pixels) == {1}
    newest = block.latest()
    assert newest is not None
    assert newest.frame == 39


def test_the_reader_cannot_write(block: PictureBlock) -> None:
    write(block, 1)
    preview = block.latest()
    assert preview is not None
    assert preview.pixels.readonly


def test_a_writer_that_dies_within_a_frame_blocks_nobody(block: PictureBlock) -> None:
    write(block, 1)
    block.reserve(64, 48).pixels[:7] = b"\xff" * 7
    shown = block.latest()
    assert shown is not None
    assert shown.frame == 1
    for frame in range(2, 2 + 3 * PREVIEWS.slots):
        write(block, frame)
        shown = block.latest()
        assert shown is not None
        assert shown.frame == frame


def test_a_header_full_of_nonsense_leads_nowhere(block: PictureBlock) -> None:
    write(block, 1)
    for value in (2**64 - 1, 2**63, PREVIEWS.width + 1, 0):
        for word in range(len(block._words)):
            before = block._words[word]
            block._words[word] = value
            preview = block.latest()
            if preview is not None:
                assert len(preview.pixels) == preview.width * preview.height * 3
                assert preview.width <= PREVIEWS.width
                assert preview.height <= PREVIEWS.height
            block._words[word] = before


@pytest.mark.parametrize(
    "width,height", [(0, 10), (10, 0), (PREVIEWS.width + 1, 10), (10, PREVIEWS.height + 1)]
)
def test_a_picture_that_does_not_fit_is_refused(
    block: PictureBlock, width: int, height: int
) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        block.reserve(width, height)


WRITER = """
import sys, threading
from kiosk.scanning.preview import PREVIEWS, PictureBlock
block, frame, done = PictureBlock.open(sys.argv[1], PREVIEWS), 0, threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
pictures = [bytes([n]) * (640 * 480 * 3) for n in range(8)]
while not done.is_set():
    frame += 1
    slot = block.reserve(640, 480)
    slot.pixels[:] = pictures[frame % 8]
    block.publish(slot, frame, float(frame))
"""


def test_no_torn_frame_is_ever_seen_beside_a_writer_at_full_speed(block: PictureBlock) -> None:
    pictures = [bytes([n]) * (640 * 480 * 3) for n in range(8)]
    seen = set[int]()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, block.address],
        stdin=subprocess.PIPE,
        pass_fds=() if block.fd < 0 else (block.fd,),
    ) as writer:
        while len(seen) < 300 and writer.poll() is None:
            preview = block.latest()
            if preview is not None:
                assert preview.pixels == pictures[preview.frame % 8]
                seen.add(preview.frame)
        assert writer.stdin is not None
        writer.stdin.close()
    assert len(seen) == 300
    assert writer.returncode == 0


def test_a_picture_still_held_outlives_its_block() -> None:
    block = PictureBlock.create(PREVIEWS)
    write(block, 3)
    held = block.latest()
    block.close()
    assert held is not None
    assert set(held.pixels) == {3}


@pytest.mark.skipif(sys.platform != "linux", reason="seals are Linux's")
def test_the_writer_cannot_pull_the_memory_from_under_the_reader(block: PictureBlock) -> None:
    write(block, 1)
    for size in (0, block.room.block_bytes - 1, block.room.block_bytes + 1):
        with pytest.raises(PermissionError):
            os.ftruncate(block.fd, size)
    assert block.latest() is not None


def test_frames_have_a_slot_to_write_beside_the_newest_and_the_leased() -> None:
    frames = PictureBlock.create(FRAMES)
    write(frames, 1)
    held = frames.latest()
    for number in (2, 3, 4):
        write(frames, number)
    assert held is not None
    assert set(held.pixels) == {1}
    newest = frames.latest()
    assert newest is not None
    assert newest.frame == 4
    held.pixels.release()
    newest.pixels.release()
    frames.close()
