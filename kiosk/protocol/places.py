"""Where a store is, as a signed document: ``{1: store, 2: [latitude, longitude], 3: radius}``.

Degrees × 10⁷ and metres. It is what a phone's own word about its place is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.policy import StorePlace
from kiosk.domain.vouchers import Place
from kiosk.protocol.cbor import CborValue
from kiosk.protocol.keyset import KeySet, open_with
from kiosk.protocol.signed import Document, DocumentError, read_document

KIND = "store"
MAX_LATITUDE_E7, MAX_LONGITUDE_E7 = 90 * 10**7, 180 * 10**7
MAX_RADIUS_M = 100_000


@dataclass(frozen=True, slots=True)
class PlaceDocument:
    """One store's place, as central signed it."""

    version: int
    store: str
    place: StorePlace


def place_document(found: PlaceDocument, issued_at_s: int, expires_at_s: int) -> Document:
    """The document that central signs."""
    where = found.place.place
    body: CborValue = {
        1: found.store,
        2: [where.latitude_e7, where.longitude_e7],
        3: found.place.radius_m,
    }
    return Document(KIND, found.version, issued_at_s, expires_at_s, body)


def open_place(data: bytes, key_set: KeySet, at_s: int | None) -> PlaceDocument:
    """Verify and read a store's place; raises DocumentError."""
    return _place(open_with(data, KIND, key_set, at_s))


def read_place(data: bytes) -> PlaceDocument:
    """Read a place that was verified when it was taken; raises DocumentError."""
    return _place(read_document(data, KIND))


def _place(document: Document) -> PlaceDocument:
    match document.body:
        case {1: str(store), 2: [int(latitude), int(longitude)], 3: int(radius_m)} if (
            not any(isinstance(one, bool) for one in (latitude, longitude, radius_m))
            and abs(latitude) <= MAX_LATITUDE_E7
            and abs(longitude) <= MAX_LONGITUDE_E7
            and 0 < radius_m <= MAX_RADIUS_M
        ):
            place = StorePlace(Place(latitude, longitude), radius_m)
            return PlaceDocument(document.version, store, place)
        case _:
            raise DocumentError("store_body")
