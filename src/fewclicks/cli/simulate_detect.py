"""`fewclicks simulate detect`: mean average precision against clicks."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from fewclicks.cli.choices import DetectVariant
from fewclicks.cli.limits import LARGEST_SEED, finite
from fewclicks.cli.simulate import bar_of, check_writable, milliseconds


def detect(
    data: Annotated[
        str, typer.Option(help="COCO (JSON), YOLO (data.yaml), or a folder of VOC or DOTA files, as PATH or PATH@SET.")
    ],
    weights: Annotated[Path | None, typer.Option(help="An ONNX file of `fewclicks train detect`.")] = None,
    variant: Annotated[
        DetectVariant | None, typer.Option(help="Expect weights of this variant, or measure a baseline.")
    ] = None,
    certain: Annotated[
        bool, typer.Option("--certain", help="Clicks have the last word on the objects they hit, as in the page.")
    ] = False,
    read_once: Annotated[
        bool, typer.Option("--read-once", help="Class slots: no second reading for images of large objects.")
    ] = False,
    clicks: Annotated[int, typer.Option(min=0, max=500, help="Most clicks an image.")] = 20,
    per_class: Annotated[bool, typer.Option("--per-class", help="So many clicks a class in the image.")] = False,
    sessions: Annotated[int, typer.Option(min=1, max=100, help="How often the set is gone through anew.")] = 5,
    noise: Annotated[
        float, typer.Option(min=0, callback=finite, help="Standard deviation of a click, image pixels.")
    ] = 0.0,
    reach: Annotated[list[float] | None, typer.Option(min=0, max=1, help="Say when this mAP is reached.")] = None,
    oriented: Annotated[bool, typer.Option("--oriented", help="The objects' boxes of least area, turned.")] = False,
    mosaic: Annotated[int, typer.Option(min=1, max=8, help="So many images a side make one, 2: two by two.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images (or mosaics).")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the simulated person.")] = 0,
    json_to: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture of the curve here (PNG, SVG, PDF).")] = None,
) -> None:
    """Clicks with classes on random objects, then boxes for all, driving the same assist that serves."""
    from dataclasses import replace

    from fewclicks.datasets.boxed_images import read_boxes
    from fewclicks.files import write_text
    from fewclicks.methods.baselines.detect_variants import choose, with_certain_clicks
    from fewclicks.simulation.boxes.mosaics import mosaics
    from fewclicks.simulation.boxes.run import TARGETS, Person, simulate
    from fewclicks.simulation.plots import plot_clicks

    check_writable(json_to, plot, data)
    source = read_boxes(data, oriented)
    chosen = choose(variant.value if variant else None, weights, source, read_once)
    if certain:
        chosen = with_certain_clicks(chosen)
    source = replace(chosen.source, images=mosaics(chosen.source.images, mosaic)[:limit])
    person = Person(clicks, sessions, per_class, noise, seed)
    with bar_of(chosen.said["variant"], len(source.images)) as advance:
        report = simulate(chosen.detector_of, source, person, advance, reach or TARGETS)
    report = chosen.said | {"certain": certain, "data": data, "mosaic": mosaic, "oriented": oriented} | report
    _print(report)
    if json_to is not None:
        write_text(json_to, json.dumps(report, indent=2) + "\n")
    if plot is not None:
        plot_clicks(report, plot)


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{report['objects']} objects in {report['images']} images of {report['data']}")
    each = "clicks a class" if report["person"]["per_class"] else "clicks"
    for column in (each, "spent an image", "seconds", "mAP .5", "±", "of unclicked", "mAP .5:.95"):
        table.add_column(column, justify="right")
    for number, (map50, spread) in enumerate(report["map50_by_clicks"]):
        unclicked = report["unclicked_map50_by_clicks"][number]
        table.add_row(
            str(number),
            f"{report['spent_by_clicks'][number]:.1f}",
            f"{report['seconds_by_clicks'][number]:.0f}",
            f"{map50:.3f}",
            f"{spread:.3f}",
            f"{unclicked[0]:.3f}" if unclicked else "",
            f"{report['coco_map_by_clicks'][number][0]:.3f}",
        )
    console = Console()
    console.print(table)
    for target, count in report["clicks_to_map"].items():
        if count is not None:
            seconds = report["seconds_to_map"][target]
            console.print(f"mAP {target} reached; {each}: {count}, seconds an image: {seconds:.0f}")
    parts = [f"{name} {curve[-1][0]:.3f}" for name, curve in report["per_class"].items()]
    parts += [f"by hand {report['seconds_by_hand']:.0f} s an image"]
    parts += milliseconds(report, ("encode_ms", "encode"), ("click_ms", "click"))
    console.print("; ".join(parts))
