"""Answers about all objects of an image, whose boxes become suggestions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Float64

from fewclicks.answers import Answer, BoxesAnswer
from fewclicks.application.answers.ask import Caches, nothing_to_retry
from fewclicks.application.answers.suggested_boxes import box_of, boxes_of, suggested, with_answer
from fewclicks.application.requests import PromptRequest
from fewclicks.errors import InputError
from fewclicks.geometry.oriented import contains
from fewclicks.model import ModelInfo, Response
from fewclicks.prompts import ClassClick, Prompt, Prompts
from fewclicks.store.events import AnnotationChange, Change, Outcome
from fewclicks.store.log import Log
from fewclicks.store.prompts import class_click_from_json, drawn_box_from_json
from fewclicks.store.proposals import Proposals, clicked
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import shape_from_json
from fewclicks.store.snapshots import Json, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class BoxesAsk:
    """The class clicks of an image before and after the request.

    existing: boxes of annotations, which are not suggested again. classes: those of the project. clicks_elsewhere: the
    class clicks of other images. restored: annotations that a person had deleted and clicks again.
    """

    image: ImageRow
    before: Proposals
    after: Proposals
    info: ModelInfo
    existing: Float64[np.ndarray, "M 5"]
    classes: frozenset[int]
    clicks_elsewhere: Mapping[int, tuple[Json, ...]]
    restored: tuple[AnnotationChange, ...] = ()
    clicks: int = 0

    @property
    def subject(self) -> str:
        return ""

    @property
    def prompts(self) -> Prompts:
        """The clicks, each a round, without those of classes that the model lacks."""
        return Prompts(tuple((click,) for click in self._known(self.after.clicks)))

    @property
    def elsewhere(self) -> Mapping[int, tuple[Prompt, ...]]:
        known = {image_id: self._known(clicks) for image_id, clicks in self.clicks_elsewhere.items()}
        return {image_id: clicks for image_id, clicks in known.items() if clicks}

    @property
    def remembered(self) -> Response[Answer, object] | None:
        return Response(boxes_of(self.before), None, 0.0) if self.before.weights == self.info.version else None

    def answered(self, response: Response[Answer, object]) -> Outcome:
        """Return the changes by the answer. Raises TypeError for an answer of another type."""
        answer = response.answer
        if not isinstance(answer, BoxesAnswer):
            raise TypeError(f"expected BoxesAnswer from the model, got {type(answer).__name__}")
        clicks = [class_click_from_json(click) for click in self.after.clicks if click["class_id"] in self.classes]
        drawn = [box for box in map(drawn_box_from_json, self.after.clicks) if box and box.class_id in self.classes]
        shown = suggested(answer, clicks, drawn, self.existing, self.classes, self.image.size_hw)
        after = replace(with_answer(self.after, shown, answer.classes, self.info), whole=response.progress >= 1)
        return Outcome(self.restored, proposals=(Change(self.before, after),), clicks=self.clicks)

    def unanswered(self, error: str) -> Outcome:
        """Return the changes by the clicks alone."""
        changes = Change(self.before, self.after)
        return Outcome(self.restored, proposals=(changes,), error=error, clicks=self.clicks)

    def _known(self, clicks: Sequence[Json]) -> tuple[Prompt, ...]:
        answerable = self.classes & self.info.classes.keys() if self.info.classes else self.classes
        known = [click for click in clicks if click["class_id"] in answerable]
        return tuple(drawn_box_from_json(click) or class_click_from_json(click) for click in known)


def kind(request: PromptRequest) -> str:
    """Return the word for the request."""
    return "click" if request.prompts else "unclick" if request.removed else "find"


def ask(state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> BoxesAsk:
    """Add the clicks of `request` to those of the image. Raises InputError, NotFoundError, OutdatedError."""
    before = state.proposals(image.id)
    before.check_version(request.version)
    added, removed = (tuple(map(_class_click, clicks)) for clicks in (request.prompts, request.removed))
    for class_id in {click["class_id"] for click in added}:
        _check_class(state.class_row(class_id).name, class_id, info)
    version = request.id if added or removed else before.version
    after = replace(before, clicks=clicked(before.clicks, added, removed, image.size_hw), version=version)
    boxes = [(each, box_of(shape_from_json(each.shape))) for each in _existing(state, image.id, info) if each.shape]
    is_restored = [each.state == "deleted" and _is_clicked(box, added) for each, box in boxes]
    existing = [box for (_, box), again in zip(boxes, is_restored, strict=True) if not again]
    restored = (AnnotationChange(each, None) for (each, _), again in zip(boxes, is_restored, strict=True) if again)
    return BoxesAsk(
        image,
        before,
        after,
        info,
        np.array(existing, np.float64).reshape(-1, 5),
        frozenset(row.id for row in state.classes()),
        state.clicks_elsewhere(image.id) if request.with_examples else {},
        tuple(restored),
        len(added) + len(removed),
    )


def ask_again(state: Log, info: ModelInfo, image: ImageRow, snapshot: Snapshot, caches: Caches) -> BoxesAsk:
    """Raise ConflictError, because a request without clicks computes the suggestions again."""
    raise nothing_to_retry(snapshot)


def _class_click(prompt: Json) -> Json:
    """Return the stored form of a class click. Raises InputError for another type of prompt."""
    if prompt.get("type", ClassClick.kind) != ClassClick.kind:
        raise InputError(f"expected class clicks, got {prompt['type']!r}")
    drawn = {"xyxy": list(prompt["xyxy"])} if prompt.get("xyxy") is not None else {}
    return {**{name: prompt[name] for name in ("x", "y", "class_id")}, **drawn}


def _check_class(name: str, class_id: int, info: ModelInfo) -> None:
    if info.classes and class_id not in info.classes:
        raise InputError(
            f"the model {info.version} has no class {name!r}; choose another model, or train one on images with it"
        )


def _existing(state: Log, image_id: int, info: ModelInfo) -> list[Snapshot]:
    """Return the accepted annotations, and the model's suggestions that a person deleted."""
    every = state.annotations(image_id, deleted=True)
    return [
        each
        for each in every
        if each.state == "accepted" or (each.state == "deleted" and each.provenance.method == info.role)
    ]


def _is_clicked(box: Float64[np.ndarray, "5"], clicks: Sequence[Json]) -> bool:
    return any(contains(box[None], click["x"], click["y"]).any() for click in clicks)


def boxes_from_json(plain: Json) -> BoxesAnswer:
    """Return the answer whose fields were stored, without features."""
    scores, class_ids = np.array(plain["scores"], np.float64), np.array(plain["class_ids"], np.int64)
    boxes, classes = np.array(plain["boxes"], np.float64).reshape(-1, 5), tuple(plain["classes"])
    probabilities = np.array(plain["probabilities"], np.float64).reshape(len(scores), len(classes))
    return BoxesAnswer(boxes, scores, class_ids, probabilities, classes, plain["oriented"])


def nearest_features(plain: Json, boxes: Float64[np.ndarray, "M 5"]) -> Float32[np.ndarray, "M D"]:
    """Return for each box the features of the nearest box of a stored answer; D is 0 for an answer without features."""
    features = np.array(plain["features"] or np.zeros((len(plain["boxes"]), 0)), np.float32)
    distances = np.abs(boxes[:, None] - np.array(plain["boxes"], np.float64).reshape(1, -1, 5)).sum(2)
    return features[distances.argmin(1)]
