"""From points to a localiser: a person's points, their refinement, a localiser trained on them, and its figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.errors import InputError
from fewclicks.simulation.points.figures import found_figures, positions, refinement
from fewclicks.simulation.points.heat_map import HeatMaps
from fewclicks.simulation.points.localising import Localise, Points, Refine, found_in, truths_of
from fewclicks.simulation.points.person import Annotated, annotated, with_points
from fewclicks.simulation.points.sets import Sets, remarks
from fewclicks.simulation.points.table import COLUMNS, NEAR_COLUMNS, lines, near_rows, of_refinement, rows
from fewclicks.simulation.report import JsonValue, Report
from fewclicks.simulation.spec import Watch

PointsKind = Literal["coarse", "centre", "refined"]


@dataclass(frozen=True, slots=True)
class Habits:
    """The points that a localiser is trained on, and the share of objects that the person annotates."""

    points: PointsKind = "refined"
    annotated: float = 1.0
    seed: int = 0


def simulate(sets: Sets, habits: Habits, refine: Refine, localise: Localise, watch: Watch) -> Report:
    """Return the report of a localiser that was trained on the points of the training images.

    Neither `refine` nor `localise` sees a box, a mask or a test image. Raises InputError for centres of data that have
    points only.
    """
    person = annotated(sets.train, habits.annotated, habits.seed)
    check_centres(person, habits.points)
    truths, side = truths_of(sets.test)
    stages = refine(person.source, watch) if habits.points == "refined" else []
    source = with_points(person.source, _training_points(person, stages, habits.points))
    localiser = localise(source, watch)
    answers = found_in(localiser, sets.test, watch)
    refined = refinement(person.points, stages, person.truths)
    found = found_figures(answers, truths, localiser.lowest_score, sets.test.class_names)
    about: dict[str, JsonValue] = {
        "train": sets.train.name,
        "train_images": len(sets.train.images),
        "test": sets.test.name,
        "held_out": sets.is_held_out,
        "match_distance": None if side is None else side / 2,
        "separation": localiser.separation,
        "lowest_score": localiser.lowest_score,
    }
    return Report(
        title=f"{sum(each.objects for each in found.by_class.values())} objects, {found.images} images",
        model="",
        version=localiser.version,
        columns=COLUMNS,
        rows=rows(found),
        figures={**found.to_json(), **refined.to_json(), **about, **asdict(habits)},
        lines=(*remarks(sets), *lines(refined, found)),
        pictures=_pictures(person, stages),
    )


def simulate_refinement(source: PointedSource, habits: Habits, refine: Refine, watch: Watch) -> Report:
    """Return the report of the refinement of all images, without a localiser.

    Raises InputError unless the points are refined ones, and for data that have points only.
    """
    if habits.points != "refined":
        raise InputError("without a localiser, only refinement is measured; use --points refined", "--points")
    person = annotated(source, habits.annotated, habits.seed)
    if person.truths is None:
        raise InputError(
            "the data have points only, so the true centres are unknown; choose a localiser to measure refinement",
            "--localiser",
        )
    stages = refine(person.source, watch)
    figures = refinement(person.points, stages, person.truths)
    about: dict[str, JsonValue] = {"train": source.name, "train_images": len(source.images)}
    return Report(
        title=f"{figures.annotated_points} objects, {len(source.images)} images",
        model="",
        version="",
        columns=NEAR_COLUMNS,
        rows=near_rows(positions(person.points, person.truths), positions(stages[-1], person.truths)),
        figures={**figures.to_json(), **about, **asdict(habits)},
        lines=(*of_refinement(figures),),
        pictures=_pictures(person, stages),
    )


def check_centres(person: Annotated, points: PointsKind) -> None:
    """Raise InputError for centres of data that have points only."""
    if points == "centre" and person.truths is None:
        raise InputError(
            "the data have points only, so the true centres are unknown; use coarse or refined points", "--points"
        )


def _training_points(person: Annotated, stages: Sequence[Sequence[Points]], points: PointsKind) -> list[Points]:
    if points == "refined":
        return list(stages[-1])
    return person.points if points == "coarse" or person.centres is None else person.centres


def _pictures(person: Annotated, stages: Sequence[Sequence[Points]]) -> tuple[HeatMaps, ...]:
    if person.truths is None or not stages:
        return ()
    return (HeatMaps(positions(person.points, person.truths), positions(stages[-1], person.truths)),)
