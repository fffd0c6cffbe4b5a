import threading
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec
import pytest

from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.protocol import messages as m
from kiosk.sync.claims import MAX_WAITING, PROBE_EVERY_S, TIMEOUTS_TO_MUTE, WORKERS, Claims
from kiosk.sync.client import CLAIM, CentralClient
from kiosk.sync.errors import CentralUnreachable
from kiosk.sync.link_keeper import LinkKeeper
from tests.sync import fake_central as fc
from tests.sync.fake_central import FakeCentral
from tests.sync.fakes import MemoryReplica, SteppedClock

VOUCHER = b"v" * 16
BUDGET_S = 0.25
ELSEWHERE = m.RedemptionChange(
    b"e" * 32, VOUCHER, [m.Line("CRAB-4", 1)], 1_750_000_000, "S001", "S001-T02"
)


def voucher(number: int) -> bytes:
    return number.to_bytes(16, "big")


@pytest.fixture
def replica() -> MemoryReplica:
    return MemoryReplica()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def link(clock: SteppedClock) -> LinkKeeper:
    keeper = LinkKeeper(clock=clock)
    keeper.succeeded(0.0)
    return keeper


@pytest.fixture
def claims(
    client: CentralClient, replica: MemoryReplica, link: LinkKeeper, clock: SteppedClock
) -> Iterator[Claims]:
    made = Claims(client, replica, link, on_change=lambda: None, clock=clock)
    made.start()
    yield made
    client.switch.cut("stopped")
    assert made.stop(clock() + 5.0)


def asked(central: FakeCentral) -> list[tuple[bytes, bool]]:
    requests = [
        msgspec.json.decode(seen.body, type=m.ClaimRequest) for seen in central.requests(fc.CLAIMS)
    ]
    return [(request.voucher, request.release) for request in requests]


def go_offline(link: LinkKeeper) -> None:
    for _ in range(2):
        link.failed(CentralUnreachable("refused"))


@pytest.mark.parametrize(
    "state,answer",
    [
        ("granted", ClaimAnswer(granted=True)),
        (
            "held",
            ClaimAnswer(False, Verdict(VerdictKind.NEEDS_REVIEW, "claimed_elsewhere", VOUCHER)),
        ),
        ("revoked", ClaimAnswer(False, Verdict(VerdictKind.REVOKED, "revoked", VOUCHER))),
        ("refunded", ClaimAnswer(False, Verdict(VerdictKind.REVOKED, "refunded", VOUCHER))),
        ("released", None),
    ],
)
def test_what_central_says_is_what_the_counter_hears(
    claims: Claims, central: FakeCentral, state: str, answer: ClaimAnswer | None
) -> None:
    central.claim_reply = msgspec.convert({"state": state}, m.ClaimReply)
    ticket = claims.claim(VOUCHER)
    assert ticket.wait(5.0) == answer
    assert ticket.wait(0.0) == answer


