"""The class clicks of an image and the boxes that a model suggests for them."""

import json
from dataclasses import dataclass, fields

from fewclicks.errors import InputError, OutdatedError
from fewclicks.store.shapes import check_point
from fewclicks.store.snapshots import Json, dump

MOST_CLICKS = 1000  # in an image


@dataclass(frozen=True, slots=True)
class Proposals:
    """The class clicks of an image and the suggested boxes; both empty in an image without clicks.

    clicks: `{"x", "y", "class_id"}` in pixels, in the order in which they were made. boxes: cx, cy, w, h in pixels
    and an angle in radians, highest confidence first. scores: confidences, 0..1. class_ids: those of the project.
    oriented: the boxes have an angle, which may be 0. method, weights: the method and version that made the boxes.
    whole: the model has answered for all of a large image. version: the id of the request that last changed the
    clicks; answers and accepted boxes leave it unchanged.
    """

    image_id: int
    clicks: tuple[Json, ...] = ()
    boxes: tuple[list[float], ...] = ()
    scores: tuple[float, ...] = ()
    class_ids: tuple[int, ...] = ()
    oriented: bool = False
    method: str = ""
    weights: str = ""
    whole: bool = True
    version: str = ""

    def check_version(self, seen: str | None) -> None:
        """Raise OutdatedError if a request was made when the clicks had another version; None: any."""
        if seen not in (None, self.version):
            raise OutdatedError("the clicks in this image were changed elsewhere in the meantime; choose what to keep")

    def to_plain(self) -> Json:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_plain(cls, plain: Json) -> "Proposals":
        """Read the plain form; in projects of early versions the method's name is the start of its version."""
        lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
        method = plain.get("method", str(plain["weights"]).rpartition("-")[0])
        return cls(**plain | lists | {"method": method})

    def to_json(self) -> str:
        return dump(self.to_plain())

    @classmethod
    def from_json(cls, text: str) -> "Proposals":
        return cls.from_plain(json.loads(text))


def clicked(
    before: tuple[Json, ...], added: tuple[Json, ...], removed: tuple[Json, ...], size_hw: tuple[int, int]
) -> tuple[Json, ...]:
    """Return the clicks `before` without `removed`, followed by `added`.

    Raises InputError for clicks outside an image of `size_hw`, for more than `MOST_CLICKS`, and for removing a missing
    click.
    """
    for click in added:
        check_point(click["x"], click["y"], size_hw, "click")
    left = list(before)
    for click in removed:
        if click not in left:
            place = f"{click['x']:g}, {click['y']:g}"
            raise InputError(f"there is no click of class {click['class_id']} at {place} to remove; reload the page")
        left.remove(click)
    after = (*left, *added)
    if len(after) > MOST_CLICKS:
        raise InputError(f"the image would have {len(after)} clicks; use at most {MOST_CLICKS}")
    return after
