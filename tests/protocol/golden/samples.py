"""What protocol v1 looks like on the wire: fixed values, and how they are encoded.

``python -m tests.protocol.golden.samples`` prints the JSON that ``v1.json`` holds. It was written
once: a terminal in the field reads and writes exactly these bytes, so a difference is a new
protocol version, never a reason to print the file anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.approval import Approval
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.policy import Policy, StockCheck, StorePlace
from kiosk.domain.ports import TrustVersions
from kiosk.domain.vouchers import (
    CodeOptions,
    HolderProof,
    Item,
    LocationCheck,
    PickupCode,
    Place,
    Tier,
)
from kiosk.protocol import messages as m
from kiosk.protocol.codes import encode_bound, encode_code, encode_showing, parse_text
from kiosk.protocol.cose import key_id_of
from kiosk.protocol.entries import (
    NO_PREVIOUS,
    REDEMPTION,
    EntryHead,
    RedemptionFact,
    make_entry,
    redemption_payload,
    seal,
)
from kiosk.protocol.epochs import NEW_EPOCH, Missing, NewEpoch, new_epoch_payload
from kiosk.protocol.keyset import CODES, DOCUMENTS, RECEIPTS, KeySet, TrustedKey, sign_key_set
from kiosk.protocol.places import PlaceDocument, place_document
from kiosk.protocol.policies import policy_document
from kiosk.protocol.roots import NextRoot, sign_next_root
from kiosk.protocol.serial_entries import (
    SERIAL_REVIEW,
    SERIAL_TRY,
    SerialReviewFact,
    SerialTryFact,
    review_payload,
    try_payload,
)
from kiosk.protocol.signed import Document, sign_document
from kiosk.protocol.status_list import StatusDelta, sign_delta
from tests.protocol.golden.corrections import correction_entries

NOW_S = 1_800_000_000
VOUCHER = bytes(range(16))
ITEMS = (Item("CRAB-4M", 2, 1), Item("VINEGAR", 2, 1), Item("TEA-LJ", 1))


def key(name: str) -> Ed25519PrivateKey:
    """A key that everybody knows. Ed25519 signs the same bytes the same way every time."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


ROOT, ISSUER, OFFICE, TERMINAL = key("root"), key("issuer"), key("documents"), key("terminal")
PHONE = key("phone")
KEY_ID = b"golden01"
PACKED = bytes.fromhex("78dadbb918000217015d")
"""The bits b9 a3, as in the example of the Token Status List."""


def pickup_codes() -> dict[str, PickupCode]:
    """Codes of each form."""
    plain = PickupCode(
        voucher=VOUCHER,
        tier=Tier.V1,
        stores=("S001",),
        issued_at_s=NOW_S,
        expires_at_s=NOW_S + 3600,
        not_before_s=None,
        items=ITEMS,
        key_id=KEY_ID,
        presented=b"",
    )
    options = CodeOptions(2, 45, LocationCheck.WARN, True, b"pseudony")
    return {
        "v1": plain,
        "v2": replace(plain, tier=Tier.V2, stores=("S001", "S002")),
        "v2_everything": replace(
            plain,
            tier=Tier.V2,
            stores=None,
            not_before_s=NOW_S - 60,
            options=options,
            status=(7, 123_456),
        ),
        "v3": replace(
            plain, tier=Tier.V3, proof=HolderProof(NOW_S + 5, key_id_of(PHONE.public_key()))
        ),
        "v3_everything": replace(
            plain,
            tier=Tier.V3,
            options=options,
            status=(7, 123_456),
            proof=HolderProof(
                NOW_S + 5, key_id_of(PHONE.public_key()), "20481024", Place(312_304_160, -15)
            ),
        ),
    }


def code_texts() -> dict[str, str]:
    """The texts that phones show."""
    return {name: code_text(code) for name, code in pickup_codes().items()}


def code_text(code: PickupCode) -> str:
    """The text that a phone shows of a code."""
    if code.proof is None:
        return encode_code(code, ISSUER)
    inner = encode_bound(code, ISSUER, PHONE.public_key())
    proof = code.proof
    return encode_showing(
        inner, PHONE, proof.signed_at_s, challenge=proof.challenge, place=proof.place
    )


