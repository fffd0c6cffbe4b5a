"""``kiosk verify``: judge code texts offline, without touching the ledger."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.commands.code_lines import code_lines, typed_serial
from kiosk.commands.options import EXIT_OK, EXIT_USAGE, add_home, add_json

if TYPE_CHECKING:
    from kiosk.domain.clock import Instant
    from kiosk.domain.explanation import Explained
    from kiosk.domain.verification import Situation
    from kiosk.domain.vouchers import PickupCode
    from kiosk.protocol.verifier import CodeVerifier


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "verify",
        help="judge code texts offline, without touching the ledger",
        description="Judges code texts. With --trust it needs no terminal: form, signature, store,"
        " time, status list. Otherwise it uses all that the terminal of --home knows, its ledger"
        " too, as if central were in reach; nothing is written and no claim is made."
        " A typed serial (V0:…) has no signature to check: it is malformed here, only a terminal"
        " can judge it. Exit status 0 means that every text was answered, whatever the verdicts.",
    )
    parser.add_argument(
        "text", nargs="*", metavar="TEXT", help="code text, as the scanner reads it"
    )
    parser.add_argument("--stdin", action="store_true", help="read one text a line")
    parser.add_argument(
        "--trust", type=Path, metavar="FILE", help="trust file (kiosk central trust)"
    )
    parser.add_argument("--store", metavar="ID", help="store to judge for (with --trust)")
    parser.add_argument(
        "--now", type=int, metavar="UNIX_SECONDS", help="time to judge at (default: trusted time)"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="tell each check up to the one that refused: what it looked at, what it found",
    )
    add_home(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer each text with one line."""
    if bool(args.text) == args.stdin:
        print("kiosk verify: give code texts or --stdin, not both", file=sys.stderr)
        return EXIT_USAGE
    if (args.trust is None) != (args.store is None):
        print("kiosk verify: --trust and --store belong together", file=sys.stderr)
        return EXIT_USAGE
    if args.now is not None and not 0 <= args.now < 2**40:
        print("kiosk verify: --now is out of range", file=sys.stderr)
        return EXIT_USAGE
    texts = code_lines() if args.stdin else args.text
    with _from_file(args) if args.trust else _from_home(args) as judge:
        for answer in _answers(texts, judge, explained=args.explain):
            print(json.dumps(answer) if args.json else _for_people(answer), flush=args.stdin)
    return EXIT_OK


@dataclass(frozen=True, slots=True)
class _Judge:
    """What codes are judged with."""

    verifier: CodeVerifier
    now: Instant
    situation: Callable[[PickupCode], Situation]
    assess: Callable[[PickupCode], Explained | None]
    """What the ledger says, if there is one."""


@contextmanager
def _from_file(args: argparse.Namespace) -> Iterator[_Judge]:
    import time

    from kiosk.domain.clock import Confidence, Instant
    from kiosk.domain.revocation import NOT_LISTED, StatusAnswer
    from kiosk.domain.verification import Situation
    from kiosk.protocol.signed import DocumentError
    from kiosk.protocol.trust import (
        TrustFileError,
        open_bundle,
        open_bundle_status,
        read_trust_file,
    )
    from kiosk.protocol.verifier import CodeVerifier

    now = Instant(int(time.time()) if args.now is None else args.now, Confidence.CARRIED)
    try:
        bundle = read_trust_file(args.trust)
        key_set, policy = open_bundle(bundle)
        listed = open_bundle_status(bundle, key_set)
    except (DocumentError, TrustFileError) as error:
        named = "" if isinstance(error, TrustFileError) else f"{args.trust}: "
        message = f"no trust file (kiosk central trust writes one): {named}{error}"
        raise TrustFileError(message) from None

    def status(code: PickupCode) -> StatusAnswer:
        if listed is None or code.status is None or code.status[0] != listed.list_id:
            return NOT_LISTED
        return StatusAnswer(listed.revoked(code.status[1]), listed.issued_at_s)

    # Limits of age are a policy's; and what the file does not bring cannot be held against a code.
    issued_at_s = key_set.issued_at_s if bundle.policy else None
    if listed is None:
        policy = replace(policy, max_status_age_s=0)

    def situation(code: PickupCode) -> Situation:
        return Situation(
            args.store, now, policy, status=status(code), key_set_issued_at_s=issued_at_s
        )

    yield _Judge(CodeVerifier(lambda: key_set), now, situation, lambda _code: None)


