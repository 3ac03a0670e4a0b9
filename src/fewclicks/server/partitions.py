"""Answering for a whole image at once: the prompts and masks of its regions give a partition, that their new masks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt16

from fewclicks.cache import BoundedCache
from fewclicks.errors import InputError
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Provenance
from fewclicks.methods.protocol import Encoding, Method
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.prompts import ExtremePoints, History, Interaction
from fewclicks.store.editing import answered, as_region, is_empty, is_region
from fewclicks.store.shapes import history_of, partition_to_json, shape_from_json
from fewclicks.store.snapshots import Json, Snapshot


@runtime_checkable
class PartitionAssist(Method, Protocol):
    """A method that answers for all regions of an image together (see `RegionsAssist`)."""

    def respond(
        self,
        encoding: Encoding,
        history: History,
        previous: Partition | None = None,
        base: Partition | None = None,
    ) -> Partition:
        """The partition for all extreme points and scribbles so far; repeatable, with `previous` or without."""
        ...


@dataclass(frozen=True)
class Kept:
    """The last partition of an image, and what it was made of and into: what has not changed is not made again.

    `bases` are stored shapes by region, `base` the partition of these; `encoded` are masks as they are stored.
    """

    bases: Mapping[str, Json] = field(default_factory=dict)
    base: Partition | None = None
    partition: Partition | None = None
    encoded: Mapping[str, Json] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        kept = sum(partition.nbytes for partition in (self.base, self.partition) if partition is not None)
        return kept + sum(len(shape["counts"]) for shape in self.encoded.values())


Partitions = BoundedCache[tuple[int, str], Kept]


def repartition(
    assist: PartitionAssist, encoding: Encoding, asked: Snapshot, others: Iterable[Snapshot], kept: Partitions
) -> list[Snapshot]:
    """`asked` with its answer, then every other region of its image whose mask that changed.

    `others` are the annotations of the image; those that are no regions are left alone. What was made otherwise
    takes part by its shape, which is kept as its base once it changes. The answer depends on the stored prompts and
    bases alone, whatever `kept` holds. Raises what the assist raises, and InputError for points given twice.
    """
    made_by = Provenance(method=assist.name, weights=assist.weights)
    stored = [each for each in others if is_region(each, made_by)]
    regions = [as_region(each, made_by) for each in stored if each.id != asked.id]
    place = next((number for number, each in enumerate(stored) if each.id == asked.id), len(regions))
    regions.insert(place, asked)
    _check_points(asked, regions)
    key = (asked.image_id, assist.weights)
    shapes = _answer(assist, encoding, regions, key, kept)
    known = {each.id: each.shape for each in stored}
    changed = [each for each in regions if each.id in shapes and shapes[each.id] != known.get(each.id)]
    first = [asked, *(each for each in changed if each.id != asked.id)]
    own = {each.id for each in stored if each.provenance.method == assist.name}
    return [_open_anew(answered(each, shapes[each.id], None, made_by), each.id in own) for each in first]


def _open_anew(region: Snapshot, is_own: bool) -> Snapshot:
    """Whose pixels change is no longer accepted when a person or another method had made it, or when none are left."""
    return region if is_own and not is_empty(region.shape) else replace(region, state="proposed")


def _check_points(asked: Snapshot, regions: Iterable[Snapshot]) -> None:
    points = _extreme_points(asked)
    if points and any(each.id != asked.id and _extreme_points(each) == points for each in regions):
        raise InputError("another region has these very extreme points already")


def _extreme_points(region: Snapshot) -> list[list[float]]:
    return sorted(
        list(point) for each in region.prompts if each["type"] == "extreme_points" for point in each["points"]
    )


def _answer(
    assist: PartitionAssist, encoding: Encoding, regions: Sequence[Snapshot], key: tuple[int, str], kept: Partitions
) -> dict[str, Json]:
    """The stored shape of every region that has a place in the partition."""
    before = kept.get(key) or Kept()
    bases = {each.id: each.base for each in regions if each.base is not None}
    base = before.base if bases == before.bases else _base_partition(bases, encoding.size_hw)
    partition = assist.respond(encoding, _history(regions), before.partition, base)
    as_before = _same_as(before.partition, partition)
    as_base = _same_as(base, partition)
    known = {name: before.encoded[name] for name in (as_before - as_base) & before.encoded.keys()}
    there = as_base | known.keys()
    numbers = {name: number for number, name in enumerate(partition.regions, start=1) if name not in there}
    made = partition_to_json(partition.labels, numbers.values())
    encoded = known | {name: made[number] for name, number in numbers.items()}
    now = Kept(bases, base, partition, encoded)
    kept.put(key, now, now.nbytes)
    return encoded | {name: bases[name] for name in as_base}


def _base_partition(bases: Mapping[str, Json], size_hw: tuple[int, int]) -> Partition | None:
    if not bases:
        return None
    masks = {name: mask_from_shape(shape_from_json(shape), size_hw) for name, shape in bases.items()}
    return Partition.of_masks(masks, size_hw)


def _history(regions: Sequence[Snapshot]) -> History:
    """All extreme points, then all scribbles in the order in which they were drawn, on whatever region."""
    steps: list[tuple[int, Interaction]] = []
    for each in regions:
        rounds = (prompt.get("round", 0) for prompt in each.prompts)
        steps += zip(rounds, history_of(each.prompts, each.id), strict=True)
    return tuple(step for _, step in sorted(steps, key=lambda each: (not isinstance(each[1], ExtremePoints), each[0])))


def _same_as(before: Partition | None, after: Partition) -> set[str]:
    """The regions of both partitions that have the same pixels in them."""
    if before is None:
        return set()
    shared = set(before.regions) & set(after.regions)
    numbers, last = before.renumbered(after.regions), max((after.regions.index(name) + 1 for name in shared), default=0)
    differ = (numbers != after.labels) & ((numbers != 0) | (after.labels <= last))
    moved = _present(numbers[differ], after) | _present(after.labels[differ], after)
    return shared - moved


def _present(labels: UInt16[np.ndarray, "n"], partition: Partition) -> set[str]:
    counts = np.bincount(labels, minlength=len(partition.regions) + 1)[1:]
    return {partition.regions[index] for index in np.flatnonzero(counts)}
