"""The report of every simulation: one row a step of effort, named figures beside, one JSON form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
Figures = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Column:
    """A quantity of a report's rows.

    key: its name in JSON. title: its heading, with the unit where there is one. digits: decimals that are printed.
    role: `step` counts steps of effort, `effort` is what was spent, `quality` is what it bought, and `error` is the
    uncertainty (one standard deviation or error) of the quality column before it. `limit` is a limit of the measure,
    which takes the place of effort where there is none.
    """

    key: str
    title: str
    digits: int = 3
    role: str = "quality"


@runtime_checkable
class Picture(Protocol):
    """A picture that belongs to a report. `name` follows the name of the plot's file."""

    @property
    def name(self) -> str: ...

    def draw(self, figure: "Figure") -> None:
        """Draw into an empty figure."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a simulated annotator got from a model for how much effort.

    title: what was measured on which data. model and version: of whom. columns and rows: the curve, a value or None
    (not known) for each column. figures: everything else by name, JSON values; rates are 0..1. lines: sentences for
    the terminal. baseline: the report of a baseline on the same data. pictures: written beside the plot.
    """

    title: str
    model: str
    version: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[float | None, ...], ...]
    figures: Figures = field(default_factory=lambda: MappingProxyType({}))
    lines: tuple[str, ...] = ()
    baseline: "Report | None" = None
    pictures: tuple[Picture, ...] = ()

    def to_json(self) -> dict[str, JsonValue]:
        """`figures` at the top level, with method, weights, columns, rows and baseline."""
        return {
            "method": self.model,
            "weights": self.version,
            **self.figures,
            "columns": [column.key for column in self.columns],
            "rows": self.rows,
            "baseline": None if self.baseline is None else self.baseline.to_json(),
        }

    def text(self) -> str:
        """The report as the JSON text of a file."""
        return json.dumps(self.to_json(), indent=2) + "\n"


def milliseconds(values: Sequence[float]) -> dict[str, JsonValue] | None:
    """Median and 95th percentile, None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return {"median": _percentile(ordered, 0.5), "p95": _percentile(ordered, 0.95)}


def _percentile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))
