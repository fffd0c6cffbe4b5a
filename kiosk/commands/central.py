"""``kiosk central …``: the reference central API, for a demonstration, a test or one shop."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.commands import central_keys, central_policy
from kiosk.commands.central_parts import CentralUsageError as _UsageError
from kiosk.commands.central_parts import Refused as _Refused
from kiosk.commands.central_parts import add_command as _add
from kiosk.commands.central_parts import fail as _fail
from kiosk.commands.central_parts import opened as _services
from kiosk.commands.central_parts import positive as _positive
from kiosk.commands.options import EXIT_OK, add_json

if TYPE_CHECKING:
    from kiosk.central.issuing import IssueOrder
    from kiosk.central.services import Services

_DEFAULT_PORT = 8780


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``central`` and its sub-commands."""
    parser = subparsers.add_parser("central", help="run and feed the reference central API")
    commands = parser.add_subparsers(dest="central_command", required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_seed(commands)
    _add_issue(commands)
    enroll = _add(commands, "enroll-code", "print a one-time code that enrols a terminal", _enroll)
    enroll.add_argument("--store", default="S001", help="store of the new terminal")
    trust = _add(commands, "trust", "write the trust file that verifiers pin", _trust)
    trust.add_argument("--out", type=Path, metavar="FILE", help="instead of stdout")
    for name, state, does in (
        ("revoke", "revoked", "revoke a voucher"),
        ("refund", "refunded", "mark a voucher as refunded"),
    ):
        withdraw = _add(commands, name, does, _withdraw)
        withdraw.add_argument("voucher", help="voucher id, 32 hex digits")
        withdraw.set_defaults(state=state)
    disable = _add(commands, "disable", "refuse a terminal from now on", _disable)
    disable.add_argument("terminal", help="terminal id, such as S001-T01")
    add_json(_add(commands, "export", "print every entry that was handed in", _export))
    central_keys.add_to(commands)
    central_policy.add_to(commands)


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _add(commands, "serve", "serve the API", _serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument(
        "--port", type=_port, default=_DEFAULT_PORT, help="0: any free one (default: %(default)s)"
    )
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    serve.add_argument("--workers", type=_positive, default=1, help="processes (%(default)s)")
    serve.add_argument(
        "--with-stdin",
        action="store_true",
        help="stop when standard input ends: whoever started it has gone",
    )


def _add_seed(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    seed = _add(commands, "seed", "make sure that a shop exists: products, stock, staff", _seed)
    seed.add_argument("--store", default="S001", help="store id (%(default)s)")
    seed.add_argument("--demo", action="store_true", help="known PINs and sample vouchers")
    seed.add_argument(
        "--pin-file", type=Path, metavar="FILE", help='JSON, {"1001": PIN, "9001": PIN}'
    )
    add_json(seed)


def _add_issue(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    issue = _add(
        commands,
        "issue",
        "create vouchers and print a code text for each; at V3, the phone page's address,"
        " for only a phone makes such codes",
        _issue,
    )
    issue.add_argument(
        "--store", action="append", metavar="ID", help="repeatable; * for any (default: S001)"
    )
    issue.add_argument(
        "--item", action="append", required=True, metavar="SKU:QTY[:GROUP]", help="repeatable"
    )
    issue.add_argument("--tier", choices=("V1", "V2", "V3"), default="V1", help="(%(default)s)")
    issue.add_argument(
        "--wallet", action="store_true", help="print the phone page's address in place of a code"
    )
    issue.add_argument(
        "--public-url",
        default=f"http://127.0.0.1:{_DEFAULT_PORT}",
        metavar="URL",
        help="where phones reach central (default: %(default)s)",
    )
    issue.add_argument("--count", type=_positive, default=1, help="(%(default)s)")
    issue.add_argument("--algorithm", choices=("ed25519", "esp256", "ps256"), default="ed25519")
    issue.add_argument(
        "--expires-in", type=_positive, default=7 * 86_400, metavar="S", help="seconds (a week)"
    )
    issue.add_argument("--value-class", type=int, choices=range(4), default=0)
    issue.add_argument(
        "--phone", default="", metavar="NUMBER", help="customer's number; stored masked"
    )
    issue.add_argument("--note", default="", metavar="TEXT", help="shown on the order card")
    issue.add_argument(
        "--serial",
        action="store_true",
        help="make each voucher typable: print its serial and its password, this once",
    )
    add_json(issue)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _stop_with_stdin() -> None:
    """Interrupt this process when standard input ends."""
    import signal
    import threading

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def _serve(args: argparse.Namespace) -> int:
    from kiosk.central.serving import ServeOptions, serve

    options = ServeOptions(
        home=args.home,
        database=args.database,
        host=args.host,
        port=args.port,
        tls_cert=args.tls_cert,
        tls_key=args.tls_key,
        workers=args.workers,
    )

    def announce(url: str) -> None:
        print(f"central listening on {url}", flush=True)
        if args.with_stdin:
            _stop_with_stdin()

    return serve(options, announce)


def _seed(args: argparse.Namespace) -> int:
    from kiosk.central.seeding import SeedOrder, seed

    pins = _read_pins(args.pin_file) if args.pin_file else None
    with _services(args, create=True) as services:
        try:
            seeded = seed(services, SeedOrder(args.store, pins, args.demo))
        except ValueError as error:
            raise _UsageError(str(error)) from None
    vouchers = [voucher.voucher.hex() for voucher in seeded.vouchers]
    if args.json:
        answer = {"store": seeded.store, "new_pins": seeded.new_pins, "vouchers": vouchers}
        print(json.dumps(answer, ensure_ascii=False))
        return EXIT_OK
    print(f"store {seeded.store} is ready")
    for staff, pin in seeded.new_pins.items():
        print(f"staff {staff}: PIN {pin} (shown once)")
    for voucher in vouchers:
        print(f"voucher {voucher}")
    return EXIT_OK


def _read_pins(path: Path) -> dict[str, str]:
    try:
        pins = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _UsageError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise _UsageError(f"{path}: {error}") from None
    if not isinstance(pins, dict) or not all(isinstance(pin, str) for pin in pins.values()):
        raise _UsageError(f'{path}: expected {{"staff id": "PIN", …}}')
    return pins


def _issue(args: argparse.Namespace) -> int:
    from kiosk.central.issuing import ALGORITHMS, IssueOrder, issue, read_item, wallet_url
    from kiosk.domain.serials import grouped
    from kiosk.domain.vouchers import ANY_STORE, Tier

    stores = tuple(dict.fromkeys(args.store or ["S001"]))
    try:
        items = tuple(read_item(text) for text in args.item)
    except ValueError as error:
        raise _UsageError(f"--item {error}") from None
    if len({item.key for item in items}) != len(items):
        raise _UsageError("--item: the same SKU and group twice")
    try:
        order = IssueOrder(
            stores=None if ANY_STORE in stores else stores,
            items=items,
            tier=Tier[args.tier],
            count=args.count,
            algorithm=ALGORITHMS[args.algorithm],
            expires_in_s=args.expires_in,
            value_class=args.value_class,
            phone=args.phone,
            note=args.note,
            serials=args.serial,
        )
    except ValueError as error:
        raise _UsageError(str(error)) from None
    with _services(args) as services:
        _check_issue(services, order)
        for issued in issue(services, order):
            voucher = issued.voucher
            wallet = wallet_url(args.public_url, voucher.voucher, voucher.wallet_token)
            if args.json:
                line = {
                    "voucher": voucher.voucher.hex(),
                    "text": issued.text,
                    "wallet_token": voucher.wallet_token,
                    "tier": args.tier,
                    "wallet": wallet,
                }
                if voucher.serial is not None:
                    line |= {"serial": voucher.serial, "password": issued.password}
                print(json.dumps(line))
                continue
            print(wallet if args.wallet or not issued.text else issued.text)
            if voucher.serial is not None:
                print(f"serial {grouped(voucher.serial)}  password {issued.password}")
    return EXIT_OK


def _check_issue(services: Services, order: IssueOrder) -> None:
    """Refuse a store that is not there; tell of SKUs that ``issue`` will add to the catalogue."""
    from kiosk.central.shops import missing_products, store_name

    with services.database.read() as connection:
        absent = [store for store in order.stores or () if not store_name(connection, store)]
        unknown = missing_products(connection, {item.sku for item in order.items})
    if absent:
        raise _Refused(f"there is no store {', '.join(absent)}: kiosk central seed --store …")
    for sku in unknown:
        print(
            f"kiosk central: {sku} was not in the catalogue; added under that name",
            file=sys.stderr,
        )


def _enroll(args: argparse.Namespace) -> int:
    import time

    from kiosk.central.enrolment import new_code
    from kiosk.central.shops import store_name

    with _services(args) as services:
        with services.database.read() as connection:
            if not store_name(connection, args.store):
                return _fail(f"there is no store {args.store}: kiosk central seed --store …")
        print(services.database.write(lambda tx: new_code(tx, args.store, int(time.time()))))
    return EXIT_OK


def _trust(args: argparse.Namespace) -> int:
    import time

    import msgspec

    from kiosk.central.documents import trust_bundle

    with _services(args) as services, services.database.read() as connection:
        status = services.status.whole(int(time.time()))
        text = msgspec.json.encode(trust_bundle(connection, services.keys, status)).decode()
    if args.out is None:
        print(text)
        return EXIT_OK
    try:
        args.out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        return _fail(f"{args.out}: {error.strerror or error}")
    return EXIT_OK


def _withdraw(args: argparse.Namespace) -> int:
    import time

    from kiosk.central.vouchers import withdraw
    from kiosk.domain.vouchers import VoucherState

    voucher, state = _voucher_id(args.voucher), VoucherState(args.state)
    with _services(args) as services:
        done = services.database.write(lambda tx: withdraw(tx, voucher, state, int(time.time())))
    return EXIT_OK if done else _fail(f"there is no voucher {args.voucher}")


def _voucher_id(text: str) -> bytes:
    try:
        voucher = bytes.fromhex(text)
    except ValueError:
        voucher = b""
    if len(voucher) != 16:
        raise _UsageError(f"voucher {text!r}: expected 32 hex digits")
    return voucher


def _disable(args: argparse.Namespace) -> int:
    from kiosk.central.terminals import disable_terminal

    with _services(args) as services:
        done = services.database.write(lambda tx: disable_terminal(tx, args.terminal))
    return EXIT_OK if done else _fail(f"there is no terminal {args.terminal}")


def _export(args: argparse.Namespace) -> int:
    from kiosk.central.export import recorded

    with _services(args) as services, services.database.read() as connection:
        for line in recorded(connection):
            print(json.dumps(line))
    return EXIT_OK
