"""What a request makes of an annotation. Pure: no database, no model.

The person owns class, state, shape and crowd; the project owns prompts, base and provenance, so a client with an
old copy cannot lose them.
"""

from collections.abc import Sequence
from dataclasses import replace

from fewclicks.errors import ConflictError, InputError
from fewclicks.labels import Provenance
from fewclicks.store.prompts import check_prompt
from fewclicks.store.shapes import checked_shape
from fewclicks.store.snapshots import Json, Snapshot

NO_MODEL = ("manual", "import")


def edited(before: Snapshot | None, wanted: Snapshot, kind: str, size_hw: tuple[int, int]) -> Snapshot:
    """`before` (None: a new annotation) as the person wants it; a new shape is hand work from then on.

    Raises InputError for a shape that does not fit the image or the kind of edit, ConflictError for another
    image's annotation.
    """
    _check_kind(wanted, kind)
    if before is None:
        if wanted.shape is None:
            raise InputError("a new annotation needs a shape")
        return _hand_made(wanted, wanted.shape, size_hw)
    _check_image(before, wanted.image_id)
    kept = replace(before, class_id=wanted.class_id, state=wanted.state, crowd=wanted.crowd)
    if wanted.shape == before.shape:
        return kept
    if wanted.shape is None:
        raise InputError("an edit cannot take the shape away; delete the annotation or undo")
    person = replace(kept, provenance=replace(before.provenance, person=wanted.provenance.person))
    return _hand_made(person, wanted.shape, size_hw)


def _check_kind(wanted: Snapshot, kind: str) -> None:
    expected = {"accept": "accepted", "delete": "deleted"}.get(kind)
    if expected and wanted.state != expected:
        raise InputError(f"to {kind} means the state {expected!r}, not {wanted.state!r}")
    if wanted.state == "accepted" and wanted.shape is None:
        raise InputError("an annotation without a shape cannot be accepted")
    if wanted.state == "accepted" and is_empty(wanted.shape):
        raise InputError("a mask that covers no pixel cannot be accepted")


def _check_image(before: Snapshot, image_id: int) -> None:
    if before.image_id != image_id:
        raise ConflictError(f"annotation {before.id!r} belongs to image {before.image_id}, not {image_id}")


def _hand_made(snapshot: Snapshot, shape: Json, size_hw: tuple[int, int]) -> Snapshot:
    checked = checked_shape(shape, size_hw)
    provenance = Provenance(person=snapshot.provenance.person)
    return replace(snapshot, shape=checked, base=None, prompts=(), provenance=provenance)


def prompted(before: Snapshot | None, start: Snapshot, prompts: Sequence[Json], size_hw: tuple[int, int]) -> Snapshot:
    """The annotation with one more round of prompts, proposed, its shape as it was. `start` is what a new one is.

    `start.provenance` names the method and weights that will answer. A shape made otherwise (by hand, by
    import, by other weights) becomes the base that these prompts correct; a box becomes the first prompt.
    """
    for prompt in prompts:
        check_prompt(prompt, size_hw)
    if before is None:
        return replace(start, prompts=_in_round((), prompts, 1))
    _check_can_be_asked(before, start.image_id)
    ready = _with_base(before, start.provenance)
    return replace(ready, state="proposed", prompts=_in_round(ready.prompts, prompts, ready.rounds + 1))


def _check_can_be_asked(before: Snapshot, image_id: int) -> None:
    _check_image(before, image_id)
    if before.state == "deleted":
        raise ConflictError(f"annotation {before.id!r} is deleted; undo that first")


def _with_base(before: Snapshot, answering: Provenance) -> Snapshot:
    if before.shape is None or not _made_elsewhere(before, answering):
        return before
    if before.shape["type"] == "box":
        return replace(before, base=None, prompts=({"type": "box", "xyxy": before.shape["xyxy"]},))
    return replace(before, base=before.shape, prompts=())