def entry_chain() -> dict[str, tuple[bytes, bytes, bytes]]:
    """Entries, each after the one before: body, hash and sealed form."""
    head = EntryHead(
        kind=REDEMPTION,
        terminal="S001-T01",
        store="S001",
        epoch=1,
        seq=1,
        previous=NO_PREVIOUS,
        now=Instant(NOW_S, Confidence.CARRIED),
        wall_ms=NOW_S * 1000 + 250,
        staff="1001",
        versions=TrustVersions(3, 0, 2),
    )
    fact = RedemptionFact(
        voucher=VOUCHER,
        items=ITEMS[:1],
        entitlement=ITEMS,
        request_id=bytes(16),
        instance=None,
        presented=parse_text(code_texts()["v1"]).presented,
        tier=1,
        offline=False,
    )
    first = make_entry(head, redemption_payload(fact))
    offline = replace(
        fact, instance=bytes(range(16, 32)), offline=True, tier=2, pieces=("SN-1", "SN-2")
    )
    second = make_entry(
        replace(
            head, seq=2, previous=first.hash, staff=None, now=Instant(NOW_S + 5, Confidence.UNSURE)
        ),
        redemption_payload(offline),
    )
    approved = replace(
        fact,
        approval=Approval("9001", ("offline_too_long", "place_far")),
        holder=b"pseudony",
        presented=parse_text(code_texts()["v3"]).presented,
        tier=3,
    )
    third = make_entry(replace(head, seq=3, previous=second.hash), redemption_payload(approved))
    wrong = make_entry(
        replace(head, kind=SERIAL_TRY, seq=4, previous=third.hash, staff=None),
        try_payload(SerialTryFact(VOUCHER)),
    )
    review = SerialReviewFact(VOUCHER, (wrong.hash,), "身份证已核对")
    reviewed = make_entry(
        replace(head, kind=SERIAL_REVIEW, seq=5, previous=wrong.hash, staff="9001"),
        review_payload(review),
    )
    typed = replace(fact, presented=b"123456789014", tier=0)
    fourth = make_entry(replace(head, seq=6, previous=reviewed.hash), redemption_payload(typed))
    told = NewEpoch("salvage", 5, (Missing(1, 0, 0), Missing(2, 4, 9)))
    began = make_entry(
        replace(head, kind=NEW_EPOCH, epoch=3, previous=fourth.hash, staff=None),
        new_epoch_payload(told),
    )
    chain = {
        "first": first,
        "second": second,
        "third": third,
        "serial_try": wrong,
        "serial_review": reviewed,
        "typed": fourth,
        "new_epoch": began,
    }
    return {name: (entry.body, entry.hash, seal(entry, TERMINAL)) for name, entry in chain.items()}


