"""Masks for the accepted boxes of an image: a model of masks is asked about each box, in a job."""

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import blake2b

from fewclicks.answers import Answer
from fewclicks.application.answers.ask import Caches, ImageAsks
from fewclicks.application.answers.mask import MaskAsk
from fewclicks.application.answers.protected import Protected, protected_from
from fewclicks.application.answers.suggested_boxes import box_of
from fewclicks.application.requests import PromptRequest
from fewclicks.errors import InputError
from fewclicks.geometry.oriented import enclosing
from fewclicks.labels import Provenance
from fewclicks.model import ModelInfo, Response
from fewclicks.store.editing import is_box, is_empty, prompted
from fewclicks.store.events import AnnotationChange, Outcome
from fewclicks.store.log import Log
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import shape_from_json
from fewclicks.store.snapshots import Json, Snapshot

CROWD = "the box marks a crowd"
HAS_MASK = "the box has a mask already"
REJECTED = "somebody rejected the mask of the box"
NOTHING_FOUND = "the model found no object in the box"


@dataclass(frozen=True, slots=True, eq=False)
class BoxMaskAsk(MaskAsk):
    """A box without a mask. outdated: the suggested mask that the answer replaces, or None."""

    outdated: Snapshot | None = None

    def answered(self, response: Response[Answer, object]) -> Outcome:
        """Return the new suggested mask. Raises the errors of `MaskAsk.answered`, and InputError for an empty mask."""
        outcome = MaskAsk.answered(self, response)
        after = outcome.annotations[0].after
        if after is not None and is_empty(after.shape):
            raise InputError(NOTHING_FOUND)
        dropped = () if self.outdated is None else (AnnotationChange(self.outdated, None),)
        return replace(outcome, annotations=(*outcome.annotations, *dropped))


def ask_boxes(state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> ImageAsks:
    """Ask for a mask of each accepted box of the image, of the class of the request or, without one, of any class.

    A suggested mask that nobody has touched is made again if its box has moved or the model is another version.
    """
    present = state.annotations(image.id, deleted=True)
    boxes = [each for each in present if is_box(each) and request.class_id in (None, each.class_id)]
    masks = {each.replaces: each for each in present if each.replaces}
    made_by = Provenance(method=info.role, weights=info.version)
    protected: dict[int, Protected] = {}
    asks, skipped = [], Counter[str]()
    for box in boxes:
        wanted = _wanted(request.id, box, made_by, image)
        reason = _reason(box, masks.get(box.id), wanted)
        if reason:
            skipped[reason] += 1
            continue
        if box.class_id not in protected:
            protected[box.class_id] = protected_from(state, wanted)
        outdated = _outdated(masks.get(box.id))
        asks.append(BoxMaskAsk(image, None, wanted, made_by, caches, protected[box.class_id], outdated=outdated))
    return ImageAsks(tuple(asks), skipped)


def _wanted(request_id: str, box: Snapshot, made_by: Provenance, image: ImageRow) -> Snapshot:
    """Return the suggested annotation with its prompt, before the answer."""
    name = blake2b(f"{request_id} {box.id}".encode(), digest_size=12).hexdigest()
    start = Snapshot(f"mask-{name}", image.id, box.class_id, "proposed", None, provenance=made_by, replaces=box.id)
    return prompted(None, start, [_prompt(box)], image.size_hw)


def _prompt(box: Snapshot) -> Json:
    assert box.shape is not None
    return {"type": "box", "xyxy": enclosing(box_of(shape_from_json(box.shape))).tolist()}


def _reason(box: Snapshot, mask: Snapshot | None, wanted: Snapshot) -> str:
    """Return why the model is not asked about a box, or an empty text. mask: the latest one made for it."""
    if box.crowd:
        return CROWD
    if mask is None:
        return ""
    if mask.state == "deleted":
        return REJECTED if mask.prompts[:1] in ((), wanted.prompts) else ""
    is_untouched = mask.state == "proposed" and len(mask.prompts) == 1
    is_current = (mask.prompts, mask.provenance.weights) == (wanted.prompts, wanted.provenance.weights)
    return "" if is_untouched and not is_current else HAS_MASK


def _outdated(mask: Snapshot | None) -> Snapshot | None:
    return mask if mask is not None and mask.state == "proposed" else None
