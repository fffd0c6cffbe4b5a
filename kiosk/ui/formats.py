"""Times, ages and quantities in words, in the language in force. Qt thread."""

from __future__ import annotations

from datetime import datetime, timedelta

from kiosk.domain.orders import Product
from kiosk.ui.language import chinese, translate

# Not strftime's %b: that follows the machine's locale, not the language on screen.
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
UNKNOWN = "—"
"""In place of a time that no calendar has: another terminal's fact may hold any number."""
_LONGEST_M = 20_100_000
"""Half of Earth's way around: nothing is farther away."""
_LONGEST_S = 10_000 * 366 * DAY_S


def clock_time(unix_s: float) -> str:
    """Hours and minutes in the terminal's time zone: `14:03`."""
    then = _local(unix_s)
    return UNKNOWN if then is None else then.strftime("%H:%M")


def moment(unix_s: float, now_unix_s: float) -> str:
    """A point in time as people say it: `今天 14:03`, `11月20日 14:03`."""
    then, now = _local(unix_s), _local(now_unix_s)
    if then is None or now is None:
        return UNKNOWN
    today = now.date()
    time = then.strftime("%H:%M")
    if then.date() == today:
        return translate("Time", "today {time}").format(time=time)
    if then.date() == today - timedelta(days=1):
        return translate("Time", "yesterday {time}").format(time=time)
    if chinese():
        day = f"{then.month}月{then.day}日"
        return f"{then.year}年{day} {time}" if then.year != today.year else f"{day} {time}"
    day = f"{then.day} {_MONTHS[then.month - 1]}"
    return f"{day} {then.year}, {time}" if then.year != today.year else f"{day}, {time}"


def duration(seconds: float) -> str:
    """A length of time, two units at most: `45 秒`, `12 分钟`, `3 小时 5 分钟`, `2 天`."""
    if not seconds < _LONGEST_S:
        return UNKNOWN
    whole = int(max(0.0, seconds))
    if whole < MINUTE_S:
        return translate("Time", "%n second(s)", "", whole)
    if whole < HOUR_S:
        return translate("Time", "%n minute(s)", "", whole // MINUTE_S)
    hours, minutes = whole // HOUR_S, whole % HOUR_S // MINUTE_S
    if whole >= 2 * DAY_S:
        return translate("Time", "%n day(s)", "", whole // DAY_S)
    text = translate("Time", "%n hour(s)", "", hours)
    if not minutes or hours >= 10:
        return text
    return f"{text} {translate('Time', '%n minute(s)', '', minutes)}"


def ago(seconds: float) -> str:
    """An age: `刚刚`, `12 分钟前`."""
    if seconds < MINUTE_S:
        return translate("Time", "just now")
    return translate("Time", "{duration} ago").format(duration=duration(seconds))


def countdown(seconds: float) -> str:
    """Minutes and seconds left: `2:58`."""
    whole = max(0, int(seconds))
    return f"{whole // MINUTE_S}:{whole % MINUTE_S:02d}"


def distance(metres: float) -> str:
    """How far, roughly: `约 850 米`, `约 2.3 公里`."""
    if not 0 <= metres < _LONGEST_M:
        return UNKNOWN
    if metres < 995:
        return translate("Quantity", "about {count} m").format(
            count=max(10, round(metres / 10) * 10)
        )
    kilometres = metres / 1000
    figure = f"{kilometres:.1f}" if kilometres < 10 else f"{kilometres:.0f}"
    return translate("Quantity", "about {count} km").format(count=figure)


def pieces(count: int) -> str:
    """A number of pieces: `共 3 件`."""
    return translate("Quantity", "%n piece(s)", "", count)


def product_name(product: Product | None, sku: str) -> str:
    """The product's name; its SKU when the catalogue does not know it."""
    if product is None:
        return sku
    first, second = (
        (product.name_zh, product.name_en) if chinese() else (product.name_en, product.name_zh)
    )
    return first or second or sku


def product_unit(product: Product | None) -> str:
    """What one of it is called."""
    if product is None:
        return ""
    return product.unit_zh if chinese() else product.unit_en


def _local(unix_s: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(unix_s).astimezone()
    except (ValueError, OverflowError, OSError):  # which one differs by platform
        return None
