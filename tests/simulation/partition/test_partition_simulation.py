"""Reports on partitions: what counts as one photo, and models that take other prompts."""

from collections.abc import Collection
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from fewclicks.answers import PartitionAnswer
from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.regions import METHOD
from fewclicks.methods.registry import open_model, shipped_files
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, ClassClick, ExtremePoints, Prompt, Prompts, Scribble
from fewclicks.simulation.partition.run import run
from fewclicks.simulation.partition.settings import PartitionSettings
from fewclicks.simulation.spec import Subject


class Silent:
    """Counts what is done."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def start(self, what: str, total: int) -> None:
        self.total = total

    def advance(self) -> None:
        self.done += 1


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos, each partitioned by two people who do not agree: two halves, split elsewhere."""
    folder = tmp_path_factory.mktemp("people")
    for name in ("photos", "photos_labels"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    for photo in range(3):
        pixels = np.full((48, 64, 3), 60, np.uint8)
        pixels[:, 24 + 8 * photo :] = (40, 160, 220)
        cv2.imwrite(str(folder / "photos" / f"{photo}.jpg"), pixels + rng.integers(0, 20, pixels.shape, dtype=np.uint8))
        for person in (1, 2):
            labels = np.ones((48, 64), np.uint8)
            labels[:, 12 + 8 * photo + 10 * person :] = 2
            cv2.imwrite(str(folder / "photos_labels" / f"{photo}_{person}.png"), labels)
    return folder / "photos"


def regions() -> Subject[PartitionAnswer]:
    (role,) = METHOD.roles
    files = shipped_files(role)
    assert files is not None
    return Subject(cast(Model[object, PartitionAnswer, object], open_model(role, files)), role.prompts)


def test_people_who_partition_the_same_photo_count_as_one_in_the_standard_error(people: Path) -> None:
    watch = Silent()
    report = run(regions(), PartitionSettings(data=people, scribbles=1), watch).to_json()
    assert (report["images"], report["partitions"], report["regions"]) == (3, 6, 12)
    assert [each["name"] for each in report["by_image"]] == ["0.jpg", "1.jpg", "2.jpg"]  # type: ignore
    means = np.array([each["miou"] for each in report["by_image"]])  # type: ignore
    np.testing.assert_allclose(report["stderr_by_scribbles"], means.std(0, ddof=1) / np.sqrt(3))  # type: ignore
    np.testing.assert_allclose(report["miou_by_scribbles"], means.mean(0))  # type: ignore
    assert (watch.done, watch.total) == (6, 6)


def test_rows_are_the_curve(people: Path) -> None:
    report = run(regions(), PartitionSettings(data=people, scribbles=2, limit=2), Silent())
    assert [column.key for column in report.columns] == ["scribbles", "spent", "seconds", "miou", "stderr"]
    assert len(report.rows) == 3
    assert [row[3] for row in report.rows] == report.figures["miou_by_scribbles"]
    assert report.title == f"4 regions in 1 images of {people}"
    assert (report.model, report.to_json()["method"]) == ("regions", "regions")
    (line,) = report.lines
    assert line.startswith("encode ")


class Boxes(Model[None, PartitionAnswer, None]):
    """Fills boxes, numbers targets from the last to the first, and ignores scribbles."""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("boxes", "boxes", "1")

    def encode(self, image: ImageSource) -> Encoding[None]:
        return Encoding(size_of(image), None, 0)

    def respond(
        self,
        encoding: Encoding[None],
        prompts: Prompts,
        previous: Response[PartitionAnswer, None] | None = None,
        options: Options = COMPLETE,
    ) -> Response[PartitionAnswer, None]:
        labels = np.zeros(encoding.size_hw, np.uint16)
        boxes = [prompt for prompt in prompts.all if isinstance(prompt, BoxPrompt | ExtremePoints)][::-1]
        for number, box in enumerate(boxes, start=1):
            x0, y0, x1, y1 = (round(value) for value in box.xyxy)
            labels[y0:y1, x0:x1] = number
        predicted = {box.target: 0.5 for box in boxes[1:]}  # all but one
        return Response(PartitionAnswer(tuple(box.target for box in boxes), labels, predicted))


def subject(takes: Collection[type[Prompt]]) -> Subject[PartitionAnswer]:
    return Subject(cast(Model[object, PartitionAnswer, object], Boxes()), takes)


@pytest.mark.parametrize("first", [BoxPrompt, ExtremePoints])
def test_a_model_without_scribbles_is_measured_at_the_start(people: Path, first: type[Prompt]) -> None:
    report = run(subject([first]), PartitionSettings(data=people, scribbles=3), Silent())
    assert [row[0] for row in report.rows] == [0]
    assert report.figures["miou_by_scribbles"] == [pytest.approx(1.0)]  # halves are boxes
    assert report.lines[-1] == "measured without corrections: this model takes no scribbles"


def test_scribbles_are_given_to_a_model_that_takes_them(people: Path) -> None:
    report = run(subject([BoxPrompt, Scribble]), PartitionSettings(data=people, scribbles=3), Silent())
    assert len(report.rows) == 4
    assert report.figures["quality_predicted_by_scribbles"] == [None] * 4, "6 regions are too few"


def test_the_predicted_iou_is_compared_with_the_true_one(tmp_path: Path, people: Path) -> None:
    for number in range(2):
        for each in (*people.iterdir(), *people.with_name("photos_labels").iterdir()):
            copy = tmp_path / each.parent.name / f"{number}{each.name}"
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(each.read_bytes())
    report = run(subject([BoxPrompt]), PartitionSettings(data=tmp_path / "photos"), Silent())
    assert report.figures["quality_predicted_by_scribbles"] == [0.5]
    assert report.figures["quality_ece_by_scribbles"] == [pytest.approx(0.5)]
    assert report.figures["quality_spearman_by_scribbles"] == [None]


def test_a_model_without_a_first_prompt_is_refused(people: Path) -> None:
    with pytest.raises(InputError, match="accepts extreme points or boxes, got one that accepts class click, scribble"):
        run(subject([Scribble, ClassClick]), PartitionSettings(data=people), Silent())
