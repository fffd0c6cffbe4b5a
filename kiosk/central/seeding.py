"""A shop to begin with: stores, products, stock, staff, and vouchers for a demonstration."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

from kiosk.central.database import Transaction
from kiosk.central.issuing import made_up_order_no
from kiosk.central.services import Services
from kiosk.central.shops import (
    add_products,
    add_store,
    counted_skus,
    missing_products,
    put_staff,
    set_stock,
    staff_ids,
)
from kiosk.central.vouchers import Voucher, create_vouchers, draft_voucher
from kiosk.domain.orders import Product
from kiosk.domain.staff import Role, StaffMember, hash_pin
from kiosk.domain.vouchers import Item

FIRST_STORE, FIRST_STORE_NAME = "S001", "示范门店"
NEIGHBOUR, NEIGHBOUR_NAME = "S002", "邻近门店"
DEMO_PINS = {"1001": "1357", "9001": "2468"}
_DAY_S = 86_400

PRODUCTS = (
    Product("CRAB-4M", "阳澄湖大闸蟹 4两公蟹礼盒", "Hairy crab gift box, 4 males", "盒", "box"),
    Product("CRAB-3F", "阳澄湖大闸蟹 3两母蟹礼盒", "Hairy crab gift box, 3 females", "盒", "box"),
    Product("VINEGAR", "蟹醋姜茶套装", "Crab vinegar and ginger tea set", "套", "set"),
    Product("MOON-8", "中秋月饼礼盒 8枚", "Mooncake gift box, 8 pieces", "盒", "box"),
    Product("TEA-LJ", "西湖龙井礼盒 250克", "Longjing tea gift box, 250 g", "盒", "box"),
    Product("LIP-01", "丝绒口红 正红色", "Velvet lipstick, true red", "支", "pcs"),
    Product("SERUM-30", "修护精华液 30毫升", "Repair serum, 30 ml", "瓶", "bottle"),
    Product("PHONE-X", "智能手机 256GB 曜石黑", "Smartphone 256 GB, obsidian", "台", "pcs"),
    Product("CHARGER", "65W 快充充电器", "65 W fast charger", "个", "pcs"),
)
STOCK = {
    "CRAB-4M": 120,
    "CRAB-3F": 120,
    "VINEGAR": 300,
    "MOON-8": 80,
    "TEA-LJ": 60,
    "LIP-01": 200,
    "SERUM-30": 90,
    "PHONE-X": 25,
    "CHARGER": 40,
}
_STAFF = (("1001", "王小满", Role.CLERK), ("9001", "李店长", Role.SUPERVISOR))

_DEMO_VOUCHERS = (
    (
        "DEMO-0001",
        "138****1234",
        "请与蟹醋一起提取",
        (Item("CRAB-4M", 2, 1), Item("VINEGAR", 2, 1)),
        1,
    ),
    ("DEMO-0002", "139****5678", "", (Item("LIP-01", 1), Item("SERUM-30", 2)), 0),
    ("DEMO-0003", "186****0099", "当面开箱验机", (Item("PHONE-X", 1, 1), Item("CHARGER", 1, 1)), 3),
)


@dataclass(frozen=True, slots=True)
class SeedOrder:
    """What to make sure of."""

    store: str = FIRST_STORE
    pins: dict[str, str] | None = None
    """PIN of each member of staff; who is missing gets a random one."""
    demo: bool = False
    """Known PINs and sample vouchers."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the operator has to know afterwards."""

    store: str
    new_pins: dict[str, str]
    """PINs of staff created now; they are stored as hashes only."""
    vouchers: tuple[Voucher, ...]


def seed(services: Services, order: SeedOrder) -> Seeded:
    """Make sure that the shop exists. Running it again changes nothing that is there.

    Raises ValueError on a store id or a PIN that cannot be used.
    """
    pins = {staff: _pin(staff, order) for staff, _, _ in _STAFF}
    hashes = {staff: hash_pin(pin) for staff, pin in pins.items()}  # slow: before the transaction
    now_s = int(time.time())
    demo = _demo_vouchers(order.store, now_s) if order.demo else ()

    def work(transaction: Transaction) -> Seeded:
        name = FIRST_STORE_NAME if order.store == FIRST_STORE else order.store
        add_store(transaction, order.store, name)
        add_store(transaction, NEIGHBOUR, NEIGHBOUR_NAME)
        missing = set(missing_products(transaction.connection, (one.sku for one in PRODUCTS)))
        add_products(transaction, [one for one in PRODUCTS if one.sku in missing])
        new_pins = _seed_staff(transaction, order.store, pins, hashes)
        counted = counted_skus(transaction.connection, order.store)
        set_stock(
            transaction, order.store, {sku: n for sku, n in STOCK.items() if sku not in counted}
        )
        create_vouchers(transaction, demo, now_s)
        return Seeded(order.store, new_pins, demo)

    return services.database.write(work)


def _pin(staff: str, order: SeedOrder) -> str:
    if order.pins and staff in order.pins:
        return order.pins[staff]
    return DEMO_PINS[staff] if order.demo else f"{secrets.randbelow(10**6):06}"


def _seed_staff(
    transaction: Transaction, store: str, pins: dict[str, str], hashes: dict[str, str]
) -> dict[str, str]:
    present = staff_ids(transaction.connection, store)
    new = [
        StaffMember(staff, name, role, hashes[staff])
        for staff, name, role in _STAFF
        if staff not in present
    ]
    put_staff(transaction, store, new)
    return {member.staff: pins[member.staff] for member in new}


def _demo_vouchers(store: str, now_s: int) -> tuple[Voucher, ...]:
    return tuple(
        replace(
            draft_voucher((store,), items, now_s + 30 * _DAY_S),
            order_no=f"{made_up_order_no(now_s)[:8]}{number}",
            phone_masked=phone,
            note=note,
            value_class=value_class,
        )
        for number, phone, note, items, value_class in _DEMO_VOUCHERS
    )
