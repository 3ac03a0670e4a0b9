"""`fewclicks simulate locate` from data to report, with training runs of a few steps."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
from fewclicks.datasets.pointed_images import read_points  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.methods.locate import REFINE  # noqa: E402
from fewclicks.methods.locate.training.refiner import RefinerSettings  # noqa: E402
from fewclicks.methods.locate.training.simulation.refining import Refiner, check_radius, claim  # noqa: E402
from fewclicks.methods.locate.training.simulation.run import run  # noqa: E402
from fewclicks.methods.locate.training.simulation.settings import LocateSimulation  # noqa: E402
from fewclicks.methods.shared.training.on_project import shipped_start  # noqa: E402
from fewclicks.simulation.plots import plot_report  # noqa: E402
from fewclicks.simulation.points.figures import Refined, refinement  # noqa: E402
from fewclicks.simulation.points.person import Annotated, annotated  # noqa: E402
from fewclicks.simulation.report import Report  # noqa: E402

SIDE = 96


class Counting:
    """What a run tells of its progress."""

    def __init__(self) -> None:
        self.bars: dict[str, int] = {}
        self.last = ""

    def start(self, what: str, total: int) -> None:
        self.last = what
        self.bars[what] = total

    def advance(self) -> None:
        self.bars[self.last] -= 1


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four images, each with nine bright disks: COCO with boxes."""
    folder = tmp_path_factory.mktemp("disks")
    annotations = []
    for number in range(4):
        pixels = np.full((SIDE, SIDE, 3), 40, np.uint8)
        for place, (x, y) in enumerate((x, y) for y in (18, 48, 78) for x in (18, 48, 78)):
            cv2.circle(pixels, (x, y), 9, (60, 200, 90), -1)
            box = [x - 9, y - 9, 19, 19]
            annotations.append(
                {"id": 9 * number + place + 1, "image_id": number, "category_id": 1, "iscrowd": 0, "area": 361,
                 "bbox": box, "segmentation": []}
            )  # fmt: skip
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
    images = [{"id": n, "file_name": f"{n}.png", "width": SIDE, "height": SIDE} for n in range(4)]
    content = {"images": images, "categories": [{"id": 1, "name": "disk"}], "annotations": annotations}
    (folder / "set.json").write_text(json.dumps(content))
    return folder / "set.json"


def coarse(data: Path) -> Annotated:
    return annotated(read_points(str(data)), 1.0, 0)


def refined_by(data: Path, folder: Path, **settings: object) -> tuple[Refined, Counting]:
    """The figures of refinement by a refiner with these settings, and its progress."""
    watch, person = Counting(), coarse(data)
    chosen = LocateSimulation(data=str(data), **settings)  # type: ignore[arg-type]
    stages = Refiner(chosen, shipped_start(REFINE), folder)(person.source, watch)
    return refinement(person.points, stages, person.truths), watch


def simulated(data: Path, **settings: object) -> tuple[Report, Counting]:
    watch = Counting()
    given = {"steps": 1, "refiner": "untrained"} | settings
    return run(LocateSimulation(data=str(data), **given), watch), watch  # type: ignore[arg-type]


def test_a_refiner_is_trained_and_followed_for_four_quarters(disks: Path, tmp_path: Path) -> None:
    figures, watch = refined_by(disks, tmp_path, refiner="trained", refiner_steps=4)
    assert watch.bars == {"train the refiner": 25, "refinement": 0}  # the loop counts what was done before each step
    assert figures.rsv_by_epoch is not None
    assert len(figures.rsv_by_epoch) == 4
    assert figures.rsv_by_epoch[-1] == figures.rsv_after
    assert len({path.name for path in tmp_path.glob("*.onnx")}) == 4


