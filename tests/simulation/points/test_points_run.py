"""The whole way from points to figures, with a refiner and a localiser that need no training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from points_makers import found, truth_of

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.errors import InputError
from fewclicks.simulation.plots import plot_report
from fewclicks.simulation.points.figures import Refined, found_figures, refinement
from fewclicks.simulation.points.localising import truths_of
from fewclicks.simulation.points.person import annotated
from fewclicks.simulation.points.run import Habits, simulate, simulate_refinement
from fewclicks.simulation.points.sets import Sets, in_same_classes, read_sets, remarks
from fewclicks.simulation.report import Report
from fewclicks.simulation.spec import Watch

NAMES = {1: "cell", 4: "dot"}
SIDE = 100
FIGURES = {
    "map_by_tau",
    "rsv_before",
    "rsv_after",
    "offset_before",
    "offset_after",
    "made_worse",
    "count_mae",
    "precision",
    "recall",
}


class Counting:
    """What a run tells of its progress."""

    def __init__(self) -> None:
        self.bars: list[str] = []
        self.left = 0

    def start(self, what: str, total: int) -> None:
        assert self.left == 0, f"{self.bars[-1]} was not finished"
        self.bars.append(what)
        self.left = total

    def advance(self) -> None:
        self.left -= 1


class Perfect:
    """A localiser that knows the objects of the images by the colour of their first pixel, and adds one mistake."""

    version, lowest_score, separation = "perfect", 0.5, 3.0

    def __init__(self, images: Sequence[PointedImage]) -> None:
        self.by_number = {_number(image.path): image for image in images}

    def points(self, image: np.ndarray) -> PointsAnswer:
        known = self.by_number[int(image[0, 0, 0])]
        points = np.concatenate([known.points_xy, [[1.0, 1.0]]])
        scores = np.array([0.9] * len(known.points_xy) + [0.4])
        return PointsAnswer(points, scores, np.append(known.class_ids, 1), ("",) * len(points))


def _number(path: Path) -> int:
    return int(path.stem)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sets:
    """Six images to train on and two to measure on, each with a 3 x 3 grid of boxes of two classes."""
    folder = tmp_path_factory.mktemp("images")
    images = [_image(folder / f"{number}.png", number) for number in range(1, 9)]
    train, test = (PointedSource(name, tuple(part), NAMES) for name, part in (("a", images[:6]), ("b", images[6:])))
    return Sets(train, test, False)


def _image(path: Path, number: int) -> PointedImage:
    cv2.imwrite(str(path), np.full((SIDE, SIDE, 3), number, np.uint8))
    corners = np.stack(np.meshgrid([10.0, 40, 70], [10.0, 40, 70]), axis=2).reshape(-1, 2) + number
    boxes = np.concatenate([corners, corners + np.array([20, 10])], axis=1)
    class_ids = np.array([1, 1, 4] * 3, np.int64)
    return PointedImage(path, (SIDE, SIDE), (boxes[:, :2] + boxes[:, 2:]) / 2, class_ids, boxes)


def simulated(sets: Sets, **habits: object) -> tuple[Report, list[PointedSource], Counting]:
    """The report, the sources that the localiser and the refiner were given, and the progress."""
    given: list[PointedSource] = []
    watch = Counting()
    centres = {image.path: image.points_xy for image in sets.train.images}

    def refine(source: PointedSource, watch: Watch) -> list[list[np.ndarray]]:
        given.append(source)
        return [
            [image.points_xy * (1 - share) + centres[image.path] * share for image in source.images]
            for share in (0.25, 0.5)
        ]

    def localise(source: PointedSource, watch: Watch) -> Perfect:
        given.append(source)
        return Perfect([*sets.train.images, *sets.test.images])

    report = simulate(sets, Habits(**habits), refine, localise, watch)  # type: ignore[arg-type]
    assert watch.left == 0
    return report, given, watch


def without_boxes(source: PointedSource) -> PointedSource:
    return replace(source, images=tuple(replace(image, boxes=None) for image in source.images))


def test_the_report_has_the_figures_of_refinement_and_of_the_localiser(sets: Sets) -> None:
    report, given, watch = simulated(sets)
    figures = report.to_json()
    assert figures.keys() >= FIGURES
    assert figures["map_by_tau"] == {"0.1": 1, "0.25": 1, "0.5": 1, "1": 1, "2": 1}
    assert (figures["precision"], figures["recall"], figures["count_mae"]) == (1, 1, 0)
    assert figures["offset_after"] == pytest.approx(figures["offset_before"] / 2)  # type: ignore[operator]
    assert figures["rsv_after"] == pytest.approx(figures["rsv_before"] / 4)  # type: ignore[operator]
    assert figures["rsv_by_epoch"][-1] == figures["rsv_after"]  # type: ignore[index]
    assert figures["made_worse"] == 0
    assert watch.bars == ["measure"]
    assert (report.version, figures["lowest_score"], figures["separation"]) == ("perfect", 0.5, 3.0)
    refined, trained = given
    for before, after, image in zip(refined.images, trained.images, sets.train.images, strict=True):
        assert after.points_xy == pytest.approx((before.points_xy + image.points_xy) / 2)


def test_nothing_that_a_person_does_not_give_reaches_the_models(sets: Sets) -> None:
    tested = {image.path for image in sets.test.images}
    for source in simulated(sets)[1]:
        for image in source.images:
            assert image.boxes is None
            assert image.masks is None
            assert image.path not in tested


def test_coarse_points_and_centres_are_not_refined(sets: Sets) -> None:
    for points in ("coarse", "centre"):
        report, given, _ = simulated(sets, points=points)
        assert len(given) == 1
        assert report.figures["offset_before"] > 0.1  # type: ignore[operator]
        assert [report.figures[name] for name in ("offset_after", "rsv_after", "made_worse")] == [None] * 3
        assert report.pictures == ()
    centres = np.concatenate([image.points_xy for image in given[0].images])
    assert (centres == np.concatenate([image.points_xy for image in sets.train.images])).all()


def test_points_alone_have_neither_rsv_nor_offset(sets: Sets) -> None:
    """Boxes are 30 pixels apart, so a match is within 15."""
    points = Sets(without_boxes(sets.train), without_boxes(sets.test), True)
    report = simulated(points)[0]
    nulls = ("rsv_before", "rsv_after", "offset_before", "offset_after", "made_worse", "offset_by_size")
    assert [report.figures[name] for name in nulls] == [None] * len(nulls)
    assert (report.figures["match_distance"], report.figures["precision"], report.figures["recall"]) == (15, 1, 1)
    assert report.pictures == ()
    with pytest.raises(InputError, match=r"--points.*points only"):
        simulated(points, points="centre")


def halfway(source: PointedSource, watch: Watch) -> list[list[np.ndarray]]:
    """Refinement to the middle between each point and the corner of the image."""
    return [[image.points_xy / 2 for image in source.images]]


def test_refinement_alone_has_the_shares_of_points_near_the_centre(sets: Sets) -> None:
    report = simulate_refinement(sets.train, Habits(), halfway, Counting())
    person = annotated(sets.train, 1.0, 0)
    assert person.truths is not None
    away = np.concatenate([
        (points - truth.centres_xy) / truth.sides_wh
        for points, truth in zip(person.points, person.truths, strict=True)
    ])  # fmt: skip
    for tau, before, _ in report.rows:
        assert before == pytest.approx((np.hypot(*away.T) <= tau).mean())
    assert [tau for tau, _, _ in report.rows] == [0.1, 0.25, 0.5, 1, 2]
    assert report.rows[3][1:] < (1.0, 0.5)
    assert report.figures["offset_after"] > report.figures["offset_before"]  # type: ignore[operator]
    assert "map_by_tau" not in report.figures


def test_refinement_alone_needs_centres_and_refined_points(sets: Sets) -> None:
    with pytest.raises(InputError, match=r"--points: without a localiser, only refinement is measured"):
        simulate_refinement(sets.train, Habits(points="coarse"), halfway, Counting())
    with pytest.raises(InputError, match=r"--localiser: the data have points only"):
        simulate_refinement(without_boxes(sets.train), Habits(), halfway, Counting())


def test_the_plot_of_refinement_alone_is_written(sets: Sets, tmp_path: Path) -> None:
    report = simulate_refinement(sets.train, Habits(), halfway, Counting())
    plot_report(replace(report, model="made"), tmp_path / "curve.svg")
    assert "points within tau before" in (tmp_path / "curve.svg").read_text(encoding="utf-8")
    assert (tmp_path / "curve-heat-map.svg").exists()


def test_a_share_of_the_objects_is_annotated(sets: Sets) -> None:
    report, given, _ = simulated(sets, points="coarse", annotated=0.5)
    assert sum(len(image.points_xy) for image in given[0].images) == 27
    assert report.figures["annotated_points"] == 27


def test_plot_and_heat_map_are_written(sets: Sets, tmp_path: Path) -> None:
    plot_report(replace(simulated(sets)[0], model="made"), tmp_path / "curve.svg")
    assert "point mAP" in (tmp_path / "curve.svg").read_text(encoding="utf-8")
    picture = (tmp_path / "curve-heat-map.svg").read_text(encoding="utf-8")
    assert "before: 100% of the points in the box" in picture
    assert "after: 100% of the points in the box" in picture


# --- the person ----------------------------------------------------------------------------------


def test_a_person_points_into_boxes_the_same_way_for_the_same_seed(sets: Sets) -> None:
    first, again, other = (annotated(sets.train, 1, seed).points for seed in (3, 3, 4))
    for points, image in zip(first, sets.train.images, strict=True):
        assert image.boxes is not None
        assert ((points >= image.boxes[:, :2]) & (points <= image.boxes[:, 2:])).all()
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert not all((a == b).all() for a, b in zip(first, other, strict=True))


def test_the_truth_belongs_to_the_annotated_objects(sets: Sets) -> None:
    person = annotated(sets.train, 0.3, 0)
    assert person.truths is not None
    assert sum(map(len, person.points)) == 16
    for points, truth, image in zip(person.points, person.truths, person.source.images, strict=True):
        assert (np.abs(points - truth.centres_xy) <= truth.sides_wh / 2).all()
        assert truth.class_ids.tolist() == image.class_ids.tolist()
    assert sum(map(len, annotated(sets.train, 1e-9, 0).points)) == 1


def test_the_points_of_data_with_points_are_the_persons(sets: Sets) -> None:
    person = annotated(without_boxes(sets.train), 1, 0)
    assert person.truths is None
    assert person.centres is None
    assert all((a == b.points_xy).all() for a, b in zip(person.points, sets.train.images, strict=True))


# --- data ----------------------------------------------------------------------------------------


def write_points(folder: Path, count: int, text: str = "10 20 0\n40 20 1\n") -> str:
    (folder / "images").mkdir(parents=True)
    (folder / "points").mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / "images" / f"{number}.png"), np.zeros((64, 64, 3), np.uint8))
        (folder / "points" / f"{number}.txt").write_text(text)
    return str(folder)


@pytest.mark.parametrize(("count", "held"), [(2, ["1"]), (3, ["2"]), (4, ["3"]), (9, ["3", "7"])])
def test_every_fourth_image_by_name_is_held_out(tmp_path: Path, count: int, held: list[str]) -> None:
    found_sets = read_sets(write_points(tmp_path / "set", count), None)
    assert [image.path.stem for image in found_sets.test.images] == held
    assert len(found_sets.train.images) == count - len(held)
    assert remarks(found_sets)[0].startswith(f"held-out images, every fourth by name: {len(held)} of {count};")


def test_one_image_cannot_be_held_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no objects in the 0 images to train on"):
        read_sets(write_points(tmp_path / "set", 1), None)


def test_test_images_that_are_trained_on_are_refused(tmp_path: Path) -> None:
    data = write_points(tmp_path / "set", 3)
    with pytest.raises(InputError, match=r"0\.png: this image is in both --data and --test \(3 such images in total\)"):
        read_sets(data, data)


def test_other_data_are_measured_on(tmp_path: Path) -> None:
    found_sets = read_sets(write_points(tmp_path / "a", 3), write_points(tmp_path / "b", 2))
    assert (len(found_sets.train.images), len(found_sets.test.images), found_sets.is_held_out) == (3, 2, False)
    assert remarks(found_sets) == ()


def test_classes_are_the_same_by_name(sets: Sets) -> None:
    other = replace(sets.test, class_names={1: "dot", 4: "worm"})
    train, test = in_same_classes(sets.train, other)
    assert test.images[0].class_ids.tolist()[:3] == [4, 4, 6]
    assert train.class_names == test.class_names == {1: "cell", 4: "dot", 6: "worm"}
    assert remarks(Sets(train, test, False)) == ("classes without a training point, which are never found: worm",)


def test_remarks_name_what_may_surprise(sets: Sets) -> None:
    first, *others = sets.train.images
    few = replace(first, class_ids=np.array([4] + [1] * 8, np.int64))
    empty = replace(first, points_xy=np.zeros((0, 2)), class_ids=np.zeros(0, np.int64), boxes=np.zeros((0, 4)))
    others = [replace(image, class_ids=np.ones(9, np.int64)) for image in others]
    train = replace(sets.train, images=(few, empty, *others), repeated=2)
    assert remarks(Sets(train, sets.test, False)) == (
        "points left out, because an earlier one of their class is in the same pixel: 2",
        "training images without points, which count as background: 1",
        "classes with a single training point: dot; expect errors",
    )


def test_ignored_boxes_belong_to_the_truth(sets: Sets) -> None:
    image = replace(
        sets.test.images[0], ignored=np.array([[0, 0, 9, 9]], float), ignored_class_ids=np.array([4], np.int64)
    )
    (truth,), side = truths_of(replace(sets.test, images=(image,)))
    assert truth.ignored.tolist() == [False] * 9 + [True]
    assert truth.class_ids[-1] == 4
    assert side is None


def test_lone_points_match_within_a_sixteenth_of_their_image(sets: Sets) -> None:
    lone = tuple(
        PointedImage(image.path, image.size_hw, image.points_xy[:1], image.class_ids[:1]) for image in sets.test.images
    )
    _, side = truths_of(replace(sets.test, images=lone))
    assert side == SIDE / 8


# --- figures -------------------------------------------------------------------------------------

A, B, FAR = (10.0, 10.0), (40.0, 40.0), (90.0, 90.0)


def test_figures_of_found_points_by_hand() -> None:
    """Class 1: one of two found, with one mistake; class 4: nothing found; class 7 has no object."""
    truths = [truth_of((*A, 8, 8), (*B, 8, 8), class_ids=[1, 4]), truth_of((*A, 8, 8), class_ids=[1])]
    answers = [
        found(A, FAR, FAR, scores=[0.9, 0.8, 0.7], class_ids=[1, 1, 7]),
        found(A, scores=[0.1], class_ids=[1]),
    ]
    figures = found_figures(answers, truths, 0.5, {1: "cell", 4: "dot", 7: "none"})
    assert (figures.precision, figures.recall) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    cell = figures.by_class["cell"]
    assert (cell.objects, cell.found, cell.precision, cell.recall, cell.count_mae) == (2, 2, 0.5, 0.5, 1.0)
    dot, none = figures.by_class["dot"], figures.by_class["none"]
    assert (dot.objects, dot.found, dot.precision, dot.recall, dot.count_mae) == (1, 0, None, 0.0, 0.5)
    assert (none.objects, none.found, none.precision, none.recall, none.count_mae) == (0, 1, 0.0, None, 0.5)
    assert figures.count_mae == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert figures.count_mae_all == 1.0  # one too many in the first image, one too few in the second
    assert cell.ap_by_tau is not None
    assert cell.ap_by_tau["1"] == pytest.approx((51 + 50 * 2 / 3) / 101)  # the point of 0.1 counts too
    assert dot.ap_by_tau == dict.fromkeys(["0.1", "0.25", "0.5", "1", "2"], 0.0)
    assert none.ap_by_tau is None
    assert figures.map_by_tau["1"] == pytest.approx((51 + 50 * 2 / 3) / 101 / 2)


def test_figures_of_refinement_by_hand() -> None:
    truths = [truth_of((*A, 8, 8)), truth_of((*B, 20, 20))]
    before = [np.array([[14.0, 10]]), np.array([[40.0, 40]])]
    after = [np.array([[12.0, 10]]), np.array([[42.0, 40]])]
    figures = refinement(before, [after], truths)
    assert (figures.offset_before, figures.offset_after) == (pytest.approx(0.25), pytest.approx((0.25 + 0.1) / 2))
    assert (figures.rsv_before, figures.rsv_after, figures.made_worse) == (0, 0, 0.5)
    assert figures.rsv_by_epoch is None
    assert figures.offset_by_size is not None
    assert figures.offset_by_size["<10"]["after"] == pytest.approx(0.25)
    assert figures.offset_by_size["20-40"]["made_worse"] == 1
    assert refinement(before, [after], None) == Refined(2)