def signed_documents() -> dict[str, bytes]:
    """One of each kind."""
    purposes = ((ISSUER, CODES), (OFFICE, DOCUMENTS), (key("receipts"), RECEIPTS))
    keys = tuple(
        TrustedKey(
            key_id=KEY_ID if purpose == CODES else purpose.encode()[:8].ljust(8, b"-"),
            key=private.public_key(),
            not_before_s=NOW_S - 100,
            not_after_s=NOW_S + 86_400,
            tiers=frozenset({Tier.V1, Tier.V2}) if purpose == CODES else frozenset(),
            issuer="golden",
            purposes=frozenset({purpose}),
        )
        for private, purpose in purposes
    )
    key_set = KeySet(5, NOW_S - 100, NOW_S + 86_400, keys)
    policy = Policy(
        version=9,
        window_s=45,
        claim_wait_s=0.3,
        offline_tiers=frozenset({Tier.V2, Tier.V3}),
        stock_check=StockCheck.REFUSE,
    )
    strict = Policy(
        version=10,
        offline_v0=True,
        offline_v0_max_value_class=1,
        max_key_set_age_s=86_400,
        max_status_age_s=7200,
        supervisor_override=False,
        challenge_value_class=3,
        challenge_valid_s=90,
        location_check=LocationCheck.REVIEW,
        blocked_vouchers=frozenset({VOUCHER}),
        blocked_holders=frozenset({b"pseudony"}),
        holder_max_redemptions=5,
        holder_window_s=3600,
    )
    documents = {
        name: policy_document(one, NOW_S - 50, NOW_S + 86_400)
        for name, one in (("policy", policy), ("policy_everything", strict))
    }
    retired = replace(key_set, version=6, keys=(replace(keys[0], revoked=True), *keys[1:]))
    return {
        "key_set": sign_key_set(key_set, ROOT, b"root----"),
        "key_set_revoked": sign_key_set(retired, ROOT, b"root----"),
        **{name: sign_document(one, OFFICE, b"document") for name, one in documents.items()},
        "root": sign_next_root(
            NextRoot(7, NOW_S - 100, NOW_S + 86_400, key("next root").public_key()),
            ROOT,
            b"root----",
        ),
        "store": sign_document(
            place_document(
                PlaceDocument(8, "S001", StorePlace(Place(312_304_160, -15), 250)),
                NOW_S - 50,
                NOW_S + 86_400,
            ),
            OFFICE,
            b"document",
        ),
        # Packed beforehand: another zlib may pack the same bits otherwise.
        "status": sign_document(
            Document("status", 11, NOW_S - 50, NOW_S + 86_400, {1: 0, 2: 1, 3: 16, 4: PACKED}),
            OFFICE,
            b"document",
        ),
        "status_delta": sign_delta(
            StatusDelta(0, 11, 12, NOW_S - 20, NOW_S + 86_400, (1, 4_000), (0,)),
            OFFICE,
            b"document",
        ),
    }