def test_redemptions_elsewhere_are_in_the_ledger_before_the_answer_is_out(
    claims: Claims, central: FakeCentral, replica: MemoryReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    central.claim_reply = m.ClaimReply("granted", [ELSEWHERE])
    answers_during_learn: list[ClaimAnswer | None] = []
    released = threading.Event()
    learn = replica.learn

    def slow_learn(redemptions: Sequence[m.RedemptionChange]) -> None:
        assert released.wait(5.0)
        answers_during_learn.append(ticket.wait(0.0))
        learn(redemptions)

    monkeypatch.setattr(replica, "learn", slow_learn)
    ticket = claims.claim(VOUCHER)
    released.set()
    assert ticket.wait(5.0) == ClaimAnswer(granted=True)
    assert answers_during_learn == [None]
    assert replica.learned == [ELSEWHERE]


@pytest.mark.parametrize("fault", [fc.hangs, fc.drips])
def test_a_slow_central_costs_the_counter_its_budget_and_no_more(
    claims: Claims, central: FakeCentral, fault: fc.Fault
) -> None:
    central.always(fc.CLAIMS, fault)
    ticket = claims.claim(VOUCHER)
    began_s = time.monotonic()
    assert ticket.wait(BUDGET_S) is None
    assert BUDGET_S * 0.9 <= time.monotonic() - began_s < CLAIM.silence_s, (
        "not until the call is over"
    )


def test_an_answer_that_comes_late_is_there_for_the_next_look(
    claims: Claims, central: FakeCentral
) -> None:
    go_on = threading.Event()

    def slow(handler: fc.Handler) -> None:
        go_on.wait(5.0)
        handler.answer(200, m.encode(m.ClaimReply("granted")))

    central.next(fc.CLAIMS, slow)
    ticket = claims.claim(VOUCHER)
    assert ticket.wait(0.05) is None
    go_on.set()
    assert ticket.wait(5.0) == ClaimAnswer(granted=True)


@pytest.mark.parametrize(
    "fault", [fc.hangs_up, fc.portal, fc.fails(500), fc.fails(403), fc.says(200, b"{}")]
)
def test_no_usable_answer_means_the_offline_rules(
    claims: Claims, central: FakeCentral, fault: fc.Fault
) -> None:
    central.next(fc.CLAIMS, fault)
    assert claims.claim(VOUCHER).wait(5.0) is None
    assert claims.claim(VOUCHER).wait(5.0) == ClaimAnswer(granted=True)


def test_a_ledger_that_cannot_learn_kills_no_worker(
    claims: Claims, central: FakeCentral, replica: MemoryReplica
) -> None:
    central.claim_reply = m.ClaimReply("granted", [ELSEWHERE])
    replica.broken = OSError("disk full")
    for _ in range(WORKERS + 1):
        assert claims.claim(VOUCHER).wait(5.0) is None
    replica.broken = None
    assert claims.claim(VOUCHER).wait(5.0) == ClaimAnswer(granted=True)


def test_offline_the_counter_waits_for_nothing_and_central_is_tried_now_and_then(
    claims: Claims, central: FakeCentral, link: LinkKeeper, clock: SteppedClock
) -> None:
    go_offline(link)
    central.always(fc.CLAIMS, fc.hangs_up)
    clock.now_s += PROBE_EVERY_S
    began_s = time.monotonic()
    for number in range(50):
        assert claims.claim(voucher(number)).wait(BUDGET_S) is None
    assert time.monotonic() - began_s < 50 * BUDGET_S / 4, "waiting would take four times as long"
    assert _becomes(lambda: not claims._jobs and not claims._busy)
    assert asked(central) == [(voucher(0), False)]
    clock.now_s += PROBE_EVERY_S
    claims.claim(VOUCHER)
    assert _becomes(lambda: not claims._jobs and not claims._busy)
    assert asked(central)[1:] == [(VOUCHER, False)]


def test_a_probe_that_succeeds_brings_the_link_back(
    claims: Claims, link: LinkKeeper, clock: SteppedClock
) -> None:
    returned = threading.Event()
    link.on_return = returned.set
    go_offline(link)
    clock.now_s += PROBE_EVERY_S
    claims.claim(VOUCHER)
    assert returned.wait(5.0)


def test_after_two_claims_without_an_answer_the_next_ones_do_not_cost_the_budget(
    claims: Claims, central: FakeCentral, link: LinkKeeper, clock: SteppedClock
) -> None:
    central.always(fc.CLAIMS, fc.hangs)
    for number in range(TIMEOUTS_TO_MUTE):
        assert claims.claim(voucher(number)).wait(5.0) is None
    assert link.link().reason == "slow"
    began_s = time.monotonic()
    for number in range(40):
        assert claims.claim(voucher(number)).wait(BUDGET_S) is None
    assert time.monotonic() - began_s < 40 * BUDGET_S / 4, "waiting would take four times as long"
    central.always(fc.CLAIMS, None)
    clock.now_s += PROBE_EVERY_S
    claims.claim(VOUCHER)
    assert _becomes(lambda: claims.claim(VOUCHER).wait(BUDGET_S) is not None)


def _becomes(condition: Callable[[], bool]) -> bool:
    ends_s = time.monotonic() + 5.0
    while time.monotonic() < ends_s:
        if condition():
            return True
        threading.Event().wait(0.01)
    return False


def test_a_flood_of_scans_is_bounded(claims: Claims, central: FakeCentral) -> None:
    central.always(fc.CLAIMS, fc.hangs)
    tickets = [claims.claim(voucher(number)) for number in range(100)]
    turned_away = sum(ticket.wait(0.0) is None and ticket.is_done for ticket in tickets)
    assert turned_away >= 100 - MAX_WAITING - WORKERS
    assert claims.stop(time.monotonic() + 10_000.0)
    assert all(ticket.is_done for ticket in tickets)


def test_a_closed_card_gives_its_claim_back(claims: Claims, central: FakeCentral) -> None:
    ticket = claims.claim(VOUCHER)
    assert ticket.wait(5.0)
    ticket.release()
    ticket.release()
    assert central.wait_until(lambda: len(central.requests(fc.CLAIMS)) == 2)
    assert claims.claim(voucher(2)).wait(5.0)
    assert asked(central) == [(VOUCHER, False), (VOUCHER, True), (voucher(2), False)]


def test_a_claim_given_back_before_it_was_sent_is_never_sent(
    claims: Claims, central: FakeCentral
) -> None:
    go_on = threading.Event()

    def slow(handler: fc.Handler) -> None:
        go_on.wait(5.0)
        handler.answer(200, m.encode(m.ClaimReply("granted")))

    central.next(fc.CLAIMS, slow, slow)
    busy = [claims.claim(voucher(number)) for number in range(WORKERS)]
    assert central.wait_until(lambda: len(central.requests(fc.CLAIMS)) == WORKERS)
    unsent = claims.claim(VOUCHER)
    unsent.release()
    assert unsent.wait(0.0) is None
    go_on.set()
    assert all(ticket.wait(5.0) for ticket in busy)
    assert claims.claim(voucher(9)).wait(5.0)
    assert VOUCHER not in {name for name, _ in asked(central)}


def test_releasing_an_old_card_does_not_take_the_new_cards_claim(
    claims: Claims, central: FakeCentral
) -> None:
    old, new = claims.claim(VOUCHER), claims.claim(VOUCHER)
    assert old.wait(5.0)
    assert new.wait(5.0)
    old.release()
    assert claims.claim(voucher(2)).wait(5.0)
    assert (VOUCHER, True) not in asked(central)


def test_a_card_whose_customer_showed_the_next_code_gives_its_claim_back(
    claims: Claims, central: FakeCentral
) -> None:
    first, renewed = claims.claim(VOUCHER), claims.claim(VOUCHER)
    assert renewed.wait(5.0)
    for ticket in (first, renewed):
        ticket.release()
    assert central.wait_until(lambda: (VOUCHER, True) in asked(central))
    assert claims.claim(voucher(2)).wait(5.0)
    assert [release for name, release in asked(central) if name == VOUCHER] == [False, False, True]


def test_what_an_earlier_ticket_asked_is_given_back_with_the_unsent_next_one(
    claims: Claims, central: FakeCentral
) -> None:
    go_on = threading.Event()

    def slow(handler: fc.Handler) -> None:
        go_on.wait(5.0)
        handler.answer(200, m.encode(m.ClaimReply("granted")))

    central.next(fc.CLAIMS, slow)
    first = claims.claim(VOUCHER)
    assert central.wait_until(lambda: len(central.requests(fc.CLAIMS)) == 1)
    renewed = claims.claim(VOUCHER)  # stays in the queue: its voucher is in hand
    first.release()
    renewed.release()
    go_on.set()
    assert central.wait_until(lambda: (VOUCHER, True) in asked(central))
    assert [release for name, release in asked(central) if name == VOUCHER] == [False, True]


def test_two_unsent_tickets_of_one_voucher_are_both_taken_back(
    claims: Claims, central: FakeCentral
) -> None:
    go_on = threading.Event()

    def slow(handler: fc.Handler) -> None:
        go_on.wait(5.0)
        handler.answer(200, m.encode(m.ClaimReply("granted")))

    central.next(fc.CLAIMS, slow, slow)
    busy = [claims.claim(voucher(number)) for number in range(WORKERS)]
    assert central.wait_until(lambda: len(central.requests(fc.CLAIMS)) == WORKERS)
    first, renewed = claims.claim(VOUCHER), claims.claim(VOUCHER)
    first.release()
    renewed.release()
    go_on.set()
    assert all(ticket.wait(5.0) for ticket in busy)
    assert claims.claim(voucher(9)).wait(5.0)
    assert VOUCHER not in {name for name, _ in asked(central)}


def test_claims_and_releases_of_one_voucher_keep_their_order(
    claims: Claims, central: FakeCentral
) -> None:
    go_on = threading.Event()

    def slow(handler: fc.Handler) -> None:
        go_on.wait(5.0)
        handler.answer(200, m.encode(m.ClaimReply("granted")))

    central.next(fc.CLAIMS, slow)
    first = claims.claim(VOUCHER)
    assert central.wait_until(lambda: len(central.requests(fc.CLAIMS)) == 1)
    first.release()
    second = claims.claim(VOUCHER)
    assert claims.claim(voucher(2)).wait(5.0)  # the other worker is free, and skipped them
    assert asked(central) == [(VOUCHER, False), (voucher(2), False)]
    go_on.set()
    assert second.wait(5.0) == ClaimAnswer(granted=True)
    order = [release for name, release in asked(central) if name == VOUCHER]
    assert order == [False, True, False]


def test_offline_nothing_is_given_back(
    claims: Claims, central: FakeCentral, link: LinkKeeper
) -> None:
    ticket = claims.claim(VOUCHER)
    assert ticket.wait(5.0)
    go_offline(link)
    ticket.release()
    assert _becomes(lambda: not claims._jobs and not claims._busy)
    assert asked(central) == [(VOUCHER, False)]


def test_what_is_remembered_of_cards_is_bounded(claims: Claims) -> None:
    for number in range(200):
        assert claims.claim(voucher(number)).wait(5.0)
    assert len(claims._holds) <= 64