@contextmanager
def _from_home(args: argparse.Namespace) -> Iterator[_Judge]:
    from kiosk.devices.system_clock import SystemClock
    from kiosk.domain.clock import Confidence, Instant
    from kiosk.domain.explanation import Explained
    from kiosk.domain.redemption import assess
    from kiosk.domain.revocation import NOT_LISTED
    from kiosk.domain.verification import Situation
    from kiosk.ledger.home import Home
    from kiosk.ledger.terminal_ledger import TerminalLedger
    from kiosk.protocol.verifier import CodeVerifier

    ledger = TerminalLedger(Home(args.home), SystemClock(), read_only=True)
    store, trust = ledger.store, ledger.trust.current
    now = ledger.time.now() if args.now is None else Instant(args.now, Confidence.CARRIED)

    def situation(code: PickupCode) -> Situation:
        history = store.history(code)
        return Situation(
            store=ledger.identity.store,
            now=now,
            policy=trust.policy,
            place=trust.place,
            state=history.state,
            status=NOT_LISTED if code.status is None else store.status(*code.status),
            key_set_issued_at_s=store.key_set_issued_at_s(),
            holder_recent=history.holder_recent,
        )

    def ledger_check(code: PickupCode) -> Explained:
        history = store.history(code)
        taken = sum(item.quantity for item in history.taken)
        entitled = sum(item.quantity for item in code.items)
        inputs: dict[str, object] = {"entitled": entitled, "handed over": taken}
        return Explained("ledger", inputs, assess(code, history))

    try:
        yield _Judge(CodeVerifier(ledger.trust.key_set), now, situation, ledger_check)
    finally:
        ledger.close()


def _answers(
    texts: Iterable[str], judge: _Judge, *, explained: bool
) -> Iterable[dict[str, object]]:
    from kiosk.domain.verdicts import Verdict, VerdictKind
    from kiosk.domain.verification import explain

    no_code = Verdict(VerdictKind.MALFORMED, "serial_needs_a_terminal")
    for text in texts:
        trace: list[Explained] = []
        code = no_code if typed_serial(text) else judge.verifier.verify(text, judge.now, trace)
        if not isinstance(code, Verdict):
            trace += explain(code, judge.situation(code))
            found = judge.assess(code) if trace[-1].refusal is None else None
            trace += [found] if found is not None else []
        refusal = code if isinstance(code, Verdict) else trace[-1].refusal
        answer: dict[str, object] = {
            "verdict": refusal.kind.value if refusal else "accepted",
            "voucher": None,
            "reason": refusal.reason if refusal else "",
        }
        if not isinstance(code, Verdict):
            answer |= {
                "voucher": code.voucher.hex(),
                "tier": f"V{int(code.tier)}",
                "stores": list(code.stores) if code.stores is not None else "*",
                "issued_at": code.issued_at_s,
                "shown_at": code.shown_at_s,
                "expires_at": code.ends_at_s,
                "items": [[i.sku, i.quantity, i.group] for i in code.items],
                "key": code.key_id.hex(),
            }
        if explained:
            answer["checks"] = [_check(step) for step in trace]
        yield answer


def _check(step: Explained) -> dict[str, object]:
    return {
        "check": step.check,
        "inputs": {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in step.inputs.items()
        },
        "result": "ok" if step.refusal is None else f"{step.refusal.kind}: {step.refusal.reason}",
    }


def _for_people(answer: dict[str, object]) -> str:
    reason = f" ({answer['reason']})" if answer["reason"] else ""
    lines = [f"{answer['verdict']}{reason}  {answer['voucher'] or '-'}"]
    checks = answer.get("checks", [])
    for check in checks if isinstance(checks, list) else []:
        inputs = ", ".join(f"{name} {_plain(value)}" for name, value in check["inputs"].items())
        lines.append(f"  {check['check']:<17} {check['result']:<32} {inputs}".rstrip())
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "-" if value is None else str(value)
