"""`fewclicks simulate METHOD`: a simulated person at work, and the curve of quality against effort."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewclicks.cli.choices import Allocation, Baseline, Clicks, Edges, Encoding, RegionsModel, Start, YesNo
from fewclicks.cli.limits import LARGEST_SEED, finite

if TYPE_CHECKING:
    from fewclicks.datasets.masked_images import MaskedImage
    from fewclicks.geometry.masks import Mask
    from fewclicks.methods.protocol import Assist
    from fewclicks.simulation.mask.sessions import Habits

app = typer.Typer(no_args_is_help=True, help="A simulated person at work: quality against effort.")


@app.command("segment")
def segment(
    data: Annotated[Path, typer.Option(help="COCO instances (JSON) with images beside it.")],
    weights: Annotated[Path | None, typer.Option(help="An ONNX file of `fewclicks train segment`.")] = None,
    start: Annotated[Start, typer.Option("--from", help="What the person gives first.")] = Start.box,
    clicks: Annotated[Clicks, typer.Option(help="Clicks in error regions or on the object's border.")] = Clicks.region,
    rounds: Annotated[int, typer.Option(min=0, help="Rounds of correction.")] = 3,
    per_round: Annotated[int, typer.Option(min=1, help="Most clicks in a round.")] = 3,
    noise: Annotated[
        float, typer.Option(min=0, callback=finite, help="Standard deviation of a click, image pixels.")
    ] = 0.0,
    min_region: Annotated[
        float, typer.Option(min=0, callback=finite, help="Errors under this squared many pixels are ignored.")
    ] = 0.0,
    encoding: Annotated[Encoding | None, typer.Option(help="Expect weights trained with this click encoding.")] = None,
    edges: Annotated[Edges, typer.Option(help="Scale answers as they are, or guided by the image.")] = Edges.guided,
    enlarge: Annotated[int, typer.Option(min=1, max=16, help="Enlarge images and masks, as of a larger camera.")] = 1,
    noc: Annotated[bool, typer.Option(help="Also count clicks to 85% and 90% IoU (cap 20).")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many objects.")] = None,
    baseline: Annotated[Baseline | None, typer.Option(help="Run this beside it, on the same objects.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the simulated person.")] = 0,
    json_to: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture of the curve here (PNG, SVG, PDF).")] = None,
) -> None:
    """Corrective clicks on every object of a data set, driving the same assist that serves."""
    from fewclicks.errors import InputError
    from fewclicks.files import write_text
    from fewclicks.methods.segment.inference.assist import SegmentAssist
    from fewclicks.simulation.mask import run as simulation
    from fewclicks.simulation.mask.sessions import Habits
    from fewclicks.simulation.plots import plot_rounds

    check_writable(json_to, plot, data)
    if baseline is not None and start is Start.nothing:
        raise InputError(f"{baseline.value} needs a box to start from; choose --from box, loose or extreme")
    assist = SegmentAssist.with_its_ranker(weights, edges.value) if weights else SegmentAssist.shipped(edges.value)
    if encoding is not None and encoding != assist.click_encoding:
        raise InputError(f"expected weights trained with {encoding} clicks, these use {assist.click_encoding}", weights)
    _note_other_clicks(weights, clicks)
    habits = Habits(start.value, clicks.value, rounds, per_round, noise, min_region)
    objects = simulation.read_objects(data, limit, enlarge)
    report = _with_progress(assist, objects, habits, noc, seed) | {
        "data": str(data),
        "enlarge": enlarge,
        "baseline": None,
    }
    if baseline is not None:
        report["baseline"] = _with_progress(simulation.baseline(baseline.value), objects, habits, noc, seed)
    _print(report)
    if json_to is not None:
        write_text(json_to, json.dumps(report, indent=2) + "\n")
    if plot is not None:
        plot_rounds(report, plot)


@app.command("regions")
def regions(
    data: Annotated[Path, typer.Option(help="COCO panoptic (JSON), or a folder of photos with FOLDER_labels.")],
    weights: Annotated[Path | None, typer.Option(help="An ONNX file of `fewclicks train regions`.")] = None,
    allocation: Annotated[
        Allocation, typer.Option(help="A scribble for each region, or as many wherever they help most.")
    ] = Allocation.free,
    scribbles: Annotated[int, typer.Option(min=0, max=50, help="Rounds of one scribble a region.")] = 4,
    model: Annotated[
        RegionsModel, typer.Option(help="Expect weights of a full-image or of a single-region model.")
    ] = RegionsModel.full,
    shared_points: Annotated[
        YesNo | None, typer.Option(help="Show a region the annotations of the others; as it was trained by default.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many images.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the simulated person.")] = 0,
    json_to: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture of the curve here (PNG, SVG, PDF).")] = None,
) -> None:
    """Extreme points on all regions of every image, then scribbles, driving the same assist that serves."""
    from fewclicks.files import write_text
    from fewclicks.methods.regions.inference.assist import RegionsAssist
    from fewclicks.simulation.partition import run as simulation
    from fewclicks.simulation.plots import plot_scribbles

    check_writable(json_to, plot, data)
    shared = None if shared_points is None else shared_points is YesNo.yes
    assist = RegionsAssist(weights, shared=shared) if weights else RegionsAssist.shipped(shared)
    simulation.check_kind(assist, model is RegionsModel.single, weights)
    images = simulation.read_partitions(data, limit)
    with bar_of(assist.name, len(images)) as advance:
        report = simulation.simulate(assist, images, allocation.value, scribbles, seed, advance)
    report["data"] = str(data)
    _print_scribbles(report)
    if json_to is not None:
        write_text(json_to, json.dumps(report, indent=2) + "\n")
    if plot is not None:
        plot_scribbles(report, plot)


def check_writable(json_to: Path | None, plot: Path | None, data: str | Path) -> None:
    """Say before any work is done that a result could not be written, or would replace the data set."""
    from fewclicks.errors import InputError
    from fewclicks.files import check_replaceable
    from fewclicks.simulation.plots import check_picture

    for path in (json_to, plot):
        if path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
            raise InputError("cannot be written: its folder is absent or closed to you", path)
        if path is not None and path.is_dir():
            raise InputError("cannot be written: it is a folder", path)
        if path is not None and path.resolve() == Path(data).resolve():
            raise InputError("cannot be written: it is the data set", path)
    if json_to is not None:
        check_replaceable(json_to)
    if plot is not None:
        check_picture(plot)


def _note_other_clicks(weights: Path | None, clicks: Clicks) -> None:
    """Say that the weights learnt from clicks that go elsewhere than those of the simulated person."""
    from fewclicks.methods.segment.inference.runtime import open_session
    from fewclicks.methods.versions import SHIPPED

    _, traits = open_session(weights or SHIPPED / "segment.onnx", 1)
    if traits.clicks != clicks:
        typer.echo(f"fewclicks: note: these weights were trained with {traits.clicks} clicks, not {clicks}", err=True)


def _with_progress(
    assist: "Assist", objects: "list[tuple[MaskedImage, tuple[Mask, ...]]]", habits: "Habits", noc: bool, seed: int
) -> dict[str, Any]:
    from fewclicks.simulation.mask.run import simulate

    with bar_of(assist.name, sum(len(masks) for _, masks in objects)) as advance:
        return simulate(assist, objects, habits, noc, seed, advance)


@contextmanager
def bar_of(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr for as long as the block runs, nothing in a pipe; and what moves it on by one."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, transient=True, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _print_scribbles(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{report['regions']} regions in {report['images']} images of {report['data']}")
    columns = ["scribbles a region", "spent", "seconds an image", "mean IoU", "standard error"]
    for column in columns + (["things", "stuff"] if report["things"] else []):
        table.add_column(column, justify="right")
    for number, miou in enumerate(report["miou_by_scribbles"]):
        row = [
            str(number),
            f"{report['spend_by_scribbles'][number]:.2f}",
            f"{report['seconds_by_scribbles'][number]:.0f}",
            f"{miou:.3f}",
            f"{report['stderr_by_scribbles'][number]:.3f}",
        ]
        kinds = [f"{report[kind][number]:.3f}" for kind in ("things", "stuff") if report[kind]]
        table.add_row(*row, *kinds)
    console = Console()
    console.print(table)
    console.print("; ".join(milliseconds(report, ("encode_ms", "encode"), ("scribble_ms", "scribble"))))


def milliseconds(report: dict[str, Any], *keys: tuple[str, str]) -> list[str]:
    """The spread of each of these keys of a report, in words."""
    return [
        f"{what} {report[key]['median']:.1f} ms (95%: {report[key]['p95']:.1f})" for key, what in keys if report[key]
    ]


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{report['objects']} objects of {report['data']}")
    columns = ("", "clicks", "seconds", report["method"], "boundary F")
    beside = report["baseline"]
    for column in (*columns, beside["method"]) if beside else columns:
        table.add_column(column, justify="right")
    for number, miou in enumerate(report["miou_by_round"]):
        row = [
            f"round {number}" if number else "start",
            f"{report['clicks_by_round'][number]:.1f}",
            f"{report['seconds_by_round'][number]:.0f}",
            f"{miou:.3f}",
            f"{report['boundary_f_by_round'][number]:.3f}",
        ]
        table.add_row(*row, *([f"{beside['miou_by_round'][number]:.3f}"] if beside else []))
    console = Console()
    console.print(table)
    console.print(_summary(report))


def _summary(report: dict[str, Any]) -> str:
    parts = [] if report["box_miou"] is None else [f"box alone {report['box_miou']:.3f} mIoU"]
    if report["noc85"] is not None:
        parts.append(f"NoC@85 {report['noc85']:.2f}, NoC@90 {report['noc90']:.2f}")
    parts += milliseconds(report, ("encode_ms", "encode"), ("click_ms", "click"))
    if "ranker_top70_miou" in report:
        top, bottom = report["ranker_top70_miou"], report["ranker_bottom30_miou"]
        parts.append(f"ranker: top 70% {top:.3f}, bottom 30% {bottom:.3f}")
    return "; ".join(parts)
