"""Answers about the points of an image, which become suggested moves and suggested points."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import Answer, PointsAnswer
from fewclicks.application.answers.ask import Caches, nothing_to_retry
from fewclicks.application.answers.suggested_points import answer_of, points_of, suggested_moves, suggested_points
from fewclicks.application.requests import PromptRequest
from fewclicks.model import ModelInfo, Response
from fewclicks.prompts import PointPrompt, Prompt, Prompts
from fewclicks.store.events import Change, Outcome
from fewclicks.store.log import Log
from fewclicks.store.prompts import point_from_json
from fewclicks.store.proposals import Proposals, SuggestedPoints
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Json, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class PointsAsk:
    """The accepted points of an image, and its suggestions before the request.

    existing: x, y of annotated points and of deleted suggestions, where nothing is suggested again. classes: those of
    the project. points_elsewhere: the accepted points of other images.
    """

    image: ImageRow
    before: Proposals
    info: ModelInfo
    request_id: str
    points: tuple[PointPrompt, ...]
    existing: tuple[tuple[float, float], ...]
    classes: frozenset[int]
    points_elsewhere: Mapping[int, tuple[PointPrompt, ...]]

    @property
    def subject(self) -> str:
        return ""

    @property
    def prompts(self) -> Prompts:
        """The points of classes that the model knows, in one round."""
        known = self._known(self.points)
        return Prompts((known,)) if known else Prompts()

    @property
    def elsewhere(self) -> Mapping[int, tuple[Prompt, ...]]:
        known = {image_id: self._known(points) for image_id, points in self.points_elsewhere.items()}
        return {image_id: points for image_id, points in known.items() if points}

    @property
    def remembered(self) -> Response[Answer, object] | None:
        return Response(answer_of(self._mine), None, 0.0) if self._mine.weights == self.info.version else None

    def answered(self, response: Response[Answer, object]) -> Outcome:
        """Return the changes by the answer, which replaces the model's earlier suggestions.

        Raises TypeError for an answer of another type.
        """
        answer = response.answer
        if not isinstance(answer, PointsAnswer):
            raise TypeError(f"expected PointsAnswer from the model, got {type(answer).__name__}")
        suggested = SuggestedPoints(
            self.info.role,
            self.info.version,
            suggested_moves(answer, self.points, self.image.size_hw),
            suggested_points(answer, self.existing, self.classes, self.image.size_hw),
            response.progress >= 1,
            self.request_id if self._mine.whole else self._mine.version,  # further parts answer the same request
        )
        return Outcome(proposals=(Change(self.before, self.before.with_points(suggested)),))

    def unanswered(self, error: str) -> Outcome:
        """Return no changes: the points are annotations already."""
        return Outcome(error=error)

    @property
    def _mine(self) -> SuggestedPoints:
        return self.before.points_of(self.info.role)

    def _known(self, points: tuple[PointPrompt, ...]) -> tuple[PointPrompt, ...]:
        answerable = self.classes & self.info.classes.keys() if self.info.classes else self.classes
        return tuple(point for point in points if point.class_id in answerable)


def kind(request: PromptRequest) -> str:
    """Return the word for the request."""
    return f"{request.model} points"


def ask(state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> PointsAsk:
    """Return the accepted points of the image as prompts."""
    points = list(points_of(state.annotations(image.id, deleted=True)))
    accepted = [(each, xy) for each, xy in points if each.state == "accepted"]
    deleted = [xy for each, xy in points if each.state == "deleted" and each.provenance.method == info.role]
    elsewhere = state.points_elsewhere(image.id) if request.with_examples else {}
    return PointsAsk(
        image,
        state.proposals(image.id),
        info,
        request.id,
        tuple(PointPrompt(*xy, each.class_id, each.id) for each, xy in accepted),
        (*(xy for _, xy in accepted), *deleted),
        frozenset(row.id for row in state.classes()),
        {image_id: tuple(map(point_from_json, rows)) for image_id, rows in elsewhere.items()},
    )


def ask_again(state: Log, info: ModelInfo, image: ImageRow, snapshot: Snapshot, caches: Caches) -> PointsAsk:
    """Raise ConflictError, because a request computes the suggestions again."""
    raise nothing_to_retry(snapshot)


def points_from_json(plain: Json) -> PointsAnswer:
    """Return the answer whose fields were stored."""
    points = np.array(plain["points_xy"], np.float64).reshape(-1, 2)
    scores, class_ids = np.array(plain["scores"], np.float64), np.array(plain["class_ids"], np.int64)
    return PointsAnswer(points, scores, class_ids, tuple(plain["targets"]))
