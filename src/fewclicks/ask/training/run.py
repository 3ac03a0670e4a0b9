"""`fewclicks simulate ask`: rounds of questions and training runs, one file a run."""

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from fewclicks import __version__
from fewclicks.ask.ledger import Totals
from fewclicks.ask.queries.cold_start import SlotStart
from fewclicks.ask.queries.figures import COLUMNS, curve_of, figures_of, lines, rows, stopping_figures, stopping_lines
from fewclicks.ask.queries.finished import FinishedRuns
from fewclicks.ask.queries.measuring import Measuring
from fewclicks.ask.queries.person import starting_clicks
from fewclicks.ask.queries.rounds import Plan, Point, Run
from fewclicks.ask.queries.sets import Sets, read_sets
from fewclicks.ask.queries.settings import QueriesSettings
from fewclicks.ask.state import Teaching
from fewclicks.ask.strategies.registry import get_strategy
from fewclicks.ask.tighten import MaskModel, Tightener
from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.errors import InputError
from fewclicks.files import user_data_folder
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.training.partly.detector import PartlyDetector
from fewclicks.methods.detect.training.partly.maps import is_detector
from fewclicks.methods.detect.training.partly.recipe import PartlySettings
from fewclicks.methods.regions import METHOD as REGIONS
from fewclicks.methods.registry import files_of, open_model, shipped_files
from fewclicks.methods.segment import ROLE as SEGMENT
from fewclicks.simulation.boxes.sessions import BoxesModel
from fewclicks.simulation.report import JsonValue, Report
from fewclicks.simulation.spec import Watch

QUICK = {"rounds": 2, "steps": 60, "side": 256, "seeds": 1}
"""The most of each that `quick` does."""
OUTPUT = {"runs", "seeds", "quick", "backbone", "mask_model"}
"""Settings that a single run does not depend on."""
OF_BOXES = {"lambda_d", "unjudged", "pseudo", "full_share", "in_turn", "areas"}
"""Settings that only questions about single boxes depend on: at the other levels every labelled image is complete."""
OF_FULL = {"data", "test", "stages", "oriented", "steps", "side"}
"""Settings that a model of all labels depends on."""


def run(settings: QueriesSettings, watch: Watch) -> Report:
    """Simulate the person, the questions and the training runs; return the report.

    Raises InputError when the data cannot be read or do not fit the settings, NotFoundError for an unknown strategy.
    """
    settings = quick(settings) if settings.quick else settings
    plan = plan_of(settings)
    sets = read_sets(settings.data, settings.test, settings.oriented)
    experiment = Experiment(settings, plan, sets, watch)
    seeds = range(settings.seeds)
    runs = [experiment.points(seed) for seed in seeds]
    full = float(np.mean([experiment.full_map50(seed) for seed in seeds]))
    curve = curve_of(runs)
    figures = {**figures_of(curve, full, sets.objects), **stopping_figures(runs)}
    given: dict[str, JsonValue] = settings.model_dump(mode="json", exclude={"backbone", "runs"})
    return Report(
        title=f"{settings.strategy} {settings.level} queries, {sets.objects} objects in {sets.train.name}",
        model="ask",
        version=__version__,
        columns=COLUMNS,
        rows=rows(curve),
        figures={**given, "train": sets.train.name, "test": sets.test.name, **figures},
        lines=(*lines(figures), *stopping_lines(figures)),
    )


def quick(settings: QueriesSettings) -> QueriesSettings:
    """Return the settings with at most QUICK of each."""
    return settings.model_copy(update={name: min(most, getattr(settings, name)) for name, most in QUICK.items()})


def plan_of(settings: QueriesSettings) -> Plan:
    """Return how the runs ask and learn. Raises NotFoundError for an unknown strategy."""
    teaching = Teaching(settings.lambda_d, settings.pseudo, settings.unjudged == "ignore", settings.tolerant)
    return Plan(
        settings.level,
        get_strategy(settings.strategy),
        settings.rounds,
        settings.per_round,
        settings.threshold,
        settings.shown,
        teaching,
        settings.in_turn,
        settings.fixed_pool,
        settings.from_last,
        settings.areas,
        settings.adapt_shown,
    )


