"""The demonstration's shop: central with goods and staff, two terminals, vouchers on demand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from kiosk.bootstrap import Terminal
from kiosk.demo.holder import BoundPhone
from kiosk.demo.programs import CentralProcess, ProgramFailed, json_lines, run_kiosk
from kiosk.demo.telling import say
from kiosk.ledger.home import Home
from kiosk.protocol import cbor, cose
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.messages import BindingAnswer, BindingRequest, CodeAnswer, CodeRequest
from kiosk.sync.errors import CentralError
from kiosk.sync.sockets import Switch
from kiosk.sync.transport import Patience, Transport

STORE, OTHER_STORE = "S001", "S002"
CLERK, CLERK_PIN = "1001", "1357"
SUPERVISOR, SUPERVISOR_PIN = "9001", "2468"
_SYNC_WITHIN_S = 10.0
_PATIENCE = Patience(connect_s=1.0, silence_s=2.0, total_s=4.0)


@dataclass(frozen=True, slots=True)
class IssuedVoucher:
    """A voucher and the first text of its code."""

    voucher: str
    """Hex."""
    text: str
    wallet_token: str
    tier: str
    serial: str = ""
    password: str = ""
    """Both empty unless the voucher can be typed."""


class Shop:
    """Everything around the terminal. Raises ProgramFailed."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "terminal"
        self.second_home = folder / "second-terminal"
        self._central_home = folder / "head-office"
        self._central_home.mkdir(parents=True, exist_ok=True)
        self.central = CentralProcess(self._central_home)

    def open(self) -> None:
        """Seed and start central, enrol both terminals."""
        say("seeding a shop …")
        self._admin("seed", "--demo", "--store", STORE)
        say("starting central …")
        self.central.start()
        for home in (self.home, self.second_home):
            if not (home / "terminal.json").exists():
                say(f"enrolling the {home.name.replace('-', ' ')} …")
                code = self._admin("enroll-code", "--store", STORE).strip()
                run_kiosk(
                    "enroll", "--central", self.central.url, "--home", str(home), given=code + "\n"
                )

    def close(self) -> None:
        """Stop central."""
        self.central.stop()

    def issue(
        self,
        *items: str,
        tier: str = "V1",
        store: str = STORE,
        count: int = 1,
        expires_in_s: int | None = None,
        note: str = "",
        serial: bool = False,
    ) -> list[IssuedVoucher]:
        """Vouchers that a customer has just bought; ``items`` are ``SKU:QTY[:GROUP]``.

        ``serial``: they can be typed, too.
        """
        arguments = ["--store", store, "--tier", tier, "--count", str(count), "--json"]
        arguments += ["--phone", f"138{secrets.randbelow(10**8):08}", "--note", note]
        for item in items:
            arguments += ["--item", item]
        if serial:
            arguments.append("--serial")
        if expires_in_s is not None:
            arguments += ["--expires-in", str(expires_in_s)]
        return [
            IssuedVoucher(
                voucher=str(line["voucher"]),
                text=str(line["text"]),
                wallet_token=str(line["wallet_token"]),
                tier=str(line["tier"]),
                serial=str(line.get("serial", "")),
                password=str(line.get("password", "")),
            )
            for line in json_lines(self._admin("issue", *arguments))
        ]

    def revoke(self, voucher: str) -> None:
        """Head office withdraws a voucher."""
        self._admin("revoke", voucher)

    def fresh_code(self, issued: IssuedVoucher) -> tuple[str, int] | None:
        """What the customer's phone gets now: text and seconds to the next; None when offline."""
        transport = Transport(self.central.url, None, Switch())
        body = msgspec.json.encode(CodeRequest(bytes.fromhex(issued.voucher), issued.wallet_token))
        try:
            answer = transport.send(
                "POST",
                "/v1/codes",
                patience=_PATIENCE,
                body=body,
                headers={"Content-Type": "application/json"},
            )
        except CentralError:
            return None
        finally:
            transport.close()
        if answer.status != 200:
            raise ProgramFailed(f"central gives no code: {answer.body[:200]!r}")
        code = msgspec.json.decode(answer.body, type=CodeAnswer)
        return code.text, code.refresh_in_s

    def bind(self, issued: IssuedVoucher) -> BoundPhone:
        """Another phone with a key of its own, and the voucher bound to it."""
        key = cose.generate_key(Algorithm.ED25519)
        request = BindingRequest(
            bytes.fromhex(issued.voucher),
            issued.wallet_token,
            cbor.encode(cose.public_key_map(key.public_key())),
        )
        transport = Transport(self.central.url, None, Switch())
        try:
            answer = transport.send(
                "POST",
                "/v1/wallet/binding",
                patience=_PATIENCE,
                body=msgspec.json.encode(request),
                headers={"Content-Type": "application/json"},
            )
        except CentralError as error:
            raise ProgramFailed(f"central binds no phone: {error}") from error
        finally:
            transport.close()
        if answer.status not in {200, 201}:
            raise ProgramFailed(f"central binds no phone: {answer.body[:200]!r}")
        return BoundPhone(msgspec.json.decode(answer.body, type=BindingAnswer).inner, key)

    def redeem_at_second_terminal(self, *texts: str, sync: bool = True) -> list[dict[str, object]]:
        """The other counter of the shop redeems codes."""
        arguments = ["redeem", "--stdin", "--json", "--home", str(self.second_home)]
        answers = run_kiosk(
            *arguments, *(() if sync else ("--no-sync",)), given="\n".join(texts) + "\n"
        )
        if sync:
            self.sync_second_terminal()
        return json_lines(answers)

    def take_one_at_second_terminal(self, text: str) -> None:
        """The other counter hands over one piece of a code's first line, and central knows."""
        terminal = Terminal(Home(self.second_home))
        try:
            terminal.sync.run_until_empty(_SYNC_WITHIN_S)
            prepared = terminal.desk.prepare(text).result()
            if prepared.verdict is not None:
                raise ProgramFailed(f"the second counter refuses: {prepared.verdict.kind.value}")
            one = replace(prepared.open_card().left[0], quantity=1)
            done = terminal.desk.confirm(prepared, (one,), CLERK).result()
            if done.seq is None:
                raise ProgramFailed(f"the second counter refuses: {done.verdict.kind.value}")
            terminal.sync.run_until_empty(_SYNC_WITHIN_S)
        finally:
            terminal.close()

    def sync_second_terminal(self) -> None:
        """The other counter's outbox reaches central."""
        run_kiosk("sync", "--until-empty", "--home", str(self.second_home))

    def facts_at_central(self) -> list[dict[str, object]]:
        """Every entry that central has recorded."""
        return json_lines(self._admin("export", "--json"))

    def _admin(self, action: str, *arguments: str) -> str:
        return run_kiosk("central", action, "--home", str(self._central_home), *arguments)
