"""Sessions of a simulated annotator with a model on one image, measured after every round."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.class_clicks import with_clicked_classes
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.model import Encoding, Model, Response
from fewclicks.prompts import ClassClick, Prompts
from fewclicks.simulation.boxes.annotator import Habits, Step, prompts_of, session
from fewclicks.simulation.boxes.measure import GroundTruth, Matches, match
from fewclicks.simulation.boxes.settings import PromptKind

BoxesModel = Model[object, BoxesAnswer, object]


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model is asked: with clicks or example boxes, and whether clicked boxes take the clicked class."""

    kind: PromptKind = "click"
    certain: bool = False


@dataclass(slots=True)
class ImageResult:
    """The measurements of one image.

    click_ms: milliseconds of answers by the number of rounds. By session and number of rounds: `matches` of all
    objects, `unclicked` those of objects that were not clicked, with the ground truth, and `spent` clicks.
    """

    encode_ms: float
    click_ms: list[list[float]]
    matches: list[list[Matches]] = field(default_factory=list)
    unclicked: list[list[tuple[Matches, GroundTruth]]] = field(default_factory=list)
    spent: list[list[int]] = field(default_factory=list)


def ground_truth(image: BoxedImage) -> GroundTruth:
    """Return the objects of an image, and the ignored ones after them."""
    return GroundTruth(
        np.concatenate([image.boxes, image.ignored]),
        np.concatenate([image.class_ids, image.ignored_class_ids]),
        np.arange(len(image.boxes) + len(image.ignored)) >= len(image.boxes),
    )


def sessions(
    model: BoxesModel,
    image: BoxedImage,
    number: int,
    habits: Habits,
    asking: Asking,
    most: int,
    classes: Collection[int] = (),
) -> ImageResult:
    """Return the measurements of all sessions on image `number`; at most `most` boxes of a class take part.

    classes: the ids that clicks of a wrong class are drawn from.
    """
    pixels = image.pixels()
    begin = time.perf_counter()
    encoding = model.encode(pixels)
    encode_ms = (time.perf_counter() - begin) * 1e3
    talk = _Talk(model, encoding, image, asking, most, ImageResult(encode_ms, [[] for _ in range(habits.clicks + 1)]))
    first = talk.answered(Prompts(), None, 0)
    for which in range(habits.sessions):
        rng = np.random.default_rng([habits.seed, which, number])
        objects = (image.boxes, image.class_ids, image.size_hw)
        mistakes = (habits.noise_px, habits.wrong_class, classes)
        talk.session(session(*objects, habits.clicks, rng, habits.per_class, *mistakes), first)
    return talk.result


@dataclass(frozen=True, slots=True)
class _Talk:
    """A model and an image, and the measurements so far."""

    model: BoxesModel
    encoding: Encoding[object]
    image: BoxedImage
    asking: Asking
    most: int
    result: ImageResult

    def session(self, steps: list[Step], first: Response[BoxesAnswer, object]) -> None:
        """Go through one session, which begins with the response without prompts."""
        truth = ground_truth(self.image)
        start = match(self._shown(first, ()), truth, self.most)
        matches, unclicked, spent = [start], [(start, truth)], [0]
        response, prompts = first, Prompts()
        clicks: tuple[ClassClick, ...] = ()
        ignored = truth.ignored.copy()
        for count, step in enumerate(steps, 1):
            clicks = (*clicks, *step.clicks)
            ignored[step.objects] = True
            if step.clicks:
                prompts = prompts.then(*prompts_of(step.clicks, self.image.boxes, self.asking.kind))
                response = self.answered(prompts, response, count)
                answer, left = self._shown(response, clicks), replace(truth, ignored=ignored.copy())
                matches.append(match(answer, truth, self.most))
                unclicked.append((match(answer, left, self.most), left))
            else:
                matches.append(matches[-1])
                unclicked.append(unclicked[-1])
            spent.append(len(clicks))
        self.result.matches.append(matches)
        self.result.unclicked.append(unclicked)
        self.result.spent.append(spent)

    def answered(
        self, prompts: Prompts, previous: Response[BoxesAnswer, object] | None, count: int
    ) -> Response[BoxesAnswer, object]:
        """Return the response to all prompts so far, timed."""
        begin = time.perf_counter()
        response = self.model.respond(self.encoding, prompts, previous)
        self.result.click_ms[count].append((time.perf_counter() - begin) * 1e3)
        return response

    def _shown(self, response: Response[BoxesAnswer, object], clicks: tuple[ClassClick, ...]) -> BoxesAnswer:
        return with_clicked_classes(response.answer, clicks) if self.asking.certain else response.answer
