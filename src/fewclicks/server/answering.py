"""From prompts to a stored answer: one request, one transaction, whether the model could answer or not."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from fewclicks.errors import ConflictError, ModelError, NotFoundError
from fewclicks.labels import Provenance
from fewclicks.methods.protocol import Assist, Encoding, Method, Prediction
from fewclicks.server import schemas
from fewclicks.server.attempts import NoAnswerError, attempted
from fewclicks.server.conversion import change_answer
from fewclicks.server.partitions import PartitionAssist, repartition
from fewclicks.server.rounds import replay
from fewclicks.server.services import Services
from fewclicks.store.editing import answered, prompted, prompted_region
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Snapshot

REGIONS = "regions"  # the method whose answer is about all regions of the image


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompts of an annotation on their way to an answer; `others` are all annotations that this may change."""

    before: Snapshot | None
    after: Snapshot
    image: ImageRow
    assist: Method
    others: tuple[Snapshot, ...]

    @property
    def provenance(self) -> Provenance:
        return Provenance(method=self.assist.name, weights=self.assist.weights)

    def with_answer(self, after: Sequence[Snapshot], model_ms: float) -> Outcome:
        known = {each.id: each for each in self.others} | {self.after.id: self.before}
        return Outcome(tuple(AnnotationChange(known[each.id], each) for each in after), model_ms=model_ms)

    def without_answer(self, error: str) -> Outcome:
        return Outcome((AnnotationChange(self.before, self.after),), error=error)


def respond(services: Services, image_id: int, body: schemas.RespondRequest) -> schemas.ChangeAnswer:
    """Store the prompts with their answer; if the model fails, the prompts alone and what went wrong."""
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    kind = body.prompts[0].type
    request = Request(body.id, "respond", kind, payload, image_id, body.seconds)
    with services.project.in_order():
        with services.project.reading() as state:
            event = state.known(request)
            if event is not None:
                return change_answer(state, event)
            asked = _asked(state, services.assist(body.method), image_id, body)
        outcome = replace(_outcome(services, asked), clicks=sum(_clicks(prompt) for prompt in body.prompts))
        return _append(services, request, outcome)


def retry(services: Services, image_id: int, body: schemas.RetryRequest, request_id: str) -> schemas.ChangeAnswer:
    """Answer the stored prompts again. Raises ModelError when the model fails again."""
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    request = Request(request_id, "retry", "retry", payload, image_id)
    with services.project.in_order():
        with services.project.reading() as state:
            event = state.known(request)
            if event is not None:
                return change_answer(state, event)
            snapshot, image = state.annotation(body.annotation_id), state.image(image_id)
            method = state.asked_method(body.annotation_id)
            others = _others(state, method, image_id)
        if snapshot is None or snapshot.image_id != image_id:
            raise NotFoundError(f"there is no annotation {body.annotation_id!r} in image {image_id}")
        if snapshot.state != "proposed" or not snapshot.prompts or method is None:
            raise ConflictError(f"annotation {snapshot.id!r} has no prompts that wait for an answer")
        outcome = _outcome(services, Asked(snapshot, snapshot, image, services.assist(method), others))
        if outcome.error is not None:
            raise ModelError(outcome.error)
        return _append(services, request, outcome)


def _clicks(prompt: schemas.PromptSchema) -> int:
    """How often the button was pressed for it; a box is not counted."""
    return {"click": 1, "scribble": 1, "extreme_points": 4}.get(prompt.type, 0)


def _append(services: Services, request: Request, outcome: Outcome) -> schemas.ChangeAnswer:
    with services.project.changing() as state:
        return change_answer(state, state.append(request, outcome))


def _asked(state: Log, assist: Method, image_id: int, body: schemas.RespondRequest) -> Asked:
    image = state.measured_image(image_id)
    state.class_row(body.class_id)
    before = state.annotation(body.annotation_id)
    others = _others(state, assist.name, image_id)
    made_by = Provenance(method=assist.name, weights=assist.weights)
    start = Snapshot(body.annotation_id, image_id, body.class_id, "proposed", None, provenance=made_by)
    prompts = [prompt.model_dump(mode="json") for prompt in body.prompts]
    if assist.name == REGIONS:
        number = 1 + max((each.rounds for each in others), default=0)
        after = prompted_region(before, start, prompts, image.size_hw, number)
    else:
        after = prompted(before, start, prompts, image.size_hw)
    return Asked(before, after, image, assist, others)


def _others(state: Log, method: str | None, image_id: int) -> tuple[Snapshot, ...]:
    return tuple(state.annotations(image_id)) if method == REGIONS else ()


def _outcome(services: Services, asked: Asked) -> Outcome:
    """The answer, or why there is none. Raises InputError when the assist refuses the prompts themselves."""
    started = time.perf_counter()
    try:
        after = attempted(services, asked.image, asked.assist, partial(_answered, services, asked))
    except NoAnswerError as error:
        return asked.without_answer(str(error))
    return asked.with_answer(after, (time.perf_counter() - started) * 1000)


def _answered(services: Services, asked: Asked, encoding: Encoding) -> list[Snapshot]:
    if asked.assist.name == REGIONS:
        assist = cast(PartitionAssist, asked.assist)
        return repartition(assist, encoding, asked.after, asked.others, services.partitions)
    prediction = replay(cast(Assist, asked.assist), encoding, asked.after, services.predictions)
    return [answered(asked.after, shape_to_json(prediction.mask), _quality(prediction), asked.provenance)]


def _quality(prediction: Prediction) -> float | None:
    if prediction.quality is None:
        return None
    if not math.isfinite(prediction.quality):
        raise ValueError(f"its predicted quality is {prediction.quality}")
    return min(max(float(prediction.quality), 0.0), 1.0)
