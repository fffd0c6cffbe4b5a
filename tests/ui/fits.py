"""Finds what is cut off or lies upon something else in a window."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget

W = TypeVar("W", bound=QWidget)


def misfits(window: QWidget) -> list[str]:
    """Labels and buttons without room for their words, or reaching out of the window."""
    found = [fault for label in _visible(window, QLabel) if (fault := _label_fault(label))]
    found += [
        f"button {button.text()!r}: {button.width()} px for {_button_width(button)} px"
        for button in _visible(window, QAbstractButton)
        if button.text() and _button_width(button) > button.width()
    ]
    inside = window.rect()
    for widget in (*_visible(window, QLabel), *_visible(window, QAbstractButton)):
        if not _scrolled(widget) and not inside.contains(_place(widget, window)):
            found.append(f"{widget!r} reaches out of the window: {_place(widget, window)}")
    return found + _overlaps(window)


def _visible(window: QWidget, kind: type[W]) -> Iterator[W]:
    for widget in window.findChildren(kind):
        if widget.isVisible() and widget.visibleRegion().boundingRect().isValid():
            yield widget


def _label_fault(label: QLabel) -> str:
    text = label.text()
    if not text:
        return ""
    flags = Qt.TextFlag.TextWordWrap if label.wordWrap() else Qt.TextFlag.TextSingleLine
    room = label.contentsRect()
    width = room.width() if label.wordWrap() else 100_000
    needed = label.fontMetrics().boundingRect(QRect(0, 0, width, 100_000), int(flags), text)
    if needed.width() > room.width() + 2 or needed.height() > room.height() + 2:
        return f"label {text!r}: {room.size()} for {needed.size()}"
    return ""


def _button_width(button: QAbstractButton) -> int:
    icon = 0 if button.icon().isNull() else button.iconSize().width() + 4
    return button.fontMetrics().horizontalAdvance(button.text()) + icon + 8


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _scrolled(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _overlaps(window: QWidget) -> list[str]:
    shown = [
        widget
        for widget in (*_visible(window, QLabel), *_visible(window, QAbstractButton))
        if not _scrolled(widget)
    ]
    return [
        f"{first!r} and {second!r} overlap"
        for first, second in combinations(shown, 2)
        if _place(first, window).intersects(_place(second, window))
        and not first.isAncestorOf(second)
        and not second.isAncestorOf(first)
    ]