@dataclass
class Experiment:
    """The runs of an experiment: those that are finished are read, others need the detector, which is made once."""

    settings: QueriesSettings
    plan: Plan
    sets: Sets
    watch: Watch

    def points(self, seed: int) -> list[Point]:
        """Return the points of one run."""
        name = f"{self.settings.level}-{self.settings.strategy}"
        unused = (set() if self.settings.level == "box" else OF_BOXES) | (set() if self._tightens else {"tighten"})
        runs = self._finished(set(QueriesSettings.model_fields) - OUTPUT - unused)
        found = runs.of(name, seed, lambda: [_to_json(point) for point in self._simulate(seed)])
        return [_from_json(cast(dict[str, JsonValue], each)) for each in found]

    def full_map50(self, seed: int) -> float:
        """Return the test mAP of a model that was trained on all labels."""
        found = self._finished(OF_FULL).of("full", seed, lambda: [self._full(seed)])
        return float(cast(float, found[0]))

    def _simulate(self, seed: int) -> list[Point]:
        settings = self.settings
        self.watch.start(f"{settings.strategy} {settings.level}, seed {seed}", settings.rounds + 1)
        images = self.sets.train.images
        run = Run(self._detector, images, self.plan, settings.costs, self._measuring.map50, seed, self._tightener())
        if settings.start == "images":
            points = [run.begin_with_images(settings.initial)]
        else:
            clicks = starting_clicks(images, settings.initial, np.random.default_rng([seed, 0]))
            finder = SlotStart(_slots(settings.backbone), self.sets.images).from_clicks(clicks)
            points = [run.begin_with_clicks({number: len(own) for number, own in clicks.items()}, finder)]
        self.watch.advance()
        for number in range(1, settings.rounds + 1):
            point = run.advance(number)
            self.watch.advance()
            if point is None:
                break
            points.append(point)
        return points

    def _full(self, seed: int) -> float:
        self.watch.start(f"all labels, seed {seed}", 1)
        lessons = [
            PartlyLabelled.full(number, image.boxes, image.class_ids, image.ignored, image.size_hw)
            for number, image in enumerate(self.sets.train.images)
        ]
        found = self._measuring.map50(self._detector.learn(lessons, seed))
        self.watch.advance()
        return found

    @cached_property
    def _detector(self) -> "PartlyDetector":
        settings, images = self.settings, self.sets.images
        recipe = PartlySettings(settings.stages, settings.oriented, full_share=settings.full_share)
        self.watch.start("reading images", len(images))
        classes = self.sets.train.class_names
        steps, side = settings.steps, settings.side
        return PartlyDetector(images, classes, recipe, steps, side, self._start, self.watch.advance)

    @cached_property
    def _mask_model(self) -> MaskModel:
        return _mask_model(self.settings.mask_model)

    @property
    def _tightens(self) -> bool:
        return self.settings.tighten and self.settings.level != "image"

    def _tightener(self) -> Tightener | None:
        """Return a new one for a run; None if the annotator sees no suggestions, or sees them as predicted."""
        return Tightener(self._mask_model, self.settings.oriented) if self._tightens else None

    @cached_property
    def _measuring(self) -> Measuring:
        return Measuring(self.sets.test.images, len(self.sets.train.images))

    def _finished(self, named: set[str]) -> FinishedRuns:
        """Return the finished runs that depend on the settings of these names."""
        folder = self.settings.runs or user_data_folder() / "simulations"
        settings = self.settings.model_dump(mode="json", include=named)
        about = {"version": __version__, "objects": self.sets.digest, "backbone": _digest(self._start)}
        if "tighten" in named:
            about["mask_model"] = self._mask_model.info.version
        return FinishedRuns(folder, {**settings, **about})

    @cached_property
    def _start(self) -> Path:
        return self.settings.backbone or _shipped_trunk()


def _digest(start: Path) -> str:
    try:
        return hashlib.sha256(start.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}; choose another --backbone", start) from error


def _shipped_trunk() -> Path:
    """Return the encoder of a shipped model that has seen no boxes: its MobileNetV2 is where detectors start from."""
    (role,) = REGIONS.roles
    files = shipped_files(role)
    assert files is not None
    return files[role.files[1].suffix]


def _slots(backbone: Path | None) -> BoxesModel:
    """Return the model that finds what was clicked: `backbone`, if it is one, else the shipped model."""
    files = shipped_files(DETECT) if backbone is None or not is_detector(backbone) else files_of(DETECT, backbone)
    assert files is not None
    return cast(BoxesModel, open_model(DETECT, files))


def _mask_model(path: Path | None) -> MaskModel:
    """Return the model that outlines objects: the file `path`, or the shipped one."""
    files = shipped_files(SEGMENT) if path is None else files_of(SEGMENT, path)
    if files is None:
        raise InputError("file not found; choose another --mask-model", path)
    return cast(MaskModel, open_model(SEGMENT, files))


def _to_json(point: Point) -> dict[str, JsonValue]:
    return asdict(point)


def _from_json(plain: dict[str, JsonValue]) -> Point:
    return Point(Totals(**plain["totals"]), plain["map50"], plain["recall"])  # type: ignore[arg-type]