def _made_elsewhere(before: Snapshot, answering: Provenance) -> bool:
    made_by = before.provenance
    if not before.prompts or made_by.method not in (*NO_MODEL, answering.method):
        return True
    if before.shape == before.base or made_by.method in NO_MODEL:
        return False  # its prompts came after the shape, and no model has answered them yet
    return made_by.weights != answering.weights


def is_region(snapshot: Snapshot, answering: Provenance) -> bool:
    """Whether the annotation has a place in the partition of its image that `answering` makes."""
    if snapshot.crowd or snapshot.state == "deleted":
        return False
    return _covers_pixels(snapshot.shape) or (_is_made_by(snapshot, answering) and bool(snapshot.prompts))


def as_region(snapshot: Snapshot, answering: Provenance) -> Snapshot:
    """The annotation as the method of partitions takes it: a shape made otherwise is the base that it starts from."""
    if _is_made_by(snapshot, answering):
        return snapshot
    made = replace(answering, person=snapshot.provenance.person)
    return replace(snapshot, base=snapshot.shape, prompts=(), provenance=made)


def is_empty(shape: Json | None) -> bool:
    """Whether it is a mask that covers no pixel."""
    return shape is not None and shape["type"] == "mask" and shape["xyxy"][0] == shape["xyxy"][2]


def _covers_pixels(shape: Json | None) -> bool:
    """Whether it tells its pixels, be they none; a box only says where they are."""
    return shape is not None and shape["type"] in ("mask", "polygons")


def _is_made_by(snapshot: Snapshot, answering: Provenance) -> bool:
    made_by = snapshot.provenance
    return (made_by.method, made_by.weights) == (answering.method, answering.weights)


def prompted_region(
    before: Snapshot | None, start: Snapshot, prompts: Sequence[Json], size_hw: tuple[int, int], number: int
) -> Snapshot:
    """The region with more prompts, proposed, its mask as it was; its scribbles are of round `number`.

    Extreme points take the place of those that it has, or of the mask that it started from. Raises InputError for
    prompts outside the image or of another kind, and for scribbles on what is no region.
    """
    for prompt in prompts:
        check_prompt(prompt, size_hw)
    region = start
    if before is not None:
        _check_can_be_asked(before, start.image_id)
        if before.crowd:
            raise InputError("a crowd is no region: it cannot be told where it ends")
        region = as_region(before, start.provenance)
    for prompt in prompts:
        region = _with_prompt(region, prompt, number)
    has_start = any(prompt["type"] == "extreme_points" for prompt in region.prompts)
    if not has_start and not _covers_pixels(region.base):
        raise InputError("a region begins with four extreme points")
    return replace(region, state="proposed")


def _with_prompt(region: Snapshot, prompt: Json, number: int) -> Snapshot:
    if prompt["type"] == "scribble":
        return replace(region, prompts=(*region.prompts, prompt | {"round": number}))
    if prompt["type"] == "extreme_points":
        scribbles = (each for each in region.prompts if each["type"] == "scribble")
        return replace(region, base=None, prompts=(prompt, *scribbles))
    raise InputError(f"regions are told by extreme points and scribbles, not by a {prompt['type']}")


def _in_round(before: tuple[Json, ...], prompts: Sequence[Json], number: int) -> tuple[Json, ...]:
    """A box or extreme points are round 0 by nature; the clicks of one request share a round."""
    numbered = (prompt | {"round": number} if prompt["type"] == "click" else prompt for prompt in prompts)
    return (*before, *numbered)


def answered(snapshot: Snapshot, shape: Json, quality: float | None, provenance: Provenance) -> Snapshot:
    """The annotation with a model's answer to all of its prompts. `quality` is the predicted IoU, 0..1, if any."""
    made = replace(provenance, person=snapshot.provenance.person, round=snapshot.rounds, predicted_quality=quality)
    return replace(snapshot, shape=shape, provenance=made)
