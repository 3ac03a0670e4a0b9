"""What a person clicked in an image for a method that finds objects, and the boxes that it proposes for that."""

import json
from dataclasses import dataclass, fields

from fewclicks.errors import InputError
from fewclicks.store.shapes import check_point
from fewclicks.store.snapshots import Json, dump

MOST_CLICKS = 1000  # in an image


@dataclass(frozen=True, slots=True)
class Proposals:
    """The class clicks of an image and the answer to them; without either where nobody clicked.

    clicks: `{"x", "y", "class_id"}` in pixels, in the order in which they were made. boxes: cx, cy, w, h in pixels
    and an angle in radians, best score first; scores: 0..1; class_ids: of the project. `oriented`: the boxes
    are, even one whose angle is 0. Version `weights` of `method` made them. `whole`: all of a large image is answered.
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

    def to_plain(self) -> Json:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_plain(cls, plain: Json) -> "Proposals":
        """Projects made before there were several methods name none: their versions begin with the method's name."""
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
    """The clicks `before` without those `removed`, followed by those `added`.

    Raises InputError for clicks outside an image of `size_hw`, for too many, and for a removed one that is not there.
    """
    for click in added:
        check_point(click["x"], click["y"], size_hw, "click")
    left = list(before)
    for click in removed:
        if click not in left:
            raise InputError(f"there is no click of class {click['class_id']} at {click['x']:g}, {click['y']:g}")
        left.remove(click)
    after = (*left, *added)
    if len(after) > MOST_CLICKS:
        raise InputError(f"an image takes at most {MOST_CLICKS} clicks, and these would be {len(after)}")
    return after
