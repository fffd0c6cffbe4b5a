"""A measured figure, and the tables that people and machines read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; a budget is an upper limit, a baseline was measured in the same run."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    baseline: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def over_budget(self) -> bool:
        """Whether the product is slower or larger than it wants to be."""
        return self.budget is not None and self.value > self.budget

    def as_json(self) -> dict[str, object]:
        """For machines; derived values included."""
        ratio = None if self.ratio is None else round(self.ratio, 4)
        return asdict(self) | {
            "value": round(self.value, 4),
            "ratio": ratio,
            "over_budget": self.over_budget,
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def spread(
    name: str, values: Sequence[float], *, unit: str = "ms", budget: float | None = None
) -> list[Figure]:
    """Median and 99th percentile; the budget is the latter's."""
    return [
        Figure(f"{name}, p50", quantile(values, 0.5), unit),
        Figure(f"{name}, p99", quantile(values, 0.99), unit, budget, note=f"n = {len(values)}"),
    ]


def table(title: str, figures: Sequence[Figure]) -> str:
    """Aligned columns; only those that say something."""
    head = ("", "value", "budget", "bare", "of bare", "")
    rows = [_cells(figure) for figure in figures]
    used = [i for i in range(len(head)) if i == 0 or any(row[i] for row in rows)]
    wide = {i: max(len(row[i]) for row in (head, *rows)) for i in used}
    lines = [title, "-" * len(title)]
    for row in (head, *rows):
        cells = [
            row[i].ljust(wide[i]) if i in {0, len(head) - 1} else row[i].rjust(wide[i])
            for i in used
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    budget = "" if figure.budget is None else f"≤ {figure.budget:g}"
    return (
        figure.name,
        f"{_rounded(figure.value)} {figure.unit}",
        f"{budget}{'  OVER' if figure.over_budget else ''}",
        "" if figure.baseline is None else _rounded(figure.baseline),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.note,
    )


def _rounded(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
