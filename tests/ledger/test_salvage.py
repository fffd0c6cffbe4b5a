"""A damaged file, a dead machine: what was committed and can be read goes on, the rest is told."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kiosk.domain.verdicts import VerdictKind
from kiosk.domain.vouchers import Item
from kiosk.ledger import salvage as module
from kiosk.ledger import tables as t
from kiosk.ledger.errors import DamagedLedger, HomeUnusable, KeyMissing, LedgerError, WrongKey
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.restoring import back_up, backup_in, restore
from kiosk.ledger.salvage import Salvaged, salvage
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from tests.fakes import FakeClock, Issuer, opened
from tests.ledger.test_redeem import draft

PAGE = 4096
MANY = 60


def fill(home: Home, clock: FakeClock, issuer: Issuer, count: int = MANY, acked: int = 0) -> None:
    with opened(home, clock) as ledger:
        for _ in range(count):
            ledger.store.commit_redemption(draft(issuer.code()))
        if acked:
            sent = ledger.outbox.take(acked, 10**7)
            outcomes = [m.Outcome(entry.hash, "applied", b"receipt") for entry in sent]
            ledger.outbox.settle(outcomes, sent)


def salvaged(home: Home, clock: FakeClock) -> Salvaged:
    with HomeLock(home):
        return salvage(home, clock, whole_too=True)


def damage(home: Home, *pages: int) -> None:
    data = bytearray(home.ledger_file.read_bytes())
    for page in pages:
        data[page * PAGE : (page + 1) * PAGE] = os.urandom(PAGE)
    home.ledger_file.write_bytes(data)


def test_a_whole_ledger_loses_nothing(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    fill(home, clock, issuer, acked=20)
    done = salvaged(home, clock)
    assert (done.entries, done.queued, done.missing, done.unreadable) == (
        MANY,
        MANY - 20 + 1,
        (),
        0,
    )
    with opened(home, clock) as ledger:
        assert ledger.identity.epoch == 2
        report = ledger.prove_chain()
        assert (report.entries, report.fault) == (MANY + 1, None)
        assert len(ledger.store.recent(500)) == MANY
        # It goes on, guarded as before.
        code = issuer.code(items=(Item("A", 1),))
        assert ledger.store.commit_redemption(draft(code)).verdict.kind is VerdictKind.ACCEPTED
        again = replace(draft(code), request_id=os.urandom(16))
        assert ledger.store.commit_redemption(again).verdict.kind is VerdictKind.ALREADY_REDEEMED
    assert done.set_aside.exists()


def test_what_a_customer_had_stays_had(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 1),))
    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(code))
    salvaged(home, clock)
    with opened(home, clock) as ledger:
        again = replace(draft(code), request_id=os.urandom(16))
        assert ledger.store.commit_redemption(again).verdict.kind is VerdictKind.ALREADY_REDEEMED


@pytest.mark.parametrize("seed", range(6))
def test_damaged_pages_cost_what_is_on_them(
    home: Home, clock: FakeClock, issuer: Issuer, seed: int
) -> None:
    # The first pages hold schema and identity; their loss is another test.
    first = home.ledger_file.stat().st_size // PAGE
    fill(home, clock, issuer, acked=20)
    pages = home.ledger_file.stat().st_size // PAGE
    damage(home, *random.Random(seed).sample(range(first, pages), 4))
    done = salvaged(home, clock)
    assert 0 < done.entries <= MANY
    told = sum(gap.last - gap.first + 1 for gap in done.missing if gap.last)
    with opened(home, clock) as ledger:
        report = ledger.prove_chain()
        assert report.fault is None
        assert report.entries == done.entries + 1
        query = select(t.entries.c.seq).where(t.entries.c.epoch == 1)
        with ledger.database.read() as connection:
            seqs = list(connection.scalars(query))
        assert told == max(seqs) - len(seqs), "each gap between what was read is told"
        assert len(ledger.outbox.take(500, 10**7)) == done.queued


def test_a_lost_identity_is_told_and_nothing_is_changed(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    fill(home, clock, issuer, 3)
    damage(home, 0)
    before = home.ledger_file.read_bytes()
    with pytest.raises(DamagedLedger, match="not even the list of its tables"):
        salvaged(home, clock)
    assert home.ledger_file.read_bytes() == before


def test_a_whole_ledger_is_left_alone_unless_asked(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    fill(home, clock, issuer, 3)
    with HomeLock(home), pytest.raises(HomeUnusable, match="nothing to salvage"):
        salvage(home, clock)
    with opened(home, clock) as ledger:
        assert ledger.identity.epoch == 1


def test_until_central_has_told_everything_anew_a_salvaged_terminal_asks_for_a_person(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    fill(home, clock, issuer, 2)
    salvaged(home, clock)
    with opened(home, clock) as ledger:
        assert not ledger.store.caught_up()
        ledger.replica.apply(m.ChangesAnswer("half", [], 1.0, more=True))
        assert not ledger.store.caught_up()
        ledger.replica.apply(m.ChangesAnswer("whole", [], 1.0))
        assert ledger.store.caught_up()


def test_a_forged_entry_is_not_carried_over(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    fill(home, clock, issuer, 5)
    with opened(home, clock) as ledger:

        def forge(connection: object) -> None:
            run = connection.execute  # type: ignore[attr-defined]
            run(text("DROP TRIGGER entries_never_update"))
            run(text("UPDATE entries SET sealed = zeroblob(200) WHERE seq = 3"))

        ledger.database.write(forge)
    done = salvaged(home, clock)
    assert (done.entries, done.unreadable) == (4, 1)
    assert [(gap.epoch, gap.first, gap.last) for gap in done.missing] == [(1, 3, 3)]
    with opened(home, clock) as ledger:
        assert ledger.prove_chain().fault is None


@pytest.mark.parametrize(
    "spoil, error",
    [
        (lambda home: home.key_file.unlink(), KeyMissing),
        (lambda home: home.key_file.write_bytes(os.urandom(32)), WrongKey),
        (lambda home: home.ledger_file.unlink(), DamagedLedger),
    ],
)
def test_a_key_that_is_wrong_or_gone_is_no_damage(
    home: Home,
    clock: FakeClock,
    issuer: Issuer,
    spoil: Callable[[Home], None],
    error: type[LedgerError],
) -> None:
    fill(home, clock, issuer, 1)
    spoil(home)
    with pytest.raises(error):
        salvaged(home, clock)
    assert not home.swap_file.exists()


@pytest.mark.parametrize("moment", ["before", "marked", "moved"])
def test_a_power_cut_while_swapping_is_made_good_at_the_next_start(
    home: Home, clock: FakeClock, issuer: Issuer, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home, clock, issuer, 5)

    class PowerCut(Exception):
        pass

    def cut(home: Home) -> None:
        if moment != "before":
            home.swap_file.write_bytes(b"")
        if moment == "moved":
            home.fresh_file.replace(home.ledger_file)
        raise PowerCut

    monkeypatch.setattr(module, "swap_in", cut)
    with pytest.raises(PowerCut):
        salvaged(home, clock)
    monkeypatch.undo()
    with opened(home, clock) as ledger:
        entries = ledger.prove_chain().entries
    assert entries == (5 if moment == "before" else 6)
    if moment == "before":
        assert salvaged(home, clock).entries == 5


def test_salvaged_twice(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    fill(home, clock, issuer, 5)
    salvaged(home, clock)
    fill(home, clock, issuer, 5)
    done = salvaged(home, clock)
    assert (done.entries, done.epoch, done.missing) == (11, 3, ())
    with opened(home, clock) as ledger:
        assert ledger.prove_chain().fault is None


# --- backups ----------------------------------------------------------------------------------


def test_a_backup_is_made_beside_its_owner_and_restored_elsewhere(
    home: Home, clock: FakeClock, issuer: Issuer, tmp_path: Path
) -> None:
    fill(home, clock, issuer, 8, acked=3)
    with opened(home, clock) as ledger:
        back_up(home, tmp_path / "backup", with_key=True)
        lost = issuer.code(items=(Item("A", 1),))
        ledger.store.commit_redemption(draft(lost))
    fresh = Home(tmp_path / "new")
    fresh.make()
    with HomeLock(fresh):
        done = restore(fresh, tmp_path / "backup", None, clock)
    assert (done.terminal, done.epoch, done.entries, done.queued) == ("S001-T01", 2, 8, 6)
    with opened(fresh, clock) as ledger:
        assert ledger.prove_chain().fault is None
        assert ledger.replica.cursor() == ""
        assert not ledger.store.caught_up()
        # What was handed over since comes back from central as somebody else's fact.
        line = m.Line("A", 1)
        known = m.RedemptionChange(os.urandom(32), lost.voucher, [line], 1, "S001", "S001-T01")
        ledger.replica.learn([known])
        refused = ledger.store.commit_redemption(draft(lost)).verdict
        assert refused.kind is VerdictKind.ALREADY_REDEEMED


def test_a_backup_without_its_key_needs_it_at_restore(
    home: Home, clock: FakeClock, issuer: Issuer, tmp_path: Path
) -> None:
    fill(home, clock, issuer, 2)
    back_up(home, tmp_path / "backup", with_key=False)
    assert not (tmp_path / "backup" / "ledger.key").exists()
    fresh = Home(tmp_path / "new")
    fresh.make()
    with HomeLock(fresh):
        with pytest.raises(KeyMissing):
            restore(fresh, tmp_path / "backup", None, clock)
        wrong = tmp_path / "wrong.key"
        wrong.write_bytes(os.urandom(32))
        with pytest.raises(WrongKey):
            restore(fresh, tmp_path / "backup", wrong, clock)
        assert restore(fresh, tmp_path / "backup", home.key_file, clock).entries == 2


def test_nothing_is_overwritten(
    home: Home, clock: FakeClock, issuer: Issuer, tmp_path: Path
) -> None:
    fill(home, clock, issuer, 2)
    back_up(home, tmp_path / "backup", with_key=True)
    with pytest.raises(HomeUnusable, match="exists already"):
        back_up(home, tmp_path / "backup", with_key=True)
    with HomeLock(home), pytest.raises(HomeUnusable, match="lives here already"):
        restore(home, tmp_path / "backup", None, clock)


def test_a_folder_without_a_backup_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("nowhere", "empty"):
        with pytest.raises(HomeUnusable, match="no backup of a terminal"):
            backup_in(tmp_path / folder)


def test_a_damaged_ledger_is_not_taken_for_a_backup(
    home: Home, clock: FakeClock, issuer: Issuer, tmp_path: Path
) -> None:
    fill(home, clock, issuer)
    damage(home, 12)
    with pytest.raises(DamagedLedger):
        back_up(home, tmp_path / "backup", with_key=True)
    assert not (tmp_path / "backup").exists()


def test_a_copy_is_kept_before_a_migration(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    fill(home, clock, issuer, 3)
    with opened(home, clock) as ledger:
        downgrade(ledger)
    with opened(home, clock) as ledger:
        assert ledger.prove_chain().entries == 3
    (copy,) = home.path.glob("ledger.db.before-*")
    assert copy.stat().st_mode & 0o077 == 0


def downgrade(ledger: TerminalLedger) -> None:
    """Take the later schemas away again."""

    def work(connection: object) -> None:
        run = connection.execute  # type: ignore[attr-defined]
        run(text("DROP TRIGGER redemption_lines_never_under"))
        for column in ("decision", "note", "supervisors", "settled_at_s"):
            run(text(f"ALTER TABLE conflicts DROP COLUMN {column}"))
        for table in ("undone", "serial_tries", "cleared_tries", "status_lists"):
            run(text(f"DROP TABLE {table}"))
        for index in ("redemptions_by_holder", "elsewhere_by_holder", "vouchers_by_serial"):
            run(text(f"DROP INDEX {index}"))
        columns = {
            "redemptions": ["holder"],
            "elsewhere": ["holder"],
            "vouchers": ["value_class", "not_before_s", "holder", "serial", "password_hash"],
        }
        for table, names in columns.items():
            for name in names:
                run(text(f"ALTER TABLE {table} DROP COLUMN {name}"))
        run(text("UPDATE alembic_version SET version_num = '0001'"))

    ledger.database.write(work)
