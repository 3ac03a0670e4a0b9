"""Answers as JSON, for jobs that answer in another process."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from fewclicks.answers import Answer, Task
from fewclicks.application.answers.boxes import boxes_from_json
from fewclicks.application.answers.mask import mask_from_json, mask_to_json
from fewclicks.application.answers.points import points_from_json
from fewclicks.store.snapshots import Json


def _fields_of(answer: Any) -> Json:
    values = {each.name: getattr(answer, each.name) for each in fields(answer)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


TO_JSON: Mapping[Task, Callable[[Any], Json]] = {"mask": mask_to_json, "boxes": _fields_of, "points": _fields_of}
FROM_JSON: Mapping[Task, Callable[[Json], Answer]] = {
    "mask": mask_from_json,
    "boxes": boxes_from_json,
    "points": points_from_json,
}


def answer_to_json(task: Task, answer: Answer) -> Json:
    """Return an answer of the task `mask`, `boxes` or `points`. Raises ValueError for another task."""
    return _of(TO_JSON, task)(answer)


def answer_from_json(task: Task, plain: Json) -> Answer:
    """Return the answer of the task `mask`, `boxes` or `points`. Raises ValueError for another task."""
    return _of(FROM_JSON, task)(plain)


def _of(functions: Mapping[Task, Callable[[Any], Any]], task: Task) -> Callable[[Any], Any]:
    if task not in functions:
        raise ValueError(f"answers of the task {task!r} are not stored in files")
    return functions[task]
