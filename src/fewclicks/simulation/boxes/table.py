"""The report of a simulation of boxes as a table and in sentences."""

from fewclicks.simulation.boxes.confidence import Confidence
from fewclicks.simulation.boxes.figures import Measured
from fewclicks.simulation.report import Column


def columns(per_class: bool) -> tuple[Column, ...]:
    """Return the quantities of the table; rounds count clicks, or with `per_class` clicks a class."""
    return (
        Column("clicks", _rounds(per_class), 0, "step"),
        Column("spent", "clicks spent an image", 1, "effort"),
        Column("seconds", "seconds", 0, "effort"),
        Column("map50", "mAP .5"),
        Column("map50_std", "±", role="error"),
        Column("unclicked_map50", "of unclicked"),
        Column("coco_map", "mAP .5:.95"),
    )


def rows(measured: Measured) -> tuple[tuple[float | None, ...], ...]:
    """Return the table after 0, 1, ... rounds."""
    return tuple(
        (
            number,
            measured.spent_by_clicks[number],
            measured.seconds_by_clicks[number],
            mean,
            std,
            unclicked[0] if (unclicked := measured.unclicked_map50_by_clicks[number]) else None,
            measured.coco_map_by_clicks[number][0],
        )
        for number, (mean, std) in enumerate(measured.map50_by_clicks)
    )


def lines(measured: Measured) -> tuple[str, ...]:
    """Return the effort for each mAP that was reached, and the figures by class, by hand, and of the machine."""
    rounds = _rounds(measured.person.per_class)
    reached = [
        f"mAP {target} reached; {rounds}: {count}, seconds an image: {measured.seconds_to_map[target]:.0f}"
        for target, count in measured.clicks_to_map.items()
        if count is not None
    ]
    sure = measured.unclicked_confidence_by_clicks[-1]
    confidence = () if sure is None else (_sureness(sure),)
    figures = [f"{name} {curve[-1][0]:.3f}" for name, curve in measured.per_class.items()]
    figures.append(f"by hand {measured.seconds_by_hand:.0f} s an image")
    for what, ms in (("encode", measured.encode_ms), ("click", measured.click_ms)):
        if ms is not None:
            figures.append(f"{what} {ms['median']:.1f} ms (95%: {ms['p95']:.1f})")
    return (*reached, *confidence, "; ".join(figures))


def _sureness(found: Confidence) -> str:
    return (
        f"confidence of {found.boxes:,} boxes after the last click: mean {found.mean:.2f}, "
        f"{found.right:.0%} are objects, calibration error {found.ece:.3f}"
    )


def _rounds(per_class: bool) -> str:
    return "clicks a class" if per_class else "clicks"
