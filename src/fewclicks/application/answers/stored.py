"""Answers as JSON, for jobs that answer in another process."""

from dataclasses import fields

import numpy as np
from jaxtyping import Float32, Float64

from fewclicks.answers import Answer, BoxesAnswer, MaskAnswer, PointsAnswer, Task
from fewclicks.geometry.rle import decode_rle
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Json


def answer_to_json(answer: Answer) -> Json:
    """Return the fields of an answer of boxes or points, or the best mask with its predicted IoU."""
    if isinstance(answer, MaskAnswer):
        return shape_to_json(answer.mask) | {"predicted_iou": answer.predicted_iou}
    values = {each.name: getattr(answer, each.name) for each in fields(answer)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def answer_from_json(task: Task, plain: Json) -> Answer:
    """Return the answer of the task `mask`, `boxes` or `points`. Raises ValueError for another task."""
    if task == "mask":
        height, width = plain["size"]
        return MaskAnswer.of(decode_rle(plain["counts"], (height, width)), plain["predicted_iou"])
    scores, class_ids = np.array(plain["scores"], np.float64), np.array(plain["class_ids"], np.int64)
    if task == "points":
        points = np.array(plain["points_xy"], np.float64).reshape(-1, 2)
        return PointsAnswer(points, scores, class_ids, tuple(plain["targets"]))
    if task == "boxes":
        boxes, classes = np.array(plain["boxes"], np.float64).reshape(-1, 5), tuple(plain["classes"])
        probabilities = np.array(plain["probabilities"], np.float64).reshape(len(scores), len(classes))
        return BoxesAnswer(boxes, scores, class_ids, probabilities, classes, plain["oriented"])
    raise ValueError(f"answers of the task {task!r} are not stored in files")


def nearest_features(plain: Json, boxes: Float64[np.ndarray, "M 5"]) -> Float32[np.ndarray, "M D"]:
    """Return for each box the features of the nearest box of an answer; D is 0 for an answer without features."""
    features = np.array(plain["features"] or np.zeros((len(plain["boxes"]), 0)), np.float32)
    distances = np.abs(boxes[:, None] - np.array(plain["boxes"], np.float64).reshape(1, -1, 5)).sum(2)
    return features[distances.argmin(1)]
