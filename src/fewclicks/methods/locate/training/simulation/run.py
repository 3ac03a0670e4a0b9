"""`fewclicks simulate locate`: from a person's points to the figures of a localiser (Sec. 4)."""

import tempfile
from dataclasses import replace
from pathlib import Path

from fewclicks.datasets.pointed_images import read_points
from fewclicks.errors import InputError
from fewclicks.methods.locate import METHOD, REFINE
from fewclicks.methods.locate.training.simulation.localising import localiser_of
from fewclicks.methods.locate.training.simulation.reaches import with_reaches
from fewclicks.methods.locate.training.simulation.refining import Refiner
from fewclicks.methods.locate.training.simulation.settings import LocateSimulation
from fewclicks.methods.shared.training.on_project import shipped_start
from fewclicks.simulation.points.run import Habits, simulate, simulate_refinement
from fewclicks.simulation.points.sets import read_sets
from fewclicks.simulation.report import JsonValue, Report
from fewclicks.simulation.spec import Watch


def run(settings: LocateSimulation, watch: Watch) -> Report:
    """Simulate a person, a refiner and a localiser; return the report.

    Raises InputError when the data cannot be read or do not fit the settings.
    """
    if settings.steps is not None and settings.minutes is not None:
        raise InputError("expected either --steps or --minutes; use one of them")
    with tempfile.TemporaryDirectory(prefix="fewclicks-") as folder:
        report = (_refined if settings.localiser == "none" else _localised)(settings, Path(folder), watch)
    given: dict[str, JsonValue] = settings.model_dump(mode="json", exclude={"backbone", "refiner_folder"})
    return replace(report, model=METHOD.name, figures={**given, **report.figures})


def _localised(settings: LocateSimulation, folder: Path, watch: Watch) -> Report:
    sets, start = read_sets(settings.data, settings.test), _start(settings)
    refine = Refiner(settings, start, folder / "refine")
    localise = localiser_of(settings, start, folder / "suggest")
    report = with_reaches(simulate(sets, _habits(settings), refine, localise, watch), refine.objects_by_reach)
    how = f"{settings.refiner} refiner, " if settings.points == "refined" else ""
    return replace(
        report, title=f"{report.title} of {sets.test.name}; {how}{settings.points} points on {sets.train.name}"
    )


def _refined(settings: LocateSimulation, folder: Path, watch: Watch) -> Report:
    """Measure refinement alone, on all images of `data`."""
    if settings.test is not None:
        raise InputError(
            "refinement alone is measured on --data; leave out --test, or choose a --localiser",
            "--test",
        )
    source = read_points(settings.data)
    refine = Refiner(settings, _start(settings), folder)
    report = with_reaches(simulate_refinement(source, _habits(settings), refine, watch), refine.objects_by_reach)
    return replace(report, title=f"{report.title} of {source.name}; {settings.refiner} refiner")


def _start(settings: LocateSimulation) -> Path:
    return settings.backbone or shipped_start(REFINE)


def _habits(settings: LocateSimulation) -> Habits:
    return Habits(settings.points, settings.annotated, settings.seed)
