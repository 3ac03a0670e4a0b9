import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from fewclicks.answers import BoxesAnswer
from fewclicks.datasets.boxed_images import read_boxes
from fewclicks.simulation.boxes.measure import Scores, GroundTruth, average_precision, match, object_counts

DATA = Path(__file__).parents[4] / "shared" / "data"


def truth_of(*boxes: tuple[float, ...], class_ids: list[int] | None = None, ignored: list[bool] | None = None) -> GroundTruth:
    ids = class_ids or [0] * len(boxes)
    flags = ignored or [False] * len(boxes)
    return GroundTruth(np.array(boxes, float).reshape(-1, 5), np.array(ids, np.int64), np.array(flags, bool))


def found(*boxes: tuple[float, ...], scores: list[float], class_ids: list[int] | None = None) -> BoxesAnswer:
    ids = class_ids or [0] * len(boxes)
    return BoxesAnswer.of(np.array(boxes, float).reshape(-1, 5), np.array(scores, float), np.array(ids, np.int64))


def scored(*images: tuple[BoxesAnswer, GroundTruth], most: int | None = None) -> Scores:
    matches = [match(detections, truth, most) for detections, truth in images]
    return average_precision(matches, object_counts(truth for _, truth in images))


A, B, FAR = (10.0, 10.0, 8.0, 8.0, 0.0), (40.0, 40.0, 8.0, 8.0, 0.0), (80.0, 80.0, 8.0, 8.0, 0.0)


def test_all_found_is_one_and_nothing_found_is_zero() -> None:
    truth = truth_of(A, B, class_ids=[0, 4])
    assert scored((found(A, B, scores=[0.2, 0.9], class_ids=[0, 4]), truth)) == Scores({0: 1, 4: 1}, {0: 1, 4: 1})
    nothing = scored((found(scores=[]), truth))
    assert nothing == Scores({0: 0, 4: 0}, {0: 0, 4: 0})
    assert (nothing.map50, nothing.coco_map) == (0, 0)


def test_a_wrong_class_finds_nothing() -> None:
    assert scored((found(A, scores=[1.0], class_ids=[1]), truth_of(A))).map50 == 0


def test_a_mistake_above_costs_and_one_below_does_not() -> None:
    truth = truth_of(A, B)
    assert scored((found(A, B, FAR, scores=[0.9, 0.8, 0.7]), truth)).map50 == pytest.approx(1)
    assert scored((found(A, B, FAR, scores=[0.9, 0.7, 0.8]), truth)).map50 == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert scored((found(A, B, FAR, scores=[0.7, 0.8, 0.9]), truth)).map50 == pytest.approx(2 / 3)


def test_an_object_is_found_once() -> None:
    assert scored((found(A, A, B, scores=[0.9, 0.8, 0.7]), truth_of(A, B))).map50 == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_the_curve_goes_over_all_images() -> None:
    """Mistakes of one image stand above what another one finds."""
    images = (found(FAR, scores=[0.9]), truth_of(A)), (found(B, scores=[0.5]), truth_of(B))
    assert scored(*images).map50 == pytest.approx(0.5 * 0.5)


def test_an_image_without_objects_has_only_mistakes() -> None:
    clean, busy = (found(FAR, scores=[0.9]), truth_of()), (found(A, scores=[0.5]), truth_of(A))
    assert scored(clean, busy).map50 == pytest.approx(0.5)


def test_a_class_without_objects_counts_nowhere_and_a_set_without_any_is_refused() -> None:
    scores = scored((found(A, FAR, scores=[0.5, 0.9], class_ids=[0, 9]), truth_of(A)))
    assert scores.ap50 == {0: pytest.approx(1)}
    with pytest.raises(ValueError, match="no objects"):
        scored((found(A, scores=[1.0]), truth_of()))


def test_iou_decides_threshold_by_threshold() -> None:
    """8 of 10 columns: an IoU of 0.8 is enough for seven of the ten thresholds."""
    scores = scored((found((10, 10, 8, 10, 0), scores=[1.0]), truth_of((10, 10, 10, 10, 0))))
    assert scores.map50 == pytest.approx(1)
    assert scores.coco_map == pytest.approx(0.7)


def test_what_is_ignored_is_neither_missed_nor_a_mistake() -> None:
    group = (50.0, 50.0, 40.0, 40.0, 0.0)
    truth = truth_of(A, group, ignored=[False, True])
    inside = found((40, 40, 6, 6, 0), (60, 60, 6, 6, 0), A, scores=[0.9, 0.8, 0.5])
    assert scored((inside, truth)) == Scores({0: 1.0}, {0: 1.0})
    assert object_counts([truth]) == {0: 1}
    beside = found((90, 90, 6, 6, 0), A, scores=[0.9, 0.5])
    assert scored((beside, truth)).map50 == pytest.approx(0.5)


def test_oriented_boxes_are_compared_as_they_lie() -> None:
    stick, across = (50.0, 50.0, 40.0, 4.0, 0.8), (50.0, 50.0, 4.0, 40.0, 0.8)
    assert scored((found(stick, scores=[1.0]), truth_of(stick))).coco_map == pytest.approx(1)
    assert scored((found(across, scores=[1.0]), truth_of(stick))).map50 == 0


