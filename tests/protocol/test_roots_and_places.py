"""Roots hand over to the next one; a store's place is for that store."""

from __future__ import annotations

import pytest

from kiosk.domain.policy import StorePlace
from kiosk.domain.vouchers import Place
from kiosk.protocol import cose
from kiosk.protocol.cbor import CborValue
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.places import PlaceDocument, open_place, place_document
from kiosk.protocol.roots import NextRoot, open_next_root, sign_next_root
from kiosk.protocol.signed import Document, DocumentError, sign_document
from tests.fakes import NOW_S, STORE, Issuer

ISSUER = Issuer()
ROOT, ROOT_ID = ISSUER.root, ISSUER.root_id
PLACE = StorePlace(Place(312_304_000, 1_214_737_000), 250)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_root_vouches_for_the_next_of_any_algorithm(algorithm: Algorithm) -> None:
    key = cose.generate_key(algorithm).public_key()
    following = NextRoot(7, NOW_S, NOW_S + 99, key)
    signed = sign_next_root(following, ROOT, ROOT_ID)
    assert open_next_root(signed, ROOT.public_key()) == following
    with pytest.raises(DocumentError, match="document_"):
        open_next_root(signed, Issuer().root.public_key())


@pytest.mark.parametrize("body", [None, {}, [1], {1: 1, 3: -19, -1: 6, -2: b"short"}])
def test_what_is_no_key_is_no_root(body: CborValue) -> None:
    document = sign_document(Document("root", 2, NOW_S, NOW_S + 9, body), ROOT, ROOT_ID)
    with pytest.raises(DocumentError, match="root_cose_key"):
        open_next_root(document, ROOT.public_key())


def test_a_key_set_is_no_root() -> None:
    with pytest.raises(DocumentError, match="document_payload"):
        open_next_root(ISSUER.signed_key_set(), ROOT.public_key())


def placed(body: CborValue) -> bytes:
    return sign_document(
        Document("store", 3, NOW_S, NOW_S + 99, body), ISSUER.documents, b"document"
    )


def test_a_place_is_read_whole() -> None:
    found = PlaceDocument(3, STORE, PLACE)
    document = place_document(found, NOW_S, NOW_S + 99)
    signed = sign_document(document, ISSUER.documents, b"document")
    assert open_place(signed, ISSUER.key_set(), NOW_S) == found


@pytest.mark.parametrize(
    "body",
    [
        None,
        {1: STORE, 2: [0, 0]},
        {1: b"S001", 2: [0, 0], 3: 9},
        {1: STORE, 2: [0], 3: 9},
        {1: STORE, 2: [0, 0, 0], 3: 9},
        {1: STORE, 2: [900_000_001, 0], 3: 9},
        {1: STORE, 2: [0, -1_800_000_001], 3: 9},
        {1: STORE, 2: [0, True], 3: 9},
        {1: STORE, 2: [0, 0], 3: 0},
        {1: STORE, 2: [0, 0], 3: 100_001},
    ],
)
def test_what_is_no_place_on_earth_is_refused(body: CborValue) -> None:
    with pytest.raises(DocumentError, match="store_body"):
        open_place(placed(body), ISSUER.key_set(), NOW_S)
