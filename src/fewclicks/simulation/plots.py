"""Pictures of simulation reports."""

from pathlib import Path
from typing import Any

from fewclicks.errors import InputError

BLUE, ORANGE = "#0072B2", "#E69F00"  # Okabe-Ito


def plot_rounds(report: dict[str, Any], path: Path) -> None:
    """mIoU and boundary F against clicks, the baseline dashed beside them. Raises InputError."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    series = [(report, "-")] + ([(report["baseline"], "--")] if report["baseline"] else [])
    for shown, style in series:
        for key, colour, label in (
            ("miou_by_round", BLUE, "mIoU"),
            ("boundary_f_by_round", ORANGE, "boundary F (5 px)"),
        ):
            label = f"{shown['method']}: {label}"
            axes.plot(shown["clicks_by_round"], shown[key], style, marker="o", color=colour, label=label)
    axes.set_xlabel("clicks an object (mean, after each round)")
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.set_title(f"{report['objects']} objects of {report['data']}")
    axes.legend(loc="lower right")
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write a picture here ({error})", path) from error
