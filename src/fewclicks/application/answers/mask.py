"""Answers about one object, whose annotation gets the best mask."""

from collections.abc import Mapping
from dataclasses import dataclass

from fewclicks.answers import Answer, MaskAnswer
from fewclicks.application.answers.ask import Caches
from fewclicks.application.answers.protected import NOTHING, Protected, protected_from
from fewclicks.application.requests import PromptRequest
from fewclicks.errors import ConflictError, InputError
from fewclicks.geometry.rle import decode_rle
from fewclicks.labels import Provenance
from fewclicks.model import ModelInfo, Response
from fewclicks.prompts import MaskPrompt, Prompt, Prompts
from fewclicks.store.editing import answered, prompted
from fewclicks.store.events import AnnotationChange, Outcome
from fewclicks.store.log import Log
from fewclicks.store.prompts import rounds_from_json
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Json, Snapshot
from fewclicks.store.versions import check_seen

BUTTON_PRESSES = {"click": 1, "scribble": 1, "extreme_points": 4}  # a box is a drag and does not count


@dataclass(frozen=True, slots=True, eq=False)
class MaskAsk:
    """The annotation before and after its new prompts, and the pixels that the answer leaves to other objects."""

    image: ImageRow
    before: Snapshot | None
    after: Snapshot
    made_by: Provenance
    caches: Caches
    protected: Protected = NOTHING
    clicks: int = 0

    @property
    def subject(self) -> str:
        return self.after.id

    @property
    def prompts(self) -> Prompts:
        rounds = rounds_from_json(self.after.prompts, self.after.id)
        if self.after.base is None:
            return Prompts(rounds)
        start: Prompt = MaskPrompt(self.caches.mask(self.after.base, self.image.size_hw), self.after.id)
        first, *others = rounds or ((),)
        return Prompts(((start, *first), *others))

    @property
    def elsewhere(self) -> Mapping[int, tuple[Prompt, ...]]:
        return {}

    @property
    def remembered(self) -> None:
        return None

    def answered(self, response: Response[Answer, object]) -> Outcome:
        """Return the changes by the answer, without pixels of other accepted objects.

        Raises TypeError for an answer of another type, InputError if nothing is left of the mask.
        """
        answer = response.answer
        if not isinstance(answer, MaskAnswer):
            raise TypeError(f"expected MaskAnswer from the model, got {type(answer).__name__}")
        mask = self.protected.clipped(answer.mask, self.before, self.after.prompts, self.caches)
        after = answered(self.after, shape_to_json(mask), predicted_iou(answer), self.made_by)
        return Outcome((AnnotationChange(self.before, after),), clicks=self.clicks)

    def unanswered(self, error: str) -> Outcome:
        """Return the changes by the prompts alone."""
        return Outcome((AnnotationChange(self.before, self.after),), error=error, clicks=self.clicks)


def kind(request: PromptRequest) -> str:
    """Return the word for the request: the type of its first prompt, or `masks` for a job that sends no prompts."""
    return str(request.prompts[0]["type"]) if request.prompts else "masks"


def ask(state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> MaskAsk:
    """Add a round of prompts to the annotation. Raises InputError, NotFoundError, ConflictError."""
    before, start = target(state, info, request)
    after = prompted(before, start, request.prompts, image.size_hw)
    protected = protected_from(state, after)
    if start.class_id != after.class_id:
        state.class_row(start.class_id)
    return MaskAsk(image, before, after, start.provenance, caches, protected, button_presses(request))


def ask_again(state: Log, info: ModelInfo, image: ImageRow, snapshot: Snapshot, caches: Caches) -> MaskAsk:
    """Return the stored prompts of an annotation, to answer them again."""
    made_by = Provenance(method=info.role, weights=info.version)
    return MaskAsk(image, snapshot, snapshot, made_by, caches, protected_from(state, snapshot))


def target(state: Log, info: ModelInfo, request: PromptRequest) -> tuple[Snapshot | None, Snapshot]:
    """Return the target of the prompts (None: a new annotation), and the start of a new annotation.

    The caller checks that the class of the start exists. Raises OutdatedError if others have changed the target since
    the version of `request`.
    """
    if request.annotation_id is None or request.class_id is None or not request.prompts:
        raise InputError("expected annotation_id, class_id and at least one prompt; add what is missing")
    if request.removed:
        raise ConflictError("`removed` cannot be combined with prompts for a single object; use undo to remove prompts")
    before = check_seen(state, request.image_id, request.annotation_id, request.author, request.version)
    made_by = Provenance(method=info.role, weights=info.version)
    identity = (request.annotation_id, request.image_id, request.class_id)
    return before, Snapshot(*identity, "proposed", None, provenance=made_by)


def button_presses(request: PromptRequest) -> int:
    """Return how often the person pressed the mouse button for the prompts."""
    return sum(BUTTON_PRESSES.get(prompt["type"], 0) for prompt in request.prompts)


def predicted_iou(answer: MaskAnswer) -> float | None:
    """Return the predicted IoU of the best mask, limited to 0..1. Raises ValueError for a non-finite number."""
    value = answer.predicted_iou
    if value is None:
        return None
    if not abs(value) < float("inf"):
        raise ValueError(f"expected a finite predicted IoU from the model, got {value}")
    return min(max(float(value), 0.0), 1.0)


def mask_to_json(answer: MaskAnswer) -> Json:
    """Return the best mask with its predicted IoU."""
    return shape_to_json(answer.mask) | {"predicted_iou": answer.predicted_iou}


def mask_from_json(plain: Json) -> MaskAnswer:
    """Return an answer of the one mask that was stored."""
    height, width = plain["size"]
    return MaskAnswer.of(decode_rle(plain["counts"], (height, width)), plain["predicted_iou"])
