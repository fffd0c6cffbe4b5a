"""Distances on Earth, for what a phone says of where it is: a hint, never a proof."""

from __future__ import annotations

import math

from kiosk.domain.vouchers import Place

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius (IUGG)."""


def distance_m(one: Place, other: Place) -> float:
    """Great-circle distance in metres (haversine)."""
    latitudes = (math.radians(one.latitude_e7 / 1e7), math.radians(other.latitude_e7 / 1e7))
    turned = math.radians((other.longitude_e7 - one.longitude_e7) / 1e7)
    chord = (
        math.sin((latitudes[1] - latitudes[0]) / 2) ** 2
        + math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(turned / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))
