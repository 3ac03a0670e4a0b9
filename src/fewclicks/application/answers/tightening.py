"""Tightening of suggested boxes in learning rounds, with the project's mask model."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, cast

from fewclicks.answers import Answer, BoxesAnswer
from fewclicks.application.lessons import Lessons
from fewclicks.ask.assist import NEUTRAL
from fewclicks.ask.costs import Costs
from fewclicks.ask.tighten import MaskModel, Tightener
from fewclicks.model import AnyModel, Encoding
from fewclicks.prompts import Prompts

SURE = 0.2  # the lowest confidence of boxes to tighten: others are rarely shown, and each takes time
IMAGES, BOXES = 10, 50  # maximum to learn from: finished images, and accepted boxes in each


def learnt_tightener(known: Lessons, model: AnyModel) -> Tightener:
    """Return a tightener that has learnt from the last finished images. model: of the task mask."""
    tightener = Tightener(cast(MaskModel, model), known.oriented)
    pairs = zip(known.images, known.lessons, strict=True)
    for image in [image for image, lesson in pairs if lesson.is_full and len(image.boxes)][-IMAGES:]:
        encoding = tightener.model.encode(image.pixels())
        tightener.learn(encoding, image.boxes[:BOXES], image.class_ids[:BOXES])
    return tightener


def compare_on(paths: Collection[str], known: Lessons, model: AnyModel, tightener: Tightener) -> None:
    """Measure whether tightening the boxes of `model` saves time, and let the tightener learn it.

    paths: of images that `model` was not trained on. Those that are no longer finished are left out.
    """
    pairs = zip(known.images, known.lessons, strict=True)
    for image in [image for image, lesson in pairs if lesson.is_full and str(image.path) in paths]:
        pixels = image.pixels()
        answer = cast(BoxesAnswer, model.respond(model.encode(pixels), Prompts()).answer)
        sure = answer.where(answer.scores >= NEUTRAL)
        tight = tightener.tightened(tightener.model.encode(pixels), sure.boxes, sure.class_ids)
        tightener.compare(sure, tight, image.boxes, image.class_ids, Costs())


def with_tight_boxes(answer: Answer, tightener: Tightener, encode: Callable[[], Encoding[Any]]) -> Answer:
    """Return the answer with tightened boxes; an answer without boxes stays as it is.

    encode: reads the image for the tightener's model.
    """
    if not isinstance(answer, BoxesAnswer) or not len(answer):
        return answer
    sure, boxes = answer.scores >= SURE, answer.boxes.copy()
    boxes[sure] = tightener.tightened(encode(), boxes[sure], answer.class_ids[sure])
    return replace(answer, boxes=boxes)
