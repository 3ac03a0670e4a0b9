"""Prompts with their context, before they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fewclicks.answers import Answer, PartitionAnswer
from fewclicks.cache import BoundedCache
from fewclicks.errors import ConflictError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.model import Response
from fewclicks.prompts import XYXY, Prompt, Prompts
from fewclicks.store.events import Outcome
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import covered_box, shape_from_json
from fewclicks.store.snapshots import Json, Snapshot, dump

MASKS_BYTES = 32 * 1024 * 1024
PARTITIONS_BYTES = 64 * 1024 * 1024
BOXES_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class StoredPartition:
    """The last partition of an image, the masks that it started from, and the stored form of its masks."""

    answer: PartitionAnswer
    bases: Mapping[str, Json]
    start: PartitionAnswer | None
    shapes: Mapping[str, Json]

    @property
    def nbytes(self) -> int:
        answers = sum(answer.nbytes for answer in (self.answer, self.start) if answer is not None)
        return answers + sum(len(shape["counts"]) for shape in self.shapes.values())


def nothing_to_retry(snapshot: Snapshot) -> ConflictError:
    """Return the error of a task whose prompts do not belong to an annotation."""
    return ConflictError(f"annotation {snapshot.id!r} has no unanswered prompts; reload the page")


@dataclass(frozen=True, slots=True)
class Caches:
    """Caches of conversions between stored shapes and masks; results do not depend on their content."""

    masks: BoundedCache[str, Mask] = field(default_factory=lambda: BoundedCache(MASKS_BYTES))
    partitions: BoundedCache[tuple[int, str], StoredPartition] = field(
        default_factory=lambda: BoundedCache(PARTITIONS_BYTES)
    )
    boxes: BoundedCache[str, XYXY] = field(default_factory=lambda: BoundedCache(BOXES_BYTES))

    def mask(self, shape: Json, size_hw: tuple[int, int]) -> Mask:
        """Return the mask of a stored shape, as the same object while it is cached, so that models recognise it."""
        key = f"{size_hw}{shape['counts']}" if shape["type"] == "mask" else dump([size_hw, shape])
        mask = self.masks.get(key)
        if mask is None:
            mask = mask_from_shape(shape_from_json(shape), size_hw)
            self.masks.put(key, mask, mask.crop.nbytes + len(key))
        return mask

    def box(self, stored: str) -> XYXY:
        """Return the box around the pixels of an annotation in its stored form; empty for one without pixels."""
        box = self.boxes.get(stored)
        if box is None:
            box = covered_box(Snapshot.from_json(stored).shape)
            self.boxes.put(stored, box, len(stored))
        return box


@dataclass(frozen=True, slots=True)
class ImageAsks:
    """What a job asks about one image: once about the whole image, or about each of its boxes.

    skipped: for each reason the number of boxes that the job does not ask about.
    """

    asks: tuple["Ask", ...]
    skipped: Mapping[str, int] = field(default_factory=dict)


class Ask(Protocol):
    """Prompts in one image, and the changes by their answer.

    subject: distinguishes requests about the same image; the annotation id for an answer about one object. prompts:
    without examples. elsewhere: the prompts of other images, for examples, the preferred images first. remembered: an
    earlier answer as stored in the project, for a model that answers in parts.
    """

    @property
    def image(self) -> ImageRow: ...

    @property
    def subject(self) -> str: ...

    @property
    def prompts(self) -> Prompts: ...

    @property
    def elsewhere(self) -> Mapping[int, tuple[Prompt, ...]]: ...

    @property
    def remembered(self) -> Response[Answer, object] | None: ...

    def answered(self, response: Response[Answer, object]) -> Outcome:
        """Return the changes by the answer."""
        ...

    def unanswered(self, error: str) -> Outcome:
        """Return the changes by the prompts alone, after the model failed."""
        ...