def test_a_kept_refiner_is_used_again(disks: Path, tmp_path: Path) -> None:
    """The folder that a person names replaces that of the run; constraints and R of refinement may differ."""
    kept = tmp_path / "kept"
    settings = {"refiner": "trained", "refiner_steps": 4, "refiner_folder": kept}
    first, _ = refined_by(disks, tmp_path / "run", **settings)
    again, watch = refined_by(disks, tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()
    assert watch.bars == {"refinement": 0}
    assert first.rsv_by_epoch is None
    assert (again.offset_after, again.rsv_after) == (first.offset_after, first.rsv_after)
    other, _ = refined_by(disks, tmp_path / "run", **settings, lowest=1.0, relative=1.0)
    assert other.offset_after == pytest.approx(other.offset_before)
    assert again.offset_after != pytest.approx(again.offset_before)


def test_a_kept_refiner_of_other_data_or_settings_is_refused(disks: Path, tmp_path: Path) -> None:
    settings = {"refiner": "trained", "refiner_steps": 4, "refiner_folder": tmp_path}
    source, recipe = coarse(disks).source, RefinerSettings()
    claim(tmp_path, recipe, source, 4)
    claim(tmp_path, recipe, source, 4)
    for changed in ({"seed": 1}, {"refiner_steps": 5}, {"losses": "mil"}):
        with pytest.raises(InputError, match="contains a refiner of other data or settings; choose another folder"):
            refined_by(disks, tmp_path, **settings | changed)
    with pytest.raises(InputError, match="other data"):
        claim(tmp_path, recipe, annotated(read_points(str(disks)), 0.5, 0).source, 4)


def test_refinement_is_measured_alone(disks: Path) -> None:
    report, watch = simulated(disks, localiser="none")
    assert set(watch.bars) == {"refinement"}
    figures = report.to_json()
    assert (figures["train_images"], figures["annotated_points"]) == (4, 36)
    assert figures["offset_after"] < figures["offset_before"] / 3  # type: ignore[operator]
    assert "map_by_tau" not in figures
    assert figures["columns"] == ["tau", "before", "after"]
    for _, before, after in report.rows:
        assert 0 <= before <= after <= 1  # type: ignore[operator]
    assert report.rows[0][2] > report.rows[0][1]  # type: ignore[operator]
    assert report.title.startswith("36 objects, 4 images of ")
    assert report.title.endswith("; untrained refiner")


def test_an_adaptive_r_is_shown_as_a_histogram(disks: Path, tmp_path: Path) -> None:
    report, _ = simulated(disks, localiser="none", adaptive=True)
    figures = report.to_json()
    counts: dict[str, int] = figures["objects_by_reach"]  # type: ignore[assignment]
    assert sum(counts.values()) == 36
    assert [*counts] == sorted(counts, key=int)
    assert all(2 <= int(reach) <= 20 for reach in counts)
    assert figures["offset_after"] < figures["offset_before"] / 3  # type: ignore[operator]
    plot_report(report, tmp_path / "curve.png")
    assert {path.name for path in tmp_path.iterdir()} == {"curve.png", "curve-heat-map.png", "curve-reach.png"}


def test_a_fixed_r_has_no_histogram(disks: Path) -> None:
    report, _ = simulated(disks, localiser="none")
    assert report.to_json()["objects_by_reach"] is None
    assert [picture.name for picture in report.pictures] == ["heat-map"]


def test_test_images_need_a_localiser(disks: Path) -> None:
    with pytest.raises(InputError, match="--test: refinement alone is measured on --data; leave out --test"):
        simulated(disks, localiser="none", test=str(disks))


def test_untrained_refinement_finds_the_centres_of_disks(disks: Path) -> None:
    report, watch = simulated(disks)
    figures = report.figures
    assert set(watch.bars) == {"refinement", "train the localiser", "measure"}
    assert report.to_json()["method"] == "locate"
    assert (figures["train_images"], figures["images"], figures["annotated_points"]) == (3, 1, 27)
    assert figures["held_out"] is True
    assert figures["offset_after"] < figures["offset_before"] / 3  # type: ignore[operator]
    assert figures["rsv_after"] < figures["rsv_before"] / 5  # type: ignore[operator]
    assert figures["rsv_by_epoch"] is None
    assert (figures["refiner"], figures["steps"], figures["star"]) == ("untrained", 1, True)
    assert set(report.figures["map_by_tau"]) == {"0.1", "0.25", "0.5", "1", "2"}  # type: ignore[arg-type, call-overload]


def test_constraints_reach_the_refiner(disks: Path, tmp_path: Path) -> None:
    """With thresholds above every score no point of a bag counts, so no point moves."""
    figures, _ = refined_by(disks, tmp_path, refiner="untrained", relative=1.0, lowest=1.0)
    assert figures.offset_after == pytest.approx(figures.offset_before)


def test_an_r_larger_than_the_images_is_refused(disks: Path) -> None:
    source = coarse(disks).source
    with pytest.raises(InputError, match=r"^--reach: R of 64 cells is .* the longest side of any image is 96"):
        check_radius(LocateSimulation(data="", reach=64), source)
    with pytest.raises(InputError, match=r"^--radius: R of 60 cells"):
        check_radius(LocateSimulation(data="", radius=60), source)
    check_radius(LocateSimulation(data="", radius=60, refiner="untrained"), source)
    check_radius(LocateSimulation(data="", radius=24, reach=24, reading="native"), source)
    with pytest.raises(InputError, match=r"R of 25 cells is 100 image pixels"):
        check_radius(LocateSimulation(data="", reach=25, reading="native"), source)


def test_steps_and_minutes_exclude_each_other(disks: Path) -> None:
    with pytest.raises(InputError, match="either --steps or --minutes"):
        simulated(disks, minutes=1.0)
