"""`fewclicks simulate boxes`: mean average precision against clicks over all images (c3det, Sec. 5.2)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.datasets.boxed_images import BoxedSource, read_boxes
from fewclicks.errors import InputError
from fewclicks.prompts import BoxPrompt, ClassClick
from fewclicks.simulation.boxes.annotator import Habits
from fewclicks.simulation.boxes.class_names import in_classes_of
from fewclicks.simulation.boxes.figures import Measured, measured
from fewclicks.simulation.boxes.measure import object_counts
from fewclicks.simulation.boxes.mosaics import mosaics
from fewclicks.simulation.boxes.passthrough import Passthrough
from fewclicks.simulation.boxes.sessions import Asking, BoxesModel, ground_truth, sessions
from fewclicks.simulation.boxes.settings import BoxesSettings, PromptKind
from fewclicks.simulation.boxes.table import columns, lines, rows
from fewclicks.simulation.report import Report
from fewclicks.simulation.spec import Subject, Watch

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9)
COCO_MOST = 100  # boxes of a class in an image that take part
CLICKS = Asking()
KINDS: dict[PromptKind, type[ClassClick] | type[BoxPrompt]] = {"click": ClassClick, "box": BoxPrompt}


def run(subject: Subject[BoxesAnswer], settings: BoxesSettings, watch: Watch) -> Report:
    """Measure a model of the task boxes.

    Raises InputError when the data cannot be read or has no objects, and when model, data and settings do not fit.
    """
    kind = prompt_kind(subject, settings.example)
    source = read_boxes(settings.data, settings.oriented)
    model = Passthrough(subject.model) if settings.passthrough else subject.model
    source = _in_classes_of(model, source, settings.passthrough)
    source = replace(source, images=mosaics(source.images, settings.mosaic)[: settings.limit])
    watch.start(model.info.role, len(source.images))
    asking, targets = Asking(kind, settings.certain), settings.reach or TARGETS
    found = simulate(model, source, _habits(settings), asking, targets, watch.advance)
    about = {name: getattr(settings, name) for name in ("certain", "data", "mosaic", "oriented")}
    return Report(
        title=f"{found.objects} objects in {found.images} images of {settings.data}",
        model=model.info.role,
        version=model.info.version,
        columns=columns(settings.per_class),
        rows=rows(found),
        figures={**model.info.details, **about, **found.to_json()},
        lines=lines(found),
    )


def prompt_kind(subject: Subject[BoxesAnswer], wanted: PromptKind | None) -> PromptKind:
    """Return the kind of prompt for a model: the wanted one, or class clicks, or boxes.

    Raises InputError when the model does not take it.
    """
    for kind, prompt in KINDS.items():
        if prompt in subject.takes and wanted in (None, kind):
            return kind
    taken = ", ".join(sorted(prompt.kind for prompt in subject.takes)) or "no prompts"
    needed = " or ".join(prompt.kind for kind, prompt in KINDS.items() if wanted in (None, kind))
    raise InputError(
        f"the model {subject.model.info.role!r} accepts {taken}, but this simulation needs {needed}; use another model"
    )


def simulate(
    model: BoxesModel,
    source: BoxedSource,
    habits: Habits,
    asking: Asking = CLICKS,
    targets: Sequence[float] = TARGETS,
    advance: Callable[[], None] = lambda: None,
) -> Measured:
    """Return the figures of sessions of clicks on every image, answered round by round.

    `targets` are mAPs at IoU 0.5 for which the figures give the clicks and seconds that reach them. The class ids of
    `source` are those of the model. Raises InputError when no image has an object, and for clicks of a wrong class
    when the data have only one.
    """
    if habits.wrong_class and len(source.class_names) < 2:
        raise InputError(f"{source.name} has only one class; remove --wrong-class or choose other data")
    truths = [ground_truth(image) for image in source.images]
    counts = object_counts(truths)
    if not counts:
        raise InputError(f"no objects in the {len(truths)} images of {source.name}; choose other data")
    most = max(COCO_MOST, *(int(np.unique(truth.class_ids, return_counts=True)[1].max(initial=0)) for truth in truths))
    results = []
    for number, image in enumerate(source.images):
        results.append(sessions(model, image, number, habits, asking, most, source.class_names))
        advance()
    oriented = any(image.boxes[:, 4].any() for image in source.images)
    return measured(results, counts, source.class_names, habits, oriented, targets)


def _habits(settings: BoxesSettings) -> Habits:
    return Habits(
        settings.clicks, settings.sessions, settings.per_class, settings.noise, settings.wrong_class, settings.seed
    )


def _in_classes_of(model: BoxesModel, source: BoxedSource, any_class: bool) -> BoxedSource:
    """Return the data in the classes of the model. Raises InputError for unknown names unless any class will do."""
    known = {name: class_id for class_id, name in model.info.classes.items()}
    if not known:
        return source
    source, unknown = in_classes_of(known, source)
    if unknown and not any_class:
        version = model.info.version
        raise InputError(f"the model {version} has no class {', '.join(unknown)}; its classes are {', '.join(known)}")
    return source
