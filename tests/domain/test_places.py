"""Distances that a radius is compared with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.places import EARTH_RADIUS_M, distance_m
from kiosk.domain.vouchers import Place

PLACES = st.builds(
    Place, st.integers(-90 * 10**7, 90 * 10**7), st.integers(-180 * 10**7, 180 * 10**7)
)


@pytest.mark.parametrize(
    "one, other, expected_m",
    [
        # 人民广场 – 外滩, Shanghai: about 1.6 km; a degree of latitude: 111.2 km.
        (Place(312_304_160, 1_214_737_010), Place(312_397_000, 1_214_903_000), 1888),
        (Place(0, 0), Place(10**7, 0), 111_195),
        (Place(0, 1_799_999_999), Place(0, -1_799_999_999), 0.02),
        (Place(900_000_000, 0), Place(-900_000_000, 0), 20_015_115),
    ],
)
def test_known_distances(one: Place, other: Place, expected_m: float) -> None:
    assert distance_m(one, other) == pytest.approx(expected_m, rel=0.01, abs=0.01)


@given(PLACES, PLACES)
def test_it_is_a_distance(one: Place, other: Place) -> None:
    away_m = distance_m(one, other)
    assert 0 <= away_m <= 3.1416 * EARTH_RADIUS_M
    assert away_m == pytest.approx(distance_m(other, one), abs=1e-3)
    assert distance_m(one, one) == 0
