"""From class clicks to stored proposals, and from proposals to annotations: one request, one transaction."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np
from jaxtyping import Float64

from fewclicks.errors import ConflictError, InputError, ModelError
from fewclicks.labels import Provenance
from fewclicks.methods.detect.inference.detections import Detections
from fewclicks.methods.detect.inference.passthrough import contains
from fewclicks.methods.detect.inference.reading import is_read_in_parts
from fewclicks.methods.detect.inference.tiled import Box, TiledDetector
from fewclicks.methods.protocol import Encoding
from fewclicks.server import schemas
from fewclicks.server.attempts import NoAnswerError, attempted
from fewclicks.server.conversion import change_answer
from fewclicks.server.examples import class_clicks, made_ahead, templates_elsewhere
from fewclicks.server.proposing import answered, box_of, detections_of, not_among, overlaps_none, proposed, shape_of
from fewclicks.server.services import Services
from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.proposals import Proposals, clicked
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import checked_shape, shape_from_json, shape_to_json
from fewclicks.store.snapshots import Json, Snapshot, State

DETECT = "detect"  # the method that proposes
AT_A_TIME = 0.5  # seconds for a part of what a large image holds beyond the tiles that a click lies in


@dataclass(frozen=True, slots=True)
class Asked:
    """Clicks on their way to an answer. `labelled` are boxes of what needs none; `elsewhere` are clicks by image;
    `wanted_again` is what was deleted and is clicked now.
    """

    before: Proposals
    after: Proposals
    image: ImageRow
    detector: TiledDetector
    labelled: np.ndarray
    classes: frozenset[int]
    elsewhere: dict[int, tuple[Json, ...]]
    wanted_again: tuple[AnnotationChange, ...]

    @property
    def answerable(self) -> frozenset[int]:
        """The classes that the model can be asked about; clicks of others stay, for another model."""
        return _answerable(self.detector, self.classes)

    def without_answer(self, error: str) -> Outcome:
        return Outcome(proposals=Change(self.before, self.after), error=error)


def detect(services: Services, image_id: int, body: schemas.DetectRequest) -> schemas.ChangeAnswer:
    """Store the clicks with what is proposed for them; if the model fails, the clicks alone and what went wrong."""
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    kind = "click" if body.clicks else "unclick" if body.removed else "find"
    request = Request(body.id, "detect", kind, payload, image_id, body.seconds)
    with services.project.in_order():
        with services.project.reading() as state:
            event = state.known(request)
            if event is not None:
                return change_answer(state, event)
            asked = _asked(state, _detector(services), image_id, body)
        spent = len(body.clicks) + len(body.removed)
        outcome = replace(_outcome(services, asked), clicks=spent, annotations=asked.wanted_again)
        with services.project.changing() as state:
            return change_answer(state, state.append(request, outcome))


def rest(services: Services, image_id: int, body: schemas.RestRequest) -> schemas.RestAnswer:
    """Answers of further tiles of a large image, stored when some are in view, and each time that twice as many are.

    They belong to the change that they complete: undo takes back both. What was asked anew meanwhile has an answer
    that is newer, and stays. Raises what goes wrong.
    """
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    request, same = Request(body.id, "rest", "rest", payload, image_id), schemas.DetectRequest(id=body.id)
    detector, again = _detector(services), same.model_copy(update={"elsewhere": body.elsewhere})
    with services.project.reading() as state:
        event = state.known(request)
        asked = _asked(state, detector, image_id, again)
        if event is not None:
            return schemas.RestAnswer(progress=0, change=change_answer(state, event))
    encoding = services.encode(asked.image, detector)
    before, _ = detector.tiles_answered(encoding, services.detections.get((image_id, detector.weights)))
    found = _advanced(services, asked, encoding, AT_A_TIME, body.view)
    done, count = detector.tiles_answered(encoding, found)
    progress, seen = len(done) / count, detector.tiles_in_view(encoding, body.view)
    if progress < 1 and len(done).bit_length() == len(before).bit_length() and not seen & (done - before):
        return schemas.RestAnswer(progress=progress, change=None)
    with services.project.changing() as state:
        now = _asked(state, detector, image_id, again)  # something may have been accepted meanwhile
        is_latest = services.detections.get((image_id, _detector(services).weights)) is found
        if now.before.clicks != asked.before.clicks or not is_latest:
            return schemas.RestAnswer(progress=len(before) / count, change=None)
        after = _answer(now, encoding, found)
        event = state.append(request, Outcome(proposals=Change(now.before, after)))
        return schemas.RestAnswer(progress=progress, change=change_answer(state, event))


def _detector(services: Services) -> TiledDetector:
    return cast(TiledDetector, services.assist(DETECT))


def examples_ahead(services: Services, image_id: int) -> list[Callable[[], object]]:
    """What makes the examples ready that a click on this image will want, in small portions."""
    if DETECT not in services.assists:
        return []
    detector = _detector(services)
    with services.project.reading() as state:
        classes = _answerable(detector, frozenset(row.id for row in state.classes()))
        elsewhere = {other: class_clicks(each, classes) for other, each in state.clicks_elsewhere(image_id).items()}
    return made_ahead(detector, elsewhere, partial(_encoded_aside, services, detector), services.examples)


def look(services: Services, image_id: int, view: Box) -> None:
    """Encode the part of a large image that is looked at, in the background, before the first click there.

    What cannot be read is left: whoever asks for an answer is told.
    """
    image, detector = services.image(image_id), _detector(services)
    if services.settings.encode_ahead and is_read_in_parts(image.size_hw):
        with suppress(InputError, ModelError):
            services.encodings.prepare_view(detector.ahead(services.encode(image, detector), view))


def _answerable(detector: TiledDetector, classes: frozenset[int]) -> frozenset[int]:
    known = detector.class_names
    return classes & known.keys() if known else classes


def take(services: Services, image_id: int, body: schemas.TakeRequest) -> schemas.ChangeAnswer:
    """Make annotations of proposals, accepted or deleted; what is deleted is not proposed again.

    The n-th box gets the id of the request with "-n". All proposals around the same objects go with them. A box around
    an object that is accepted already, from another page, is left out.
    """
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    request = Request(body.id, "take", body.kind, payload, image_id, body.seconds)
    with services.project.changing() as state:
        event = state.known(request)
        if event is None:
            event = state.append(request, _taken(state, image_id, body))
        return change_answer(state, event)


def _taken(state: Log, image_id: int, body: schemas.TakeRequest) -> Outcome:
    image, before = state.measured_image(image_id), state.proposals(image_id)
    boxes = np.array(body.boxes, np.float64)
    if not len(boxes) == len(body.scores) == len(body.class_ids):
        counts = f"{len(boxes)} boxes, {len(body.scores)} scores and {len(body.class_ids)} classes"
        raise InputError(f"every box needs a score and a class, and these are {counts}")
    for class_id in set(body.class_ids):
        state.class_row(class_id)
    accepted = [each.shape for each in state.annotations(image_id) if each.state == "accepted" and each.shape]
    is_new = overlaps_none(boxes, _boxes_of(accepted))
    rows = zip(boxes, body.scores, body.class_ids, is_new, strict=True)
    state_after: State = "accepted" if body.kind == "accept" else "deleted"
    made = Provenance(method=DETECT, weights=before.weights, round=len(before.clicks))
    changes = []
    for number, (box, score, class_id, is_wanted) in enumerate(rows):
        if not is_wanted:
            continue
        name = f"{body.id}-{number}"
        if state.annotation(name) is not None:
            raise ConflictError(f"there is an annotation {name!r} already")
        shape = checked_shape(shape_to_json(shape_of(box, body.oriented)), image.size_hw)
        provenance = replace(made, predicted_quality=score)
        after = Snapshot(name, image_id, class_id, state_after, shape, provenance=provenance)
        changes.append(AnnotationChange(None, after))
    left = not_among(detections_of(before), boxes)
    still = replace(answered(before, left, before.weights), oriented=before.oriented)
    return Outcome(tuple(changes), proposals=Change(before, still))


def _asked(state: Log, detector: TiledDetector, image_id: int, body: schemas.DetectRequest) -> Asked:
    image, before = state.measured_image(image_id), state.proposals(image_id)
    for class_id in {click.class_id for click in body.clicks}:
        name = state.class_row(class_id).name
        if detector.class_names and class_id not in detector.class_names:
            raise InputError(
                f"the model {detector.weights} does not know {name!r}: choose another, or train on images that have it"
            )
    added, removed = (tuple(each.model_dump() for each in clicks) for clicks in (body.clicks, body.removed))
    after = replace(before, clicks=clicked(before.clicks, added, removed, image.size_hw))
    boxes = [(each, box_of(shape_from_json(each.shape))) for each in _labelled(state, image_id) if each.shape]
    again = [
        each.state == "deleted" and any(contains(box[None], click.x, click.y).any() for click in body.clicks)
        for each, box in boxes
    ]
    labelled = [each.shape for (each, _), is_wanted in zip(boxes, again, strict=True) if each.shape and not is_wanted]
    return Asked(
        before,
        after,
        image,
        detector,
        _boxes_of(labelled),
        frozenset(row.id for row in state.classes()),
        state.clicks_elsewhere(image_id) if body.elsewhere else {},
        tuple(AnnotationChange(each, None) for (each, _), is_wanted in zip(boxes, again, strict=True) if is_wanted),
    )


def _boxes_of(shapes: Sequence[Json]) -> Float64[np.ndarray, "N 5"]:
    return np.array([box_of(shape_from_json(shape)) for shape in shapes], np.float64).reshape(-1, 5)


def _labelled(state: Log, image_id: int) -> list[Snapshot]:
    """What a person accepted, and what this method proposed and a person deleted."""
    every = state.annotations(image_id, deleted=True)
    return [
        each
        for each in every
        if each.state == "accepted" or (each.state == "deleted" and each.provenance.method == DETECT)
    ]


def _outcome(services: Services, asked: Asked) -> Outcome:
    """What is proposed, or why nothing is. Raises InputError when the detector refuses the clicks themselves."""
    started = time.perf_counter()

    def answer(encoding: Encoding) -> Proposals:
        return _answer(asked, encoding, _advanced(services, asked, encoding, seconds=0))

    try:
        after = attempted(services, asked.image, asked.detector, answer)
    except NoAnswerError as error:
        return asked.without_answer(str(error))
    return Outcome(proposals=Change(asked.before, after), model_ms=(time.perf_counter() - started) * 1000)


def _advanced(
    services: Services, asked: Asked, encoding: Encoding, seconds: float, view: Box | None = None
) -> Detections:
    """What the detector says; of a large image those tiles that answer in time, kept for the next question."""
    detector, image, classes = asked.detector, asked.image, asked.answerable
    clicks = class_clicks(asked.after.clicks, classes)
    elsewhere = {other: class_clicks(each, classes) for other, each in asked.elsewhere.items()}
    encode = partial(_encoded_aside, services, detector)
    templates = templates_elsewhere(detector, clicks, elsewhere, encode, services.examples)
    key = (image.id, detector.weights)
    late = time.perf_counter() + seconds
    before = services.detections.get(key)
    if before is None and asked.before.weights == detector.weights:  # the server was started again
        before = detector.remembered(encoding, detections_of(asked.before))
    with services.encodings.answering():
        found = detector.advance(encoding, clicks, before, templates, lambda: time.perf_counter() > late, view)
    services.detections.put(key, found, 1)
    return found


def _encoded_aside(services: Services, detector: TiledDetector, image_id: int) -> Encoding:
    return services.encode(services.image(image_id), detector, aside=True)


def _answer(asked: Asked, encoding: Encoding, found: Detections) -> Proposals:
    """What is proposed of what was found so far."""
    clicks = class_clicks(asked.after.clicks, asked.classes)
    boxes = asked.detector.put_together(encoding, found)
    shown = proposed(boxes, clicks, asked.labelled, asked.classes, asked.image.size_hw)
    done, count = asked.detector.tiles_answered(encoding, found)
    return replace(answered(asked.after, shown, asked.detector.weights), whole=len(done) == count)
