"""The effect of requests on an annotation: pure functions without a database or a model.

A request sets class, state, shape and crowd. Prompts, base and provenance belong to the project, so a client with an
old copy cannot overwrite them.
"""

from collections.abc import Sequence
from dataclasses import replace

from fewclicks.errors import ConflictError, InputError
from fewclicks.labels import Provenance
from fewclicks.store.prompts import check_prompt
from fewclicks.store.shapes import checked_shape
from fewclicks.store.snapshots import Json, Snapshot

NO_MODEL = ("manual", "import")
BOXES = ("box", "oriented_box")
CORRECTING = ("click", "another_mask")


def edited(before: Snapshot | None, wanted: Snapshot, kind: str, size_hw: tuple[int, int]) -> Snapshot:
    """Return `before` (None: a new annotation) with the values of `wanted`; a new shape counts as drawn by hand.

    Raises InputError for a shape that does not fit the image or the kind of edit, ConflictError for another
    image's annotation.
    """
    _check_kind(wanted, kind)
    if before is None:
        if wanted.shape is None:
            raise InputError("the new annotation has no shape; draw one")
        return _hand_made(wanted, wanted.shape, size_hw)
    _check_image(before, wanted.image_id)
    changed = replace(before, class_id=wanted.class_id, state=wanted.state, crowd=wanted.crowd)
    if wanted.shape == before.shape:
        return changed
    if wanted.shape is None:
        raise InputError("an edit cannot remove the shape; delete the annotation or undo")
    person = replace(changed, provenance=replace(before.provenance, person=wanted.provenance.person))
    return _hand_made(person, wanted.shape, size_hw)


def _check_kind(wanted: Snapshot, kind: str) -> None:
    expected = {"accept": "accepted", "delete": "deleted"}.get(kind)
    if expected and wanted.state != expected:
        raise InputError(f"{kind} requires the state {expected!r}, not {wanted.state!r}")
    if wanted.state == "accepted" and wanted.shape is None:
        raise InputError("the annotation has no shape; wait for the model's answer or draw a shape")
    if wanted.state == "accepted" and is_empty(wanted.shape):
        raise InputError("the mask covers no pixel and cannot be accepted; correct or delete it")


def _check_image(before: Snapshot, image_id: int) -> None:
    if before.image_id != image_id:
        place = f"image {before.image_id}, not {image_id}"
        raise ConflictError(f"annotation {before.id!r} belongs to {place}; reload the page")


def _hand_made(snapshot: Snapshot, shape: Json, size_hw: tuple[int, int]) -> Snapshot:
    checked = checked_shape(shape, size_hw)
    provenance = Provenance(person=snapshot.provenance.person)
    return replace(snapshot, shape=checked, base=None, prompts=(), provenance=provenance)


def prompted(before: Snapshot | None, start: Snapshot, prompts: Sequence[Json], size_hw: tuple[int, int]) -> Snapshot:
    """Return the annotation with one more round of prompts, its shape and state unchanged.

    `start` is used for a new annotation; its provenance names the method and version that will answer. A shape of
    another origin (by hand, by import, by another version) becomes the base that these prompts correct; a box becomes
    the first prompt.
    """
    for prompt in prompts:
        check_prompt(prompt, size_hw)
    if before is None:
        return replace(start, prompts=_in_round((), prompts, 1))
    _check_promptable(before, start.image_id)
    ready = _with_base(before, start.provenance)
    return replace(ready, prompts=_in_round(ready.prompts, prompts, ready.rounds + 1))


def _check_promptable(before: Snapshot, image_id: int) -> None:
    _check_image(before, image_id)
    if before.state == "deleted":
        raise ConflictError(f"annotation {before.id!r} is deleted; undo the deletion first")


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
    """Return whether the annotation is a target of the partition of its image by the version `answering`."""
    if snapshot.crowd or snapshot.state == "deleted":
        return False
    return _covers_pixels(snapshot.shape) or (_is_made_by(snapshot, answering) and bool(snapshot.prompts))


def is_box(snapshot: Snapshot) -> bool:
    """Return whether the annotation is an accepted box, upright or oriented."""
    return snapshot.state == "accepted" and snapshot.shape is not None and snapshot.shape["type"] in BOXES


def as_region(snapshot: Snapshot, answering: Provenance) -> Snapshot:
    """Return the annotation as a target of a partition: a shape of another origin becomes its base."""
    if _is_made_by(snapshot, answering):
        return snapshot
    made = replace(answering, person=snapshot.provenance.person)
    return replace(snapshot, base=snapshot.shape, prompts=(), provenance=made)


def is_empty(shape: Json | None) -> bool:
    """Return whether the shape is a mask without pixels."""
    return shape is not None and shape["type"] == "mask" and shape["xyxy"][0] == shape["xyxy"][2]


def _covers_pixels(shape: Json | None) -> bool:
    """Return whether the shape defines its pixels, unlike a box; they may be none."""
    return shape is not None and shape["type"] in ("mask", "polygons")


def _is_made_by(snapshot: Snapshot, answering: Provenance) -> bool:
    made_by = snapshot.provenance
    return (made_by.method, made_by.weights) == (answering.method, answering.weights)


def prompted_region(
    before: Snapshot | None, start: Snapshot, prompts: Sequence[Json], size_hw: tuple[int, int], number: int
) -> Snapshot:
    """Return the annotation with more prompts, its mask and state unchanged; scribbles get round `number`.

    Extreme points replace earlier ones, and the base. Raises InputError for prompts outside the image or of another
    type, and for scribbles without extreme points or a mask.
    """
    for prompt in prompts:
        check_prompt(prompt, size_hw)
    region = start
    if before is not None:
        _check_promptable(before, start.image_id)
        if before.crowd:
            raise InputError("crowds cannot be corrected with extreme points or scribbles; edit the shape instead")
        region = as_region(before, start.provenance)
    for prompt in prompts:
        region = _with_prompt(region, prompt, number)
    has_start = any(prompt["type"] == "extreme_points" for prompt in region.prompts)
    if not has_start and not _covers_pixels(region.base):
        raise InputError("the region has no extreme points; click its four extreme points first")
    return region


def _with_prompt(region: Snapshot, prompt: Json, number: int) -> Snapshot:
    if prompt["type"] == "scribble":
        return replace(region, prompts=(*region.prompts, prompt | {"round": number}))
    if prompt["type"] == "extreme_points":
        scribbles = (each for each in region.prompts if each["type"] == "scribble")
        return replace(region, base=None, prompts=(prompt, *scribbles))
    raise InputError(f"`regions` accepts extreme points and scribbles, not {prompt['type']!r}")


def _in_round(before: tuple[Json, ...], prompts: Sequence[Json], number: int) -> tuple[Json, ...]:
    """Append the prompts: those that correct get round `number`; boxes and extreme points have round 0."""
    numbered = (prompt | {"round": number} if prompt["type"] in CORRECTING else prompt for prompt in prompts)
    return (*before, *numbered)


def answered(snapshot: Snapshot, shape: Json, quality: float | None, provenance: Provenance) -> Snapshot:
    """Return the annotation with a model's answer to all prompts; one without pixels becomes a suggestion.

    quality: the predicted IoU, 0..1, or None.
    """
    made = replace(provenance, person=snapshot.provenance.person, round=snapshot.rounds, predicted_quality=quality)
    return replace(snapshot, shape=shape, provenance=made, state="proposed" if is_empty(shape) else snapshot.state)
