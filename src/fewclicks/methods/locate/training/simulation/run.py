"""`fewclicks simulate locate`: from a person's points to the figures of a localiser (Sec. 4)."""

import tempfile
from dataclasses import replace
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.methods.locate import METHOD
from fewclicks.methods.locate.training.project import shipped_start
from fewclicks.methods.locate.training.simulation.localising import localiser_of
from fewclicks.methods.locate.training.simulation.refining import refiner_of
from fewclicks.methods.locate.training.simulation.settings import LocateSimulation
from fewclicks.simulation.points.run import Habits, simulate
from fewclicks.simulation.points.sets import read_sets
from fewclicks.simulation.report import JsonValue, Report
from fewclicks.simulation.spec import Watch


def run(settings: LocateSimulation, watch: Watch) -> Report:
    """Simulate a person, a refiner and a localiser; return the report.

    Raises InputError when the data cannot be read or do not fit the settings.
    """
    if settings.steps is not None and settings.minutes is not None:
        raise InputError("expected either --steps or --minutes; use one of them")
    sets, start = read_sets(settings.data, settings.test), settings.backbone or shipped_start()
    habits = Habits(settings.points, settings.annotated, settings.seed)
    with tempfile.TemporaryDirectory(prefix="fewclicks-") as folder:
        refine = refiner_of(settings, start, Path(folder) / "refine")
        localise = localiser_of(settings, start, Path(folder) / "suggest")
        report = simulate(sets, habits, refine, localise, watch)
    given: dict[str, JsonValue] = settings.model_dump(mode="json", exclude={"backbone"})
    how = f"{settings.refiner} refiner, " if settings.points == "refined" else ""
    title = f"{report.title} of {sets.test.name}; {how}{settings.points} points on {sets.train.name}"
    return replace(report, model=METHOD.name, title=title, figures={**given, **report.figures})
