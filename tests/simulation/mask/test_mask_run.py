"""The simulation of masks drives models with any of its kinds of prompt, and refuses the others clearly."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.images.source import ImageSource, size_of
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, Prompt, Prompts
from fewclicks.simulation.mask import SIMULATION
from fewclicks.simulation.mask.run import run
from fewclicks.simulation.mask.settings import MaskSettings
from fewclicks.simulation.spec import Subject

KEYS = {
    "method", "weights", "objects", "habits", "miou_by_round", "boundary_f_by_round", "clicks_by_round",
    "seconds_by_round", "noc85", "noc90", "encode_ms", "click_ms", "box_miou", "seed", "data", "enlarge", "baseline",
    "columns", "rows", "quality_predicted_by_round", "quality_spearman_by_round", "quality_ece_by_round",
}  # fmt: skip


@dataclass(frozen=True)
class Painter(Model[ImageSource, MaskAnswer, None]):
    """Answers with the box, or a disk around each click, in several masks, and predicts no IoU."""

    takes: tuple[type[Prompt], ...]
    radius: int = 12

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("paint", "painter", "painter-1")

    def encode(self, image: ImageSource) -> Encoding[ImageSource]:
        return Encoding(size_of(image), image, 0)

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[MaskAnswer, None] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, None]:
        full = np.zeros(encoding.size_hw, np.uint8)
        for prompt in prompts.all:
            assert isinstance(prompt, self.takes)
            if isinstance(prompt, BoxPrompt | ExtremePoints):
                full |= mask_from_shape(BoxPrompt(*prompt.xyxy), encoding.size_hw).full()
            if isinstance(prompt, Click):
                cv2.circle(full, (int(prompt.x), int(prompt.y)), self.radius, int(prompt.adds), -1)
        masks = (Mask.from_full(full > 0), Mask.empty(encoding.size_hw), Mask.from_full(full == 0))
        return Response(MaskAnswer(masks, (None, None, None)))


class Counted:
    """A watch that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.advanced = 0

    def start(self, what: str, total: int) -> None:
        self.started.append((what, total))

    def advance(self) -> None:
        self.advanced += 1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coco")
    (folder / "images").mkdir()
    pixels = np.random.default_rng(0).integers(60, 90, (96, 128, 3), dtype=np.uint8)
    rings = [[x, 30, x + 40, 30, x + 40, 70, x, 70] for x in (10, 70)]
    cv2.imwrite(str(folder / "images" / "a.png"), pixels)
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 128, "height": 96}],
        "categories": [{"id": 1, "name": "thing"}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1600,
             "bbox": [ring[0], 30, 40, 40], "segmentation": [ring]}
            for number, ring in enumerate(rings, 1)
        ],
    }  # fmt: skip
    (folder / "test.json").write_text(json.dumps(content))
    return folder / "test.json"


def subject(*takes: type[Prompt]) -> Subject[MaskAnswer]:
    return Subject(Painter(takes), takes)  # type: ignore[arg-type]


def test_clicks_alone(data: Path) -> None:
    watch = Counted()
    report = run(subject(Click), MaskSettings(data=data, start="nothing"), watch)
    written = json.loads(report.text())
    assert set(written) == KEYS
    assert (written["method"], written["weights"], written["objects"]) == ("painter", "painter-1", 2)
    assert written["miou_by_round"][0] == 0
    assert written["miou_by_round"][-1] > 0.5
    assert written["box_miou"] is None
    assert written["noc85"] is not None
    assert written["quality_ece_by_round"] == [None] * 4
    assert [row[0] for row in report.rows] == [0, 1, 2, 3]
    assert [row[3] for row in report.rows] == written["miou_by_round"]
    assert report.title == f"2 objects of {data}"
    assert "NoC@85" in report.lines[0]
    assert (watch.started, watch.advanced) == ([("painter", 2)], 2)


class Turning(Painter):
    """For a click alone, it has squares around it of these sides, in turn."""

    sides: tuple[int, ...] = (20, 40, 60)

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[MaskAnswer, None] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, None]:
        turns = sum(isinstance(prompt, AnotherMask) for prompt in prompts.all)
        if turns and len(self.sides) == 1:
            raise InputError("no other mask")
        x, y = next((each.x, each.y) for each in prompts.all if isinstance(each, Click))
        half = self.sides[turns % len(self.sides)] // 2
        mask = mask_from_shape(BoxPrompt(x - half, y - half, x + half, y + half), encoding.size_hw)
        return Response(MaskAnswer.of(mask))


class Sure(Turning):
    sides = (40,)


class Torn(Turning):
    sides = (20, 40)


@pytest.mark.parametrize(("model", "first", "masks"), [(Turning, 0.25, 3), (Torn, 0.25, 2), (Sure, 0.91, 1)])
def test_all_masks_for_a_first_click_are_compared(data: Path, model: type[Turning], first: float, masks: int) -> None:
    takes = (Click, AnotherMask)
    settings = MaskSettings.model_validate({"data": data, "from": "nothing", "rounds": 0, "noc": False})
    report = run(Subject(model(takes), takes), settings, Counted())  # type: ignore[arg-type]
    found = [report.figures[f"first_click_{each}"] for each in ("miou", "best_miou", "masks")]
    assert found == [pytest.approx(first, abs=0.03), pytest.approx(0.95, abs=0.06), masks]
    assert f"best of {masks:.1f} masks" in report.lines[0]


@pytest.mark.parametrize("start", ["box", "loose"])
def test_a_model_without_clicks_is_measured_at_the_start_alone(data: Path, start: str) -> None:
    report = run(subject(BoxPrompt), MaskSettings.model_validate({"data": data, "from": start}), Counted())
    assert len(report.rows) == 1
    assert report.figures["noc85"] is None
    assert report.figures["box_miou"] == report.rows[0][3]


def test_extreme_points_and_clicks(data: Path) -> None:
    report = run(subject(ExtremePoints, Click), MaskSettings(data=data, start="extreme", limit=1), Counted())
    assert report.figures["objects"] == 1
    assert report.figures["miou_by_round"] == [1, 1, 1, 1]
    assert report.figures["clicks_by_round"] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("takes", "start", "problem"),
    [
        ((Click,), "box", "painter does not accept boxes, which --from box requires; choose --from nothing"),
        (
            (BoxPrompt,),
            "nothing",
            "painter does not accept clicks, which --from nothing requires; choose --from box, loose",
        ),
        ((BoxPrompt, Click), "extreme", "painter does not accept extreme points, which --from extreme requires"),
    ],
)
def test_a_start_that_the_model_does_not_take(
    data: Path, takes: tuple[type[Prompt], ...], start: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        run(subject(*takes), MaskSettings.model_validate({"data": data, "start": start}), Counted())


@pytest.mark.parametrize(
    "wrong",
    [{"noise": float("inf")}, {"noise": -1}, {"min_region": float("nan")}, {"seed": -1}, {"seed": 2**32},
     {"enlarge": 17}, {"per_round": 0}, {"from": "somewhere"}],
)  # fmt: skip
def test_settings_have_limits(data: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MaskSettings.model_validate({"data": data, **wrong})


def test_the_spec_names_what_exists() -> None:
    assert SIMULATION.run == f"{run.__module__}:run"
    assert SIMULATION.settings == f"{MaskSettings.__module__}:MaskSettings"
