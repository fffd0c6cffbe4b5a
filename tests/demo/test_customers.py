"""Who comes for the rest: the one who took a part here, else one who did so next door."""

from pathlib import Path

import pytest

from kiosk.demo.customers import BOX, BOXES, Customers
from kiosk.demo.shop import IssuedVoucher, Shop
from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.vouchers import Item, PickupCode
from tests.fakes import Issuer


class FakeShop(Shop):
    """Issues vouchers and remembers what the second counter did; no processes."""

    def __init__(self, folder: Path, issuer: Issuer) -> None:
        super().__init__(folder)
        self._issuer = issuer
        self.next_door: list[str] = []

    def issue(
        self,
        *items: str,
        tier: str = "V1",
        store: str = "S001",
        count: int = 1,
        expires_in_s: int | None = None,
        note: str = "",
        serial: bool = False,
    ) -> list[IssuedVoucher]:
        text = self._issuer.text()
        return [IssuedVoucher("00" * 16, text, "token", tier)]

    def take_one_at_second_terminal(self, text: str) -> None:
        self.next_door.append(text)


@pytest.mark.parametrize(
    "taken, comes_again", [(0, False), (1, True), (BOXES - 1, True), (BOXES, False)]
)
def test_the_rest(taken: int, comes_again: bool, tmp_path: Path) -> None:
    def history(_code: PickupCode) -> VoucherHistory:
        return VoucherHistory(taken=(Item(BOX, taken),) if taken else ())

    shop = FakeShop(tmp_path, Issuer())
    kinds = {kind.key: kind for kind in Customers(shop, history).all()}
    first = kinds["partial"].show()
    assert shop.next_door == []
    rest = kinds["rest"].show()
    assert (rest.text == first.text) is comes_again
    assert shop.next_door == ([] if comes_again else [rest.text])
