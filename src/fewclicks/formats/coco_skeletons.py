"""The keypoint that COCO names in each category with points: written there, and not kept when read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fewclicks.formats.coco_frame import Groups
from fewclicks.labels import NO_EXTRA, Dataset, LabelClass, Point

SKELETON: Mapping[str, Any] = {"keypoints": ["centre"], "skeleton": []}
SKELETON_KEYS = frozenset(SKELETON)


def with_skeletons(dataset: Dataset) -> Dataset:
    """The data set with the keypoint in each class that has points, unless the class has keypoints of its own."""
    return _with_classes_of_points(dataset, _with)


def _with_classes_of_points(dataset: Dataset, change: Callable[[LabelClass], LabelClass]) -> Dataset:
    named = _classes_of_points(dataset)
    return replace(dataset, classes=tuple(change(each) if each.id in named else each for each in dataset.classes))


def _with(known: LabelClass) -> LabelClass:
    if SKELETON_KEYS & known.extra.keys():
        return known
    return replace(known, extra=MappingProxyType({**known.extra, **SKELETON}))


def without_skeletons(dataset: Dataset) -> Dataset:
    """A data set that was read, without the keypoint in each class that has points."""
    return _with_classes_of_points(dataset, _without)


def _without(known: LabelClass) -> LabelClass:
    if not _has_ours(known):
        return known
    rest = {key: value for key, value in known.extra.items() if key not in SKELETON_KEYS}
    return replace(known, extra=MappingProxyType(rest) if rest else NO_EXTRA)


def _has_ours(known: LabelClass) -> bool:
    return all(known.extra.get(key) == value for key, value in SKELETON.items())


def _classes_of_points(dataset: Dataset) -> set[int]:
    return {found.class_id for found in dataset.annotations if isinstance(found.shape, Point)}


def unread(dataset: Dataset) -> Groups:
    """The extra keys of classes that are the same as the keypoint, and so are not kept when read."""
    named = _classes_of_points(dataset)
    ours = [known.extra for known in dataset.classes if known.id in named and _has_ours(known)]
    return [("classes with points", ours, SKELETON_KEYS)]