def test_boxes_of_one_pixel() -> None:
    pixel = (3.5, 4.5, 1.0, 1.0, 0.0)
    assert scored((found(pixel, scores=[1.0]), truth_of(pixel))).coco_map == pytest.approx(1)


def test_order_of_detections_does_not_matter_but_their_scores_do() -> None:
    rng = np.random.default_rng(0)
    detections, truth = _random_image(rng, whole=False)
    order = rng.permutation(len(detections))
    again = BoxesAnswer.of(detections.boxes[order], detections.scores[order], detections.class_ids[order])
    assert scored((detections, truth)) == scored((again, truth))


# --- against the reference -----------------------------------------------------------------------


def _random_image(rng: np.random.Generator, whole: bool, classes: int = 3) -> tuple[BoxesAnswer, GroundTruth]:
    """Objects that may overlap, some of them crowds, and detections near them or anywhere."""
    count = int(rng.integers(0, 12))
    boxes = np.concatenate([rng.uniform(5, 60, (count, 2)), rng.uniform(4, 30, (count, 2)), np.zeros((count, 1))], 1)
    ids, ignored = rng.integers(0, classes, count), rng.random(count) < 0.2
    near = np.repeat(boxes, 3, axis=0) + rng.normal(0, 2, (3 * count, 5)) * [1, 1, 1, 1, 0]
    near[:, 2:4] = np.maximum(near[:, 2:4], 1)
    anywhere = np.concatenate([rng.uniform(5, 60, (9, 2)), rng.uniform(4, 30, (9, 2)), np.zeros((9, 1))], 1)
    places = np.concatenate([near, anywhere])
    if whole:
        boxes[:, :4], places[:, :4] = np.rint(boxes[:, :4] / 4) * 4, np.rint(places[:, :4] / 4) * 4 + [0, 0, 4, 4]
        boxes[:, 2:4] += 4
    named = np.concatenate([np.repeat(ids, 3), rng.integers(0, classes, 9)])
    scores = np.round(rng.random(len(places)), 1 if whole else 9)
    return BoxesAnswer.of(places, scores, named), GroundTruth(boxes, ids, ignored)


def _xywh(boxes: np.ndarray) -> list[list[float]]:
    return np.concatenate([boxes[:, :2] - boxes[:, 2:4] / 2, boxes[:, 2:4]], axis=1).tolist()


def reference(images: list[tuple[BoxesAnswer, GroundTruth]], most: int) -> dict[int, float]:
    """What pycocotools says of each class that has objects."""
    annotations, results = [], []
    for number, (detections, truth) in enumerate(images):
        for box, known, crowd in zip(_xywh(truth.boxes), truth.class_ids.tolist(), truth.ignored.tolist(), strict=True):
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": known, "bbox": box,
                                "area": box[2] * box[3], "iscrowd": int(crowd)})  # fmt: skip
        for box, known, score in zip(
            _xywh(detections.boxes), detections.class_ids.tolist(), detections.scores.tolist(), strict=True
        ):
            results.append({"image_id": number, "category_id": known, "bbox": box, "score": score})
    classes = sorted({known for _, truth in images for known in truth.class_ids.tolist()})
    coco = COCO()
    coco.dataset = {
        "info": {},
        "images": [{"id": number} for number in range(len(images))],
        "annotations": annotations,
        "categories": [{"id": known} for known in classes],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(results), "bbox")
        run.params.maxDets = [most]
        run.evaluate()
        run.accumulate()
    precision = run.eval["precision"][:, :, :, 0, -1]  # [thresholds, recalls, classes]
    return {known: float(precision[:, :, index].mean()) for index, known in enumerate(run.params.catIds)}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("most", [4, 1000])
@pytest.mark.parametrize("whole", [False, True], ids=["anywhere", "on a grid, with equal scores"])
def test_equals_pycocotools_on_random_images(seed: int, most: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    images = [_random_image(rng, whole) for _ in range(8)]
    ours, theirs = scored(*images, most=most).coco_ap, reference(images, most)
    assert 0.05 < np.mean(list(ours.values())) < 0.95
    assert ours == {known: pytest.approx(theirs[known], abs=1e-9) for known in ours}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize("name", ["pcb/test.json", "bccd@test", "nuclei/test.json"])
def test_equals_pycocotools_on_a_real_set(name: str) -> None:
    rng = np.random.default_rng(0)
    images = []
    for image in read_boxes(str(DATA / name)).images[:40]:
        truth = GroundTruth(image.boxes, image.class_ids, np.zeros(len(image.boxes), bool))
        kept = np.repeat(np.flatnonzero(rng.random(len(image.boxes)) < 0.8), 2)
        boxes = image.boxes[kept] + rng.normal(0, 2, (len(kept), 5)) * [1, 1, 1, 1, 0]
        boxes[:, 2:4] = np.maximum(boxes[:, 2:4], 1)
        images.append((BoxesAnswer.of(boxes, rng.random(len(kept)), image.class_ids[kept]), truth))
    ours, theirs = scored(*images, most=100).coco_ap, reference(images, 100)
    assert ours == {known: pytest.approx(theirs[known], abs=1e-9) for known in ours}
