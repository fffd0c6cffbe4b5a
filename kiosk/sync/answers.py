"""From an HTTP answer to a message of the protocol, or a typed error."""

from __future__ import annotations

from typing import TypeVar, get_args

import msgspec
import structlog

from kiosk.protocol.messages import BatchAnswer, Change, ChangesAnswer, Outcome, Problem
from kiosk.sync.errors import CentralAnsweredBadly, NotAllowed
from kiosk.sync.transport import Answer

T = TypeVar("T")

log = structlog.get_logger(__name__)

EARLIEST_S, LATEST_S = 1_577_836_800, 4_102_444_800
"""2020 to 2100: a time outside was not told by a working central."""

_MOST_WORDS = 200

_CHANGE_TYPES = frozenset(kind.__struct_config__.tag for kind in get_args(Change))


def check(answer: Answer) -> Answer:
    """The answer when its status is good (2xx or 304), else the typed error it means."""
    if 200 <= answer.status < 300 or answer.status == 304:
        return answer
    problem = _problem(answer)
    if problem is None:
        # Central always explains itself: what does not is a portal or a proxy on the way.
        reason = "html" if _looks_like_html(answer) else f"http_{answer.status}"
        code = ""
    elif answer.status in {401, 403}:
        raise NotAllowed(answer.status, problem.code)
    else:
        reason, code = f"http_{answer.status}", problem.code or f"http_{answer.status}"
    raise CentralAnsweredBadly(
        reason,
        status=answer.status,
        code=code,
        retry_after_s=answer.retry_after_s,
        detail=_words(problem),
    )


def decode(answer: Answer, kind: type[T]) -> T:
    """The message in a good answer's body; raises CentralAnsweredBadly (html, bad_json …)."""
    check(answer)
    if answer.media_type != "application/json":
        reason = "html" if _looks_like_html(answer) else "not_json"
        raise CentralAnsweredBadly(reason, status=answer.status)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CentralAnsweredBadly(
            "bad_json", status=answer.status, detail=type(error).__name__
        ) from error


def believed_time(answer: Answer, time_s: float) -> float:
    """Central's time when it can be one, else CentralAnsweredBadly (``bad_time``)."""
    if not EARLIEST_S <= time_s <= LATEST_S:
        raise CentralAnsweredBadly("bad_time", status=answer.status)
    return time_s


class _LoosePage(msgspec.Struct):
    cursor: str
    changes: list[msgspec.Raw]
    time_s: float
    more: bool = False
    through_epoch: int = 0
    through_seq: int = 0


class _LooseBatch(msgspec.Struct):
    outcomes: list[msgspec.Raw]
    time_s: float


class _Tag(msgspec.Struct):
    type: str = ""


def decode_page(answer: Answer) -> ChangesAnswer:
    """A page of the feed; changes that only a newer terminal understands are left out.

    Otherwise one new kind of change at central would stop every old terminal's feed.
    """
    loose = decode(answer, _LoosePage)
    believed_time(answer, loose.time_s)
    changes: list[Change] = []
    for raw in loose.changes:
        try:
            changes.append(msgspec.json.decode(raw, type=Change))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            log.warning("feed_change_not_understood", type=_change_type(raw))
    return ChangesAnswer(
        cursor=loose.cursor,
        changes=changes,
        time_s=loose.time_s,
        more=loose.more,
        through_epoch=loose.through_epoch,
        through_seq=loose.through_seq,
    )


def decode_batch(answer: Answer) -> BatchAnswer:
    """A batch's outcomes; one that cannot be read counts as missing, the others hold."""
    loose = decode(answer, _LooseBatch)
    outcomes: list[Outcome] = []
    for raw in loose.outcomes:
        try:
            outcomes.append(msgspec.json.decode(raw, type=Outcome))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            log.warning("outcome_not_understood")
    return BatchAnswer(outcomes, loose.time_s)


def _change_type(raw: msgspec.Raw) -> str:
    try:
        name = msgspec.json.decode(raw, type=_Tag).type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return "?"
    return name if name in _CHANGE_TYPES else f"unknown {name[:32]!r}"


def _problem(answer: Answer) -> Problem | None:
    if answer.media_type not in {"application/problem+json", "application/json"}:
        return None
    try:
        return msgspec.json.decode(answer.body, type=Problem)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _words(problem: Problem | None) -> str:
    """Central's own words for a person, on one line and of bounded length."""
    if problem is None:
        return ""
    told = (problem.code, problem.detail or problem.title)
    line = ": ".join(part for part in told if part)
    return "".join(letter if letter.isprintable() else " " for letter in line)[:_MOST_WORDS]


def _looks_like_html(answer: Answer) -> bool:
    return "html" in answer.media_type or answer.body.lstrip()[:1] == b"<"
