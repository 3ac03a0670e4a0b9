"""What the benchmarks of trends have in common: the program, tables in Markdown, and curves."""

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000", "#F0E442")  # Okabe-Ito


@dataclass(frozen=True)
class Panel:
    """A plot of curves: by name, values [seeds, points] or [points] at `at`."""

    title: str
    at: Sequence[float]
    curves: Mapping[str, np.ndarray]


def fewclicks(*arguments: str) -> None:
    """Run a command of the program; whatever goes wrong ends the benchmark."""
    subprocess.run([sys.executable, "-m", "fewclicks", *arguments], check=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown under its title."""
    print(f"\n{title}\n\n{markdown(columns, rows)}")


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (columns, ["---"] * len(columns), *rows))


def renewed(text: str, subject: str, tables: Mapping[str, str]) -> str:
    """Return the text of a page with its tables of a subject as they are now. Raises KeyError for an unknown table.

    A table stands between `<!-- SUBJECT: NAME -->` and `<!-- end -->`.
    """
    places = re.compile(rf"(<!-- {subject}: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
    return places.sub(lambda found: f"{found[1]}{tables[found[2]]}{found[3]}", text)


def picture(panels: Sequence[Panel], x_label: str, y_label: str, path: Path) -> None:
    """Means over seeds in panels that share their axis of values; a shade reaches from the worst seed to the best."""
    figure = Figure(figsize=(5 * len(panels) + 2, 4.2), layout="constrained")
    colours = dict(zip(dict.fromkeys(name for panel in panels for name in panel.curves), COLOURS, strict=False))
    for axes, panel in zip(np.ravel(figure.subplots(1, len(panels), sharey=True)), panels, strict=True):
        for name, values in panel.curves.items():
            seeds = np.atleast_2d(values)
            axes.plot(panel.at, seeds.mean(0), color=colours[name], label=name)
            axes.fill_between(panel.at, seeds.min(0), seeds.max(0), color=colours[name], alpha=0.15, linewidth=0)
        axes.set(title=panel.title, xlabel=x_label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel(y_label)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right center")
    figure.savefig(path, dpi=150)
