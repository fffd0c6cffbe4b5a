"""``kiosk central …`` as an operator uses it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from kiosk.commands.central import add_parser
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.serials import read_password, read_serial
from kiosk.domain.staff import pin_matches
from kiosk.domain.vouchers import PickupCode, Tier
from kiosk.protocol.messages import (
    ProductChange,
    StaffChange,
    StockChange,
    VoucherChange,
)
from kiosk.protocol.trust import open_bundle, read_trust_file
from kiosk.protocol.verifier import CodeVerifier
from tests.central.client import enroll
from tests.central.conftest import STORE, open_shop

Command: TypeAlias = Callable[..., tuple[int, list[str], str]]
"""Runs a sub-command on a home of its own; gives status, stdout lines and stderr."""


@pytest.fixture
def central(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_parser(parser.add_subparsers())

    def run(*arguments: str) -> tuple[int, list[str], str]:
        options = ["--home", str(tmp_path)]
        try:
            args = parser.parse_args(["central", arguments[0], *options, *arguments[1:]])
        except SystemExit as exit_:
            status = int(str(exit_.code))
        else:
            status = args.run(args)
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err

    return run


def check(text: str, trust: Path) -> PickupCode:
    key_set, _ = open_bundle(read_trust_file(trust))
    now = Instant(int(time.time()), Confidence.CARRIED)
    code = CodeVerifier(lambda: key_set).verify(text, now)
    assert isinstance(code, PickupCode)
    return code


def test_seed_can_be_repeated(central: Command, tmp_path: Path) -> None:
    pins = tmp_path / "pins.json"
    pins.write_text('{"1001": "4321"}')
    status, lines, _ = central("seed", "--json", "--pin-file", str(pins))
    first = json.loads(lines[0])
    assert status == 0
    assert set(first["new_pins"]) == {"1001", "9001"}
    assert first["new_pins"]["1001"] == "4321"
    status, lines, _ = central("seed", "--json")
    assert json.loads(lines[0])["new_pins"] == {}
    with open_shop(tmp_path) as shop:
        seen = shop.terminal().catch_up()
    staff = {change.staff: change for change in seen if isinstance(change, StaffChange)}
    for name, pin in first["new_pins"].items():
        assert pin_matches(pin, staff[name].pin_hash)
    assert {change.role for change in staff.values()} == {"clerk", "supervisor"}
    products = [change for change in seen if isinstance(change, ProductChange)]
    assert all(change.name_zh and change.name_en for change in products)
    counted = {change.sku for change in seen if isinstance(change, StockChange)}
    assert counted == {change.sku for change in products}


def test_demo_has_known_pins_and_vouchers(central: Command, tmp_path: Path) -> None:
    status, lines, _ = central("seed", "--demo", "--json")
    answer = json.loads(lines[0])
    assert status == 0
    assert answer["new_pins"] == {"1001": "1357", "9001": "2468"}
    assert len(answer["vouchers"]) == 3


def test_issue_prints_codes_that_verify(central: Command, tmp_path: Path) -> None:
    central("seed")
    trust = tmp_path / "trust.json"
    assert central("trust", "--out", str(trust))[0] == 0
    status, lines, _ = central(
        "issue", "--item", "GIFT:2", "--item", "RIBBON:1:1", "--count", "3", "--tier", "V2"
    )
    assert (status, len(set(lines))) == (0, 3)
    codes = [check(line, trust) for line in lines]
    assert {code.tier for code in codes} == {Tier.V2}
    assert len({code.voucher for code in codes}) == 3
    assert [(i.sku, i.quantity, i.group) for i in codes[0].items] == [
        ("GIFT", 2, None),
        ("RIBBON", 1, 1),
    ]


@pytest.mark.parametrize("algorithm", ["ed25519", "esp256", "ps256"])
def test_issue_as_json(central: Command, tmp_path: Path, algorithm: str) -> None:
    central("seed")
    trust = tmp_path / "trust.json"
    central("trust", "--out", str(trust))
    _, lines, _ = central(
        *("issue", "--item", "A:1", "--store", "*", "--algorithm", algorithm, "--json"),
        *("--value-class", "2", "--expires-in", "60"),
    )
    issued = json.loads(lines[0])
    assert set(issued) == {"voucher", "text", "wallet_token", "tier", "wallet"}
    code = check(issued["text"], trust)
    assert code.voucher.hex() == issued["voucher"]
    assert (code.stores, code.options.value_class) == (None, 2)
    assert code.expires_at_s - code.issued_at_s <= 60


@pytest.mark.parametrize("tier", ["V1", "V2", "V3"])
def test_issue_tells_the_phone_pages_address(central: Command, tier: str) -> None:
    central("seed")
    asked = ("issue", "--item", "A:1", "--tier", tier, "--public-url", "https://pick.example/")
    _, [line], _ = central(*asked, "--json")
    issued = json.loads(line)
    shown = f"https://pick.example/wallet/{issued['voucher']}#{issued['wallet_token']}"
    assert issued["wallet"] == shown
    assert bool(issued["text"]) == (tier != "V3")
    _, [line], _ = central(*asked, "--wallet")
    assert line.startswith("https://pick.example/wallet/")
    _, [line], _ = central(*asked)
    assert line.startswith("https://" if tier == "V3" else f"TH{tier[1]}:")


def test_a_serial_and_its_password_are_printed_once(central: Command, tmp_path: Path) -> None:
    central("seed")
    status, lines, said = central("issue", "--item", "A:1", "--serial", "--count", "2", "--json")
    assert status == 0
    issued = [json.loads(line) for line in lines]
    for one in issued:
        assert read_serial(one["serial"]) == one["serial"]
        assert read_password(one["password"]) == one["password"]
    _, lines, more = central("issue", "--item", "A:1", "--serial")
    text, printed = lines
    serial, password = printed.removeprefix("serial ").split("  password ")
    assert text.startswith("TH1:")
    assert read_serial(serial)
    assert read_password(password) == password
    with open_shop(tmp_path) as shop:
        seen = shop.terminal().catch_up()
    hashes = {c.serial: c.password_hash for c in seen if isinstance(c, VoucherChange)}
    for one in issued:
        assert pin_matches(one["password"], hashes[one["serial"]])
        assert one["password"] not in said + more


def test_ten_thousand_codes_do_not_take_long(central: Command) -> None:
    central("seed")
    started = time.monotonic()
    status, lines, _ = central("issue", "--item", "A:1", "--count", "10000")
    assert (status, len(set(lines))) == (0, 10_000)
    assert time.monotonic() - started < 30


def test_an_enrolment_code_enrols(central: Command, tmp_path: Path) -> None:
    central("seed")
    assert central("enroll-code", "--store", "S009")[0] == 1  # no such store yet
    status, [code], _ = central("enroll-code", "--store", STORE)
    assert status == 0
    with open_shop(tmp_path) as shop:
        assert enroll(shop.http, code).identity.store == STORE


def test_revoke_refund_disable_export(central: Command, tmp_path: Path) -> None:
    central("seed")
    issued = [json.loads(central("issue", "--item", "A:1", "--json")[1][0]) for _ in range(2)]
    revoked, refunded = (one["voucher"] for one in issued)
    assert central("revoke", revoked)[0] == central("refund", refunded)[0] == 0
    with open_shop(tmp_path) as shop:
        terminal = shop.terminal()
        seen = {
            change.voucher.hex(): change.state
            for change in terminal.catch_up()
            if isinstance(change, VoucherChange)
        }
        good = terminal.redeem(shop.voucher())
        terminal.send(good, terminal.redeem(bytes.fromhex(revoked)), b"rubbish")
    assert seen == {revoked: "revoked", refunded: "refunded"}
    status, lines, _ = central("export", "--json")
    assert status == 0
    exported = [json.loads(line) for line in lines]
    assert [line["state"] for line in exported] == ["applied", "conflict", "quarantined"]
    assert [line.get("seq") for line in exported] == [1, 2, None]
    assert exported[0]["kind"] == "redemption"
    assert exported[1]["voucher"] == revoked
    assert {line["terminal"] for line in exported} == {terminal.name}
    assert central("disable", terminal.name)[0] == 0
    assert central("disable", "nobody")[0] == 1


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (["issue"], 2, "--item"),
        (["issue", "--item", "A"], 2, "SKU:QTY"),
        (["issue", "--item", "A:0"], 2, "1 to 9999"),
        (["issue", "--item", ":1"], 2, "SKU"),
        (["issue", "--item", "A:1", "--item", "A:2"], 2, "twice"),
        (["issue", "--item", "A:1", "--count", "0"], 2, "positive"),
        (["issue", "--item", "A:1", "--note", "x" * 501], 2, "note has at most 500"),
        (
            ["issue", *(part for n in range(201) for part in ("--item", f"A{n}:1"))],
            2,
            "at most 200 item lines",
        ),
        (["revoke", "xyz"], 2, "32 hex digits"),
        (["revoke", "00" * 16], 1, "no voucher"),
        (["seed", "--store", "*"], 2, "store id"),
        (["seed", "--store", "x" * 57], 2, "store id"),
        (["seed", "--pin-file", "/nowhere"], 2, "/nowhere"),
        (["trust", "--out", "/nowhere/at/all"], 1, "/nowhere/at/all"),
        (["serve", "--port", "70000"], 2, "port"),
    ],
)
def test_mistakes_are_told_in_a_line(
    central: Command, arguments: list[str], status: int, said: str
) -> None:
    central("seed")
    got, lines, errors = central(*arguments)
    assert (got, lines) == (status, [])
    assert said in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["trust"],
        ["enroll-code"],
        ["issue", "--item", "A:1"],
        ["revoke", "00" * 16],
        ["disable", "S001-T01"],
        ["export", "--database", "sqlite:///nowhere/else.db"],
    ],
)
def test_only_seed_and_serve_make_a_central(
    central: Command, tmp_path: Path, arguments: list[str]
) -> None:
    got, lines, errors = central(*arguments)
    assert (got, lines) == (1, [])
    assert f"no central here; run: kiosk central seed --home {tmp_path}" in errors
    assert list(tmp_path.iterdir()) == []


def test_a_voucher_is_for_a_store_that_exists(central: Command) -> None:
    central("seed")
    got, lines, errors = central("issue", "--item", "CRAB-4M:1", "--store", "S404")
    assert (got, lines) == (1, [])
    assert "no store S404" in errors


def test_a_sku_that_nobody_knows_is_told_and_added(central: Command) -> None:
    central("seed")
    got, lines, errors = central("issue", "--item", "HAT:1", "--item", "CRAB-4M:1")
    assert (got, len(lines)) == (0, 1)
    assert "HAT was not in the catalogue" in errors
    assert "CRAB-4M" not in errors
    assert central("issue", "--item", "HAT:1")[2] == ""


def test_a_home_that_cannot_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["central", "seed", "--home", str(tmp_path / "file")])
    assert args.run(args) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err
