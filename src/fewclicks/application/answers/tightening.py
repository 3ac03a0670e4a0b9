"""Suggested boxes tightened to masks, if the project's mask model finds the accepted boxes of their class again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from fewclicks.answers import Answer, BoxesAnswer
from fewclicks.application.answers.suggested_boxes import accepted_boxes
from fewclicks.ask.tighten import MaskModel, Tightener
from fewclicks.geometry import oriented
from fewclicks.model import AnyModel, Encoding
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow

SURE = 0.2  # the lowest confidence of boxes to tighten: others are rarely shown, and each takes time
IMAGES, BOXES = 10, 50  # the most to learn from: finished images, and accepted boxes in each


class Tightening:
    """Tightens the boxes in answers about images, with what it learnt from finished images before the first one."""

    def __init__(self, project: Project, model: AnyModel, encode: Callable[[ImageRow], Encoding[Any]]) -> None:
        """model: of the task mask. encode: reads an image for it."""
        self._project, self._model, self._encode = project, cast(MaskModel, model), encode
        self._learnt: Tightener | None = None

    def tightened(self, image: ImageRow, answer: Answer) -> Answer:
        """Return the answer with tightened boxes; an answer without boxes stays as it is."""
        if not isinstance(answer, BoxesAnswer) or not len(answer):
            return answer
        if self._learnt is None:
            self._learnt = self._learn(answer.oriented)
        sure = answer.scores >= SURE
        boxes = answer.boxes.copy()
        boxes[sure] = self._learnt.tightened(self._encode(image), boxes[sure], answer.class_ids[sure])
        return replace(answer, boxes=boxes)

    def _learn(self, has_angles: bool) -> Tightener:
        """Learn from the last IMAGES finished images that are not large."""
        tightener = Tightener(self._model, has_angles)
        with self._project.reading() as log:
            usable = [row.id for row in log.summaries() if row.status == "done" and not (row.problem or row.large)]
            finished = [
                (log.image(image_id), accepted_boxes(log.annotations(image_id))) for image_id in usable[-IMAGES:]
            ]
        for row, (boxes, class_ids) in finished:
            shown = boxes if has_angles else oriented.from_upright(oriented.enclosing(boxes))
            tightener.learn(self._encode(row), shown[:BOXES], class_ids[:BOXES])
        return tightener