def api_messages() -> dict[str, msgspec.Struct]:
    """One message of each kind, with every field set, and again with as few as possible."""
    line, full_line = m.Line("TEA-LJ", 1), m.Line("CRAB-4M", 2, 1)
    entry, other = bytes(range(32)), bytes(range(32, 64))
    fact = m.OtherFact(other, VOUCHER, "S001", "S001-T02", "1002", NOW_S, [line])
    redemption = m.RedemptionChange(
        entry, VOUCHER, [full_line], NOW_S, "S001", "S001-T01", "1001", VOUCHER, True
    )
    changes: list[m.Change] = [
        m.VoucherChange(
            VOUCHER, 2, "revoked", NOW_S, [full_line, line], "2026", "138****1234", "注", "A12"
        ),
        m.VoucherChange(VOUCHER, 1, "active", NOW_S, [line]),
        redemption,
        m.RedemptionChange(entry, VOUCHER, [], NOW_S, "S001", "S001-T01"),
        m.StockChange("TEA-LJ", -3),
        m.ProductChange("TEA-LJ", "龙井", "Longjing tea", "盒", "box"),
        m.ProductChange("TEA-LJ", "龙井", "Longjing tea"),
        m.StaffChange("1001", "王小满", "clerk", "scrypt$00$11", False),
        m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$11"),
        m.DocumentChange("policy", b"document"),
        m.ConflictChange(entry, "duplicate_redemption", fact),
        m.ConflictChange(entry, "chain_gap"),
        m.VoucherGone(VOUCHER),
    ]
    holder = b"pseudony"
    later: list[m.Change] = [
        m.VoucherChange(
            VOUCHER, 2, "active", NOW_S, [line], value_class=3, not_before_s=NOW_S - 9,
            holder=holder, serial="123456789018", password_hash="scrypt$00$11",
        ),
        m.RedemptionChange(entry, VOUCHER, [], NOW_S, "S001", "S001-T01", holder=holder),
        m.SerialTry(entry, VOUCHER, NOW_S, "S001-T01"),
        m.SerialReview(other, VOUCHER, [entry]),
        m.StatusHint(0, NOW_S),
        m.DocumentChange("root", b"document"),
        m.DocumentChange("store", b"document"),
    ]  # fmt: skip
    settlement = m.Settled("shop_bears", "断网", ["9001", "9002"], NOW_S, "S001-T02")
    settled = m.ConflictChange(entry, "duplicate_redemption", fact, settlement)
    return {
        "enroll_request": m.EnrollRequest("ABCD-EFGH", bytes(32), "pickup-kiosk 0.1"),
        "enroll_answer": m.EnrollAnswer(
            "S001-T01", "S001", "示范门店", b"root", b"keys", b"policy", NOW_S + 0.5
        ),
        "enroll_answer_later": m.EnrollAnswer(
            *("S001-T01", "S001", "示范门店", b"root", b"keys", b"policy", NOW_S + 0.5),
            root_version=7,
            status=b"status",
        ),
        "token_answer": m.TokenAnswer("token", "Bearer", 900),
        "changes_answer": m.ChangesAnswer("cursor", changes, NOW_S + 0.25, True, 1, 42),
        "changes_answer_later": m.ChangesAnswer("cursor", later, NOW_S + 0.25),
        "changes_answer_settled": m.ChangesAnswer("cursor", [settled], NOW_S + 0.25),
        "changes_answer_least": m.ChangesAnswer("cursor", [], 0.0),
        "heads_answer": m.HeadsAnswer(
            NOW_S + 0.25, [(3, 3), (7, 12)], m.ReplicaCounts(20_000, 41, 12, 11, 3)
        ),
        "heads_answer_least": m.HeadsAnswer(0.0),
        "claim_request": m.ClaimRequest(VOUCHER, release=True),
        "claim_reply": m.ClaimReply("held", [redemption], "S001-T02", 170, False),
        "claim_reply_least": m.ClaimReply("granted"),
        "batch_request": m.BatchRequest([b"sealed", b""]),
        "batch_answer": m.BatchAnswer(
            [
                m.Outcome(entry, "applied", b"receipt"),
                m.Outcome(entry, "duplicate", b"receipt"),
                m.Outcome(entry, "conflict", b"receipt", "over_redeemed", fact),
                m.Outcome(entry, "quarantined", b"receipt", why="entry_signature"),
            ],
            NOW_S + 0.125,
        ),
        "code_request": m.CodeRequest(VOUCHER, "w" * 16, 1),
        "code_answer": m.CodeAnswer("TH2:...", 30),
        "wallet_request": m.WalletRequest(VOUCHER, "w" * 16),
        "wallet_answer": m.WalletAnswer(
            state="active",
            tier=3,
            expires_s=NOW_S,
            items=[m.WalletItem("TEA-LJ", 2, 1, "龙井", "Longjing tea", "盒", "box", 1)],
            redemptions=[m.WalletRedemption(NOW_S, "S001", "示范门店", "S001-T01", [line])],
            stores=[m.WalletStore("S001", "示范门店")],
            time_s=NOW_S + 0.5,
            order_no="2026",
            pickup_no="A12",
            phone_masked="138****1234",
            note="注",
            not_before_s=NOW_S - 60,
        ),
        "wallet_answer_least": m.WalletAnswer("held", 1, NOW_S, [], [], [], 0.0),
        "binding_request": m.BindingRequest(VOUCHER, "w" * 16, b"cose key"),
        "binding_answer": m.BindingAnswer(b"inner", NOW_S, NOW_S + 86_400, 14_400, NOW_S + 0.5),
        "problem": m.Problem("about:blank", "Gone", 410, "why", "cursor_gone"),
    }


def encoded() -> Mapping[str, Any]:
    """Everything as it travels: JSON as text, bytes as hex."""
    return {
        "codes": code_texts(),
        "entries": {
            name: {"body": body.hex(), "hash": hash_.hex(), "sealed": sealed.hex()}
            for name, (body, hash_, sealed) in entry_chain().items()
        },
        "corrections": {
            name: {
                "body": entry.body.hex(),
                "hash": entry.hash.hex(),
                "sealed": seal(entry, TERMINAL).hex(),
            }
            for name, entry in correction_entries().items()
        },
        "documents": {name: data.hex() for name, data in signed_documents().items()},
        "messages": {
            name: msgspec.json.encode(message).decode() for name, message in api_messages().items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(encoded(), indent=1, ensure_ascii=False))
