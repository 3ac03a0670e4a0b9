"""What a detector may learn from a project as it is now: finished images fully, all others in part."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Float64

from fewclicks.application.answers.suggested_boxes import box_of, overlaps_none
from fewclicks.application.suggestion_pool import suggested_boxes, suggestion_pool
from fewclicks.ask.pool import Pool, is_free
from fewclicks.ask.state import ImageState, Teaching, teach
from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource, box_around, boxes_of, has_oriented_boxes
from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.errors import InputError
from fewclicks.geometry.oriented import from_upright
from fewclicks.labels import Annotation, Point
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import ImageSummary
from fewclicks.store.shapes import covered_box, shape_from_json
from fewclicks.work.items import is_mask
from fewclicks.work.ledger import confirmed_areas

TEACHING = Teaching()


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Images with labelled or rejected boxes, and what is known about each; see `PartlyData`.

    classes: the names of those with a labelled box, by id. unlabelled: the names of all others.
    """

    images: tuple[BoxedImage, ...]
    lessons: tuple[PartlyLabelled, ...]
    classes: Mapping[int, str]
    unlabelled: tuple[str, ...]
    oriented: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What people have said, by image id.

    confirmed: boxes accepted exactly as the model predicted them. proposed: boxes around suggested masks, without
    those that outline a box. areas: those in which nothing is missing. pointed: the classes with accepted points, whose
    objects have no box.
    """

    finished: frozenset[int]
    confirmed: Mapping[int, Float64[np.ndarray, "_ 5"]]
    rejected: Mapping[int, Float64[np.ndarray, "_ 5"]]
    proposed: Mapping[int, Float64[np.ndarray, "_ 5"]]
    areas: Mapping[int, Float64[np.ndarray, "_ 4"]]
    pointed: Mapping[int, frozenset[int]]
    suggestions: Mapping[int, Proposals]


def read_lessons(project: Project, role: str) -> Lessons:
    """Return the lessons for a model. Raises InputError when no box is labelled.

    Large images and images whose file is missing teach nothing.
    """
    with project.reading() as log:
        rows = [row for row in log.summaries() if _is_usable(project, row)]
        finished = frozenset(row.id for row in rows if row.status == "done")
        rejected: defaultdict[int, list[np.ndarray]] = defaultdict(list)
        proposed: defaultdict[int, list[np.ndarray]] = defaultdict(list)
        present = log.annotations(deleted=True)
        replaced = {each.replaces for each in present if each.state == "accepted"}
        for each in present:
            if each.state == "deleted" and each.provenance.method == role and each.shape and each.id not in replaced:
                rejected[each.image_id].append(box_of(shape_from_json(each.shape)))
            if each.state == "proposed" and not each.replaces and is_mask(each):
                proposed[each.image_id].append(from_upright(np.array(covered_box(each.shape), np.float64)))
        areas = confirmed_areas(log)
        labelled = {row.id for row in rows if row.annotations > row.proposed}
        wanted = {row.id for row in rows} & (finished | labelled | rejected.keys() | areas.keys())
        suggestions = {image_id: log.proposals(image_id) for image_id in wanted - finished}
    dataset = export_dataset(project, lambda row: row.id in wanted)
    oriented = has_oriented_boxes(dataset)
    confirmed: defaultdict[int, list[np.ndarray]] = defaultdict(list)
    for found in dataset.annotations:
        if found.provenance is not None and found.provenance.method == role:
            confirmed[found.image_id].append(box_around(found.shape, oriented))
    points = [found for found in dataset.annotations if isinstance(found.shape, Point)]
    pointed = {
        image_id: frozenset(each.class_id for each in own)
        for image_id, own in groupby(sorted(points, key=_image_of), key=_image_of)
    }
    known = _Known(finished, _stacked(confirmed), _stacked(rejected), _stacked(proposed), areas, pointed, suggestions)
    source = boxes_of(dataset, project.image_folder, oriented, project.name)
    return _taught(source, [image.id for image in dataset.images], known, oriented)


def _image_of(annotation: Annotation) -> int:
    return annotation.image_id


def _stacked(boxes: Mapping[int, list[np.ndarray]]) -> dict[int, Float64[np.ndarray, "_ 5"]]:
    return {image_id: np.stack(own) for image_id, own in boxes.items()}


def _is_usable(project: Project, row: ImageSummary) -> bool:
    return row.problem is None and not row.large and (project.image_folder / row.file_name).is_file()


def _taught(source: BoxedSource, image_ids: list[int], known: _Known, oriented: bool) -> Lessons:
    present = {class_id for image in source.images for class_id in image.class_ids.tolist()}
    if not present:
        count = sum(map(len, known.rejected.values()))
        said = f"all {count:,} judged suggestions are 'not an object'" if count else "no object is labelled yet"
        raise InputError(f"{said}, so there is no box to train on; accept or draw some objects")
    lessons = [_lesson(number, *each, known) for number, each in enumerate(zip(source.images, image_ids, strict=True))]
    return Lessons(
        source.images,
        tuple(lessons),
        {class_id: name for class_id, name in source.class_names.items() if class_id in present},
        tuple(name for class_id, name in source.class_names.items() if class_id not in present),
        oriented,
    )


def _lesson(number: int, image: BoxedImage, image_id: int, known: _Known) -> PartlyLabelled:
    confirmed = known.confirmed.get(image_id, np.zeros((0, 5)))
    exact = ~(image.boxes[:, None] == confirmed).all(2).any(1)
    state = ImageState(number, image.size_hw, image.boxes, image.class_ids, exact)
    if image_id in known.finished:
        return teach(state.completed(), suggestion_pool(()), image.ignored, TEACHING)
    for box in known.rejected.get(image_id, np.zeros((0, 5))):
        if overlaps_none(box[None], image.boxes).all():  # otherwise somebody has drawn the object again
            state = state.with_background(box)
    for area in known.areas.get(image_id, np.zeros((0, 4))):
        state = state.looked_over(area)
    suggestions = known.suggestions[image_id]
    searched = frozenset(suggestions.searched if suggestions.whole else ()) - known.pointed.get(image_id, frozenset())
    masks = known.proposed.get(image_id, np.zeros((0, 5)))
    free = overlaps_none(masks, state.judged) & ~state.in_areas(masks)
    ignored = np.concatenate([image.ignored, masks[free]])
    return teach(state, _candidates(state, suggestions), ignored, TEACHING, searched)


def _candidates(state: ImageState, suggestions: Proposals) -> Pool:
    """Return the suggestions of an image that nobody has judged."""
    pool = suggestion_pool(suggested_boxes(suggestions))
    return pool.where(is_free(pool, {suggestions.image_id: state.judged}))
