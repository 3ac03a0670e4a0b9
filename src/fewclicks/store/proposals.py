"""The suggestions of an image: boxes for its class clicks, and points and moves of points by models of points."""

import json
from dataclasses import dataclass, fields, replace

from fewclicks.errors import InputError, OutdatedError
from fewclicks.store.prompts import check_class_click
from fewclicks.store.snapshots import Json, Snapshot, dump

MOST_CLICKS = 1000  # in an image


@dataclass(frozen=True, slots=True)
class SuggestedPoints:
    """The suggestions of one model of points in an image.

    method, weights: the method and version that made them. moves: `{"annotation_id", "from_xy", "to_xy", "score"}`,
    outdated once the annotation is no longer at `from_xy`. points: `{"x", "y", "class_id", "score"}`, highest
    confidence first; pixels, confidences 0..1. whole: the model has answered for all of a large image. version: the id
    of the request that they answer.
    """

    method: str
    weights: str = ""
    moves: tuple[Json, ...] = ()
    points: tuple[Json, ...] = ()
    whole: bool = True
    version: str = ""

    def to_plain(self) -> Json:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_plain(cls, plain: Json) -> "SuggestedPoints":
        return cls(**plain | {"moves": tuple(plain["moves"]), "points": tuple(plain["points"])})


@dataclass(frozen=True, slots=True)
class Proposals:
    """The class clicks of an image, the boxes suggested for them, and the suggestions of models of points.

    clicks: `{"x", "y", "class_id"}` in pixels, in the order in which they were made, with `"xyxy"` where a person drew
    a box. boxes: cx, cy, w, h in pixels and an angle in radians, highest confidence first. scores: confidences, 0..1.
    class_ids: those of the project. searched: the ids of the classes that the model looked for; empty if unknown.
    oriented: the boxes have an angle, which may be 0. method, weights: the method and version that made the boxes.
    whole: the model has answered for all of a large image. version: the id of the request that last changed the
    clicks; answers and accepted boxes leave it unchanged. points: one element for each model of points.
    """

    image_id: int
    clicks: tuple[Json, ...] = ()
    boxes: tuple[list[float], ...] = ()
    scores: tuple[float, ...] = ()
    class_ids: tuple[int, ...] = ()
    searched: tuple[int, ...] = ()
    oriented: bool = False
    method: str = ""
    weights: str = ""
    whole: bool = True
    version: str = ""
    points: tuple[SuggestedPoints, ...] = ()

    def check_version(self, seen: str | None) -> None:
        """Raise OutdatedError if a request was made when the clicks had another version; None: any."""
        if seen not in (None, self.version):
            raise OutdatedError("another page has changed the clicks in this image; choose one of the versions")

    def points_of(self, method: str) -> SuggestedPoints:
        """Return the suggestions of a model of points, without any if it was never asked."""
        return next((each for each in self.points if each.method == method), SuggestedPoints(method))

    def with_points(self, suggested: SuggestedPoints) -> "Proposals":
        """Return these suggestions with those of one model of points replaced."""
        others = [each for each in self.points if each.method != suggested.method]
        asked = [suggested] if suggested != SuggestedPoints(suggested.method) else []
        return replace(self, points=tuple(sorted([*others, *asked], key=lambda each: each.method)))

    def to_plain(self) -> Json:
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {"points": [each.to_plain() for each in self.points]}

    @classmethod
    def from_plain(cls, plain: Json) -> "Proposals":
        """Read the plain form; in projects of early versions the method's name is the start of its version."""
        lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
        lists["points"] = tuple(map(SuggestedPoints.from_plain, plain.get("points", ())))
        method = plain.get("method", str(plain["weights"]).rpartition("-")[0])
        return cls(**plain | lists | {"method": method})

    def to_json(self) -> str:
        return dump(self.to_plain())

    @classmethod
    def from_json(cls, text: str) -> "Proposals":
        return cls.from_plain(json.loads(text))


def restored_proposals(before: Proposals, after: Proposals, present: Proposals) -> tuple[Proposals, int]:
    """Return `present` changed as from `before` to `after`, and the number of things left alone.

    Suggested boxes stay as they are now if others have changed the clicks since, suggested points if others have asked
    the model again.
    """
    result, kept = present, 0
    if replace(before, points=()) != replace(after, points=()):
        if (present.version, present.clicks) == (before.version, before.clicks):
            result = replace(after, points=present.points)
        else:
            kept += 1
    for method in sorted({each.method for each in (*before.points, *after.points)}):
        if before.points_of(method) == after.points_of(method):
            continue
        if present.points_of(method).version == before.points_of(method).version:
            result = result.with_points(after.points_of(method))
        else:
            kept += 1
    return result, kept


def clicked(
    before: tuple[Json, ...], added: tuple[Json, ...], removed: tuple[Json, ...], size_hw: tuple[int, int]
) -> tuple[Json, ...]:
    """Return the clicks `before` without `removed`, followed by `added`.

    Raises InputError for clicks outside an image of `size_hw`, for more than `MOST_CLICKS`, and for removing a missing
    click.
    """
    for click in added:
        check_class_click(click, size_hw)
    left = list(before)
    for click in removed:
        if click not in left:
            place = f"{click['x']:g}, {click['y']:g}"
            raise InputError(
                f"cannot remove the click of class {click['class_id']} at {place}, because it does not exist; "
                "reload the page"
            )
        left.remove(click)
    after = (*left, *added)
    if len(after) > MOST_CLICKS:
        raise InputError(f"the image would have {len(after)} clicks; use at most {MOST_CLICKS}")
    return after


def is_current_move(move: Json, annotation: Snapshot | None) -> bool:
    """Return whether the annotation is still accepted and where the move begins."""
    return annotation is not None and annotation.state == "accepted" and point_of(annotation) == tuple(move["from_xy"])


def point_of(annotation: Snapshot) -> tuple[float, float] | None:
    """Return x, y of an annotation that is a point, or None."""
    shape = annotation.shape
    return (shape["x"], shape["y"]) if shape is not None and shape["type"] == "point" else None
