"""Removal of other accepted objects' pixels from an answer about one object."""

from collections.abc import Sequence
from dataclasses import dataclass

from fewclicks.application.answers.ask import Caches
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.prompts import XYXY
from fewclicks.store.log import Log
from fewclicks.store.snapshots import Json, Snapshot


@dataclass(frozen=True, slots=True)
class Protected:
    """The other accepted objects of an image in their stored form, and the class of the answer's target."""

    stored: tuple[str, ...] = ()
    class_name: str = ""

    def clipped(self, mask: Mask, before: Snapshot | None, prompts: Sequence[Json], caches: Caches) -> Mask:
        """Return `mask` without the pixels of other objects.

        before: the target; if it is accepted, it keeps the pixels that it shares already. prompts: a click inside an
        object allows the pixels of that object. Raises InputError if nothing is left.
        """
        others = self._near(mask, prompts, caches)
        if others and before is not None and before.state == "accepted" and before.shape is not None:
            own = caches.mask(before.shape, mask.size_hw)
            others = [other.minus([own]) for other in others]
        left = mask.minus(others)
        if mask.area and not left.area:
            advice = f"click inside one of them, or edit the class {self.class_name!r} to allow overlaps"
            raise InputError(f"other accepted objects cover the whole mask; {advice}")
        return left

    def _near(self, mask: Mask, prompts: Sequence[Json], caches: Caches) -> list[Mask]:
        """Return the masks of the objects whose box overlaps that of `mask`, without those clicked on."""
        near = (Snapshot.from_json(each) for each in self.stored if _overlap(caches.box(each), mask.xyxy))
        masks = [caches.mask(each.shape, mask.size_hw) for each in near if each.shape is not None]
        points = [(each["x"], each["y"]) for each in prompts if each["type"] == "click" and each["adds"]]
        return [other for other in masks if not any(other.contains(x, y) for x, y in points)]


NOTHING = Protected()


def protected_from(state: Log, target: Snapshot) -> Protected:
    """Return what an answer about `target` must not cover: no object if its class, or that of `target`, may overlap."""
    classes = {row.id: row for row in state.classes()}
    own = classes.get(target.class_id) or state.class_row(target.class_id)
    if own.overlaps:
        return NOTHING
    overlapping = {row.id for row in classes.values() if row.overlaps}
    accepted = state.accepted(target.image_id)
    stored = tuple(text for name, class_id, text in accepted if name != target.id and class_id not in overlapping)
    return Protected(stored, own.name)


def _overlap(a: XYXY, b: XYXY) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
