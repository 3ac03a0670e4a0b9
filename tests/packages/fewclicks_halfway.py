"""A small real method of the task `points`: it moves points halfway to the centre and suggests their reflections.

It is a package of its own, with an entry point, as a user would install it (tests/halfway.py).
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource, check_rgb, size_of
from fewclicks.methods.shared.prompt_kinds import of_kind
from fewclicks.methods.spec import Files, MethodSpec, Resources, Role
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Example, PointPrompt, Prompt, Prompts

NAME, VERSION = "halfway", "halfway-1"
SECONDS = "HALFWAY_SECONDS"  # for each image, in the environment
BAND = 400  # columns that are answered at a time

METHOD = MethodSpec(
    name=NAME,
    title="Halfway",
    summary="Move every point halfway to the centre of the image.",
    roles=(
        Role(
            name=NAME,
            task="points",
            prompts=(PointPrompt,),
            accepts_examples=True,
            open="fewclicks_halfway:open_halfway",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Memo:
    """The points of the last prompts, and the number of bands from the left that are answered."""

    prompts: Prompts
    bands: int


class HalfwayModel(Model[None, PointsAnswer, Memo]):
    """Answers in parts, a band of columns each, when there is a limit to the seconds."""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(NAME, NAME, VERSION)

    def encode(self, image: ImageSource) -> Encoding[None]:
        if isinstance(image, np.ndarray):
            check_rgb(image)
        time.sleep(float(os.environ.get(SECONDS, "0")))
        return Encoding(size_of(image), None, 0)

    def respond(
        self,
        encoding: Encoding[None],
        prompts: Prompts,
        previous: Response[PointsAnswer, Memo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[PointsAnswer, Memo]:
        examples = (*prompts.examples, *self.examples(encoding, prompts.all))
        points = of_kind(PointPrompt, prompts.all, NAME)
        bands = -(-encoding.size_hw[1] // BAND)
        answered = bands
        if options.seconds is not None:
            memo = previous.memo if previous is not None else None
            answered = min(bands, memo.bands + 1 if memo is not None and memo.prompts == prompts else 1)
        answer = _answer(points, examples, encoding.size_hw, options.lowest_score)
        seen = answer.where(answer.points_xy[:, 0] < answered * BAND) if answered < bands else answer
        return Response(seen, Memo(prompts, answered), answered / bands, answer.nbytes + 1)

    def examples(self, encoding: Encoding[None], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """Return the place of each point, as shares of the width and the height."""
        points = of_kind(PointPrompt, prompts, NAME)
        return tuple(_example(point, encoding.size_hw) for point in points)


def open_halfway(files: Files, resources: Resources) -> HalfwayModel:
    """Return the model, which has no files."""
    return HalfwayModel()


def _example(point: PointPrompt, size_hw: tuple[int, int]) -> Example:
    height, width = size_hw
    if not (0 <= point.x <= width and 0 <= point.y <= height):
        raise InputError(f"the point at ({point.x:g}, {point.y:g}) is outside the {width}x{height} image")
    return Example(point.class_id, VERSION, (np.array([point.x / width, point.y / height], np.float32),))


def _answer(
    points: Sequence[PointPrompt], examples: Sequence[Example], size_hw: tuple[int, int], lowest_score: float
) -> PointsAnswer:
    """Return the moves, and the reflections of all examples at the centre; confidence grows with their number."""
    centre = np.array(size_hw[::-1], np.float64) / 2
    rows = [((np.array([point.x, point.y]) + centre) / 2, 0.75, point.class_id, point.target) for point in points]
    rows += _reflections(examples, centre, lowest_score)
    if not rows:
        return PointsAnswer.none()
    xy, scores, class_ids, targets = zip(*rows, strict=True)
    return PointsAnswer(np.array(xy), np.array(scores), np.array(class_ids, np.int64), targets)


def _reflections(
    examples: Sequence[Example], centre: np.ndarray, lowest_score: float
) -> Iterator[tuple[np.ndarray, float, int, str]]:
    score = 1 - 0.5 ** len(examples)
    for example in examples if score >= lowest_score else ():
        yield (1 - example.arrays[0].astype(np.float64)) * 2 * centre, score, example.class_id, ""
