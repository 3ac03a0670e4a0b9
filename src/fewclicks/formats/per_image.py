"""What formats with a file for every image have in common: annotations by image, and what is lost of a data set."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fewclicks.errors import InputError
from fewclicks.formats.coco_shapes import check_corners
from fewclicks.formats.shape_kinds import LeftOut, kind_of, lacking, nouns
from fewclicks.formats.spec import FormatSpec
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, LabelClass, Polygons, Shape


def held(dataset: Dataset, spec: FormatSpec, path: Path) -> tuple[Dataset, list[str]]:
    """The data set without the shapes that the format has no place for, and a line for each kind of them.

    Raises InputError, which names `path` and the annotation, when the data set contradicts itself.
    """
    _check_dataset(dataset, path)
    kinds = [kind_of(annotation.shape) for annotation in dataset.annotations]
    pairs = zip(dataset.annotations, kinds, strict=True)
    kept = tuple(annotation for annotation, kind in pairs if kind not in spec.lacks)
    return replace(dataset, annotations=kept), lacking(Counter(kinds), spec)


def _check_dataset(dataset: Dataset, path: Path) -> None:
    _check_ids("images", [image.id for image in dataset.images], path)
    _check_ids("classes", [known.id for known in dataset.classes], path)
    sizes = {image.id: image.size_hw for image in dataset.images}
    classes = {known.id for known in dataset.classes}
    for annotation in dataset.annotations:
        try:
            _check(annotation, sizes, classes)
        except InputError as error:
            raise InputError(error.problem, path, f"annotation {annotation.id}") from error


def by_image(dataset: Dataset) -> dict[int, list[Annotation]]:
    """The annotations of every image by its id, without masks that cover nothing."""
    found: dict[int, list[Annotation]] = {image.id: [] for image in dataset.images}
    for annotation in dataset.annotations:
        if not _is_empty(annotation.shape):
            found[annotation.image_id].append(annotation)
    return found


def _check_ids(what: str, ids: Sequence[int], path: Path) -> None:
    for number, times in Counter(ids).items():
        if times > 1:
            raise InputError(f"{times} {what} have the id {number}", path)


def _check(annotation: Annotation, sizes: Mapping[int, tuple[int, int]], classes: set[int]) -> None:
    if annotation.image_id not in sizes:
        raise InputError(f"image_id {annotation.image_id} is not in `images`")
    if annotation.class_id not in classes:
        raise InputError(f"class_id {annotation.class_id} is not in `classes`")
    shape, (height, width) = annotation.shape, sizes[annotation.image_id]
    check_corners(shape)
    if isinstance(shape, Box) and (shape.x0 > shape.x1 or shape.y0 > shape.y1):
        raise InputError("the box has a negative width or height; correct it")
    if isinstance(shape, Mask) and shape.size_hw != (height, width):
        raise InputError(f"the mask is {shape.size_hw[1]}x{shape.size_hw[0]}, its image is {width}x{height}")


def _is_empty(shape: Shape) -> bool:
    return isinstance(shape, Mask) and shape.area == 0


def written_names(classes: Iterable[LabelClass], clean: Callable[[str], str]) -> dict[int, str]:
    """By its id the name of each class as a format can write it: `clean`, with a number where two would be the same."""
    names: dict[int, str] = {}
    for known in classes:
        plain = name = clean(known.name) or "class"
        number = 2
        while name in names.values():
            name, number = f"{plain}-{number}", number + 1
        names[known.id] = name
    return names


def check_inside(bounds: Box, size_hw: tuple[int, int]) -> str | None:
    """What is wrong with a shape of these bounds in an image of `size_hw`, if anything."""
    height, width = size_hw
    x0, y0, x1, y1 = bounds.xyxy
    if x0 > x1 or y0 > y1:
        return f"the sides must not be negative: x {x0:g} to {x1:g}, y {y0:g} to {y1:g}"
    if x1 < 0 or y1 < 0 or x0 > width or y0 > height:
        extent = f"x {x0:g} to {x1:g}, y {y0:g} to {y1:g}"
        return f"{extent} lies outside the image of {width}x{height}; correct it or delete it"
    return None


def losses(dataset: Dataset, again: Dataset) -> list[str]:
    """One line for each way in which `again`, what a reader gets, is not `dataset`."""
    if again == dataset:
        return []
    groups: dict[int, list[Annotation]] = {image.id: [] for image in dataset.images}
    for annotation in dataset.annotations:
        groups[annotation.image_id].append(annotation)
    grouped = [annotation for group in groups.values() for annotation in group]
    kept = [annotation for annotation in grouped if not _is_empty(annotation.shape)]
    empty = [annotation.shape for annotation in grouped if _is_empty(annotation.shape)]
    pairs = list(zip(kept, again.annotations, strict=True))
    lines = [
        LeftOut(empty, "they cover no pixel of their image") if empty else "",
        "the order of annotations is kept within each image only" if grouped != list(dataset.annotations) else "",
        *_changed_shapes(pairs),
        _counted(sum(a.crowd != b.crowd for a, b in pairs), "crowds written as single objects"),
        _of_annotations(pairs),
        _extras("annotations", [(a.extra, b.extra) for a, b in pairs]),
        _extras("images", [(a.extra, b.extra) for a, b in zip(dataset.images, again.images, strict=True)]),
        _extras("classes", [(a.extra, b.extra) for a, b in zip(dataset.classes, again.classes, strict=True)]),
        _extras("the data set", [(dataset.extra, again.extra)]),
    ]
    return [line for line in lines if line]


Pairs = Sequence[tuple[Annotation, Annotation]]


def _of_annotations(pairs: Pairs) -> str:
    lost = any((a.id, a.provenance) != (b.id, b.provenance) for a, b in pairs)
    return "the ids of annotations and who made them left out" if lost else ""


def _changed_shapes(pairs: Pairs) -> Iterable[str]:
    changes = Counter(f"{nouns(a.shape)} {_change(a.shape, b.shape)}" for a, b in pairs if a.shape != b.shape)
    for change in sorted(changes):
        yield f"{changes[change]} of the {change}"


def _change(before: Shape, after: Shape) -> str:
    if type(before) is not type(after):
        return f"written as {nouns(after)}"
    if isinstance(before, Polygons) and isinstance(after, Polygons) and len(before.rings) != len(after.rings):
        return "of several rings written as one ring each"
    return "rounded: they come back within a millionth of a pixel"


def _counted(number: int, what: str) -> str:
    return f"{number} of the {what}" if number else ""


def _extras(what: str, pairs: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> str:
    keys = {key for a, b in pairs for key in {*a, *b} if a.get(key) != b.get(key)}
    return f"extra keys of {what} left out: {', '.join(sorted(keys))}" if keys else ""
