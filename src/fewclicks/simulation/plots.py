"""Pictures of simulation reports."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewclicks.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"  # Okabe-Ito
NEED_TEX = {"pgf"}


def plot_scribbles(report: dict[str, Any], path: Path) -> None:
    """Mean IoU against scribbles a region, as allowed and as spent, with two standard errors. Raises InputError."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    errors = [2 * error for error in report["stderr_by_scribbles"]]
    allowed = range(len(report["miou_by_scribbles"]))
    axes.errorbar(allowed, report["miou_by_scribbles"], errors, marker="o", color=BLUE, label="allowed")
    axes.plot(report["spend_by_scribbles"], report["miou_by_scribbles"], "--", color=ORANGE, label="really spent")
    axes.set_xlabel("scribbles a region")
    _count_along_x(axes)
    axes.set_ylabel("mean IoU of all regions")
    axes.grid(alpha=0.3)
    axes.set_title(f"{report['regions']} regions of {report['data']}, {report['allocation']}")
    axes.legend(loc="lower right")
    _save(figure, path)


def plot_clicks(report: dict[str, Any], path: Path) -> None:
    """mAP against clicks: of all objects, of those not clicked, and COCO's; bars are standard deviations over sessions.

    Raises InputError.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for key, colour, label in (
        ("map50_by_clicks", BLUE, "mAP at IoU 0.5"),
        ("unclicked_map50_by_clicks", GREEN, "of objects not clicked"),
        ("coco_map_by_clicks", ORANGE, "mAP at IoU 0.5 to 0.95"),
    ):
        counts, means, spreads = zip(*((k, *point) for k, point in enumerate(report[key]) if point), strict=True)
        axes.errorbar(counts, means, spreads, marker="o", capsize=3, color=colour, label=label)
    axes.set_xlabel("clicks a class" if report["person"]["per_class"] else "clicks an image")
    _count_along_x(axes)
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.set_title(f"{report['objects']} objects of {report['data']}, {report['variant']}")
    axes.legend(loc="best")
    _save(figure, path)


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
    _count_along_x(axes)
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.set_title(f"{report['objects']} objects of {report['data']}")
    axes.legend(loc="lower right")
    _save(figure, path)


def check_picture(path: Path) -> None:
    """Raise InputError for an ending of no picture that can be written."""
    from matplotlib.backend_bases import FigureCanvasBase

    kinds = sorted(FigureCanvasBase.get_supported_filetypes().keys() - NEED_TEX)
    if path.suffix.lower()[1:] not in kinds:
        raise InputError(f"cannot write a picture here: its name has to end in one of {', '.join(kinds)}", path)


def _count_along_x(axes: "Axes") -> None:
    """Ticks at whole numbers only."""
    axes.locator_params(axis="x", integer=True, min_n_ticks=1)


def _save(figure: "Figure", path: Path) -> None:
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write a picture here ({error})", path) from error
