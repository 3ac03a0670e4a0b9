"""Which model is measured on which data, in whose classes, with networks that never learnt anything."""

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.errors import InputError
from fewclicks.methods.baselines import TEMPLATE_MATCHING
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.options import DetectOptions
from fewclicks.methods.registry import files_of, open_model, shipped_files
from fewclicks.methods.spec import Role
from fewclicks.prompts import BoxPrompt, Click
from fewclicks.simulation.boxes.class_names import in_classes_of
from fewclicks.simulation.boxes.run import run
from fewclicks.simulation.boxes.settings import BoxesSettings
from fewclicks.simulation.report import Report
from fewclicks.simulation.spec import Subject
from fewclicks.synthetic.drawing import Wanted, write_set

NAMES = {1: "ship", 2: "plane", 7: "unused"}


class Counting:
    """What a run tells of its progress."""

    def __init__(self) -> None:
        self.what, self.left = "", 0

    def start(self, what: str, total: int) -> None:
        self.what, self.left = what, total

    def advance(self) -> None:
        self.left -= 1


def measured(role: Role, data: Path, weights: Path | None = None, once: bool = False, **settings: object) -> Report:
    files = shipped_files(role) if weights is None else files_of(role, weights)
    assert files is not None
    model = open_model(role, files, options=DetectOptions(read_once=once) if role is DETECT else None)
    watch = Counting()
    given = {"clicks": 2, "sessions": 2} | settings
    report = run(Subject(model, role.prompts), BoxesSettings(data=str(data), **given), watch)  # type: ignore[arg-type]
    assert (watch.what, watch.left) == (role.name, 0)
    return report


def set_of(*class_ids: int) -> BoxedSource:
    boxes = np.tile([10.0, 10, 4, 4, 0], (len(class_ids), 1))
    image = BoxedImage(Path("a.png"), (20, 20), boxes, np.array(class_ids, np.int64), boxes[:1], np.array([1]))
    return BoxedSource("made up", (image,), NAMES)


def test_classes_have_the_ids_that_the_model_knows_them_by() -> None:
    source, unknown = in_classes_of({"plane": 1, "car": 2, "ship": 9}, set_of(1, 2, 1))
    assert source.images[0].class_ids.tolist() == [9, 1, 9]
    assert source.images[0].ignored_class_ids.tolist() == [9]
    assert source.class_names == {9: "ship", 1: "plane", 17: "unused"}
    assert unknown == []


def test_classes_that_a_model_does_not_know_have_ids_of_their_own() -> None:
    source, unknown = in_classes_of({"car": 1}, set_of(1, 2))
    assert unknown == ["ship", "plane"]
    assert set(source.images[0].class_ids.tolist()).isdisjoint({1})
    assert len(set(source.images[0].class_ids.tolist())) == 2


# --- with models ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images of two classes, car and plane."""
    path = write_set(Wanted(images=2, classes=2, side=96, objects=5, seed=1), tmp_path_factory.mktemp("set") / "made")
    return renamed(path, "train.json", "car", "plane")


def renamed(path: Path, name: str, *classes: str) -> Path:
    content = json.loads(path.read_text())
    for category, known in zip(content["categories"], classes, strict=True):
        category["name"] = known
    copy = path.with_name(name)
    copy.write_text(json.dumps(content))
    return copy


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model that knows two classes."""
    torch = pytest.importorskip("torch", reason="exporting needs fewclicks[train]")
    from fewclicks.methods.detect.inference.network.design import Design
    from fewclicks.methods.detect.inference.network.runtime import NetworkInfo
    from fewclicks.methods.detect.training.export import export_detect
    from fewclicks.methods.detect.training.network.detector import DetectNetwork

    path = tmp_path_factory.mktemp("weights") / "model.onnx"
    torch.manual_seed(0)
    design = Design("c3det")
    export_detect(DetectNetwork(design, 2), path, NetworkInfo("model-0", design, (3, 4), ("plane", "car")))
    return path


def test_a_report_has_rows_figures_and_lines(data: Path) -> None:
    report = measured(DETECT, data, per_class=True, reach=(0.4, 1.0))
    assert [column.title for column in report.columns][:2] == ["clicks a class", "clicks spent an image"]
    assert [row[0] for row in report.rows] == [0, 1, 2]
    assert [row[3] for row in report.rows] == [mean for mean, _ in report.to_json()["map50_by_clicks"]]  # type: ignore[union-attr]
    content = json.loads(report.text())
    assert (content["method"], content["weights"]) == ("detect", report.version)
    assert (content["variant"], content["read_once"], content["certain"], content["data"]) == (
        "c3det",
        False,
        False,
        str(data),
    )
    assert content["person"] == {
        "clicks": 2,
        "sessions": 2,
        "per_class": True,
        "noise_px": 0.0,
        "wrong_class": 0.0,
        "seed": 0,
    }
    assert set(content["clicks_to_map"]) == {"0.4", "1.0"}
    assert content["map50_by_clicks"][0] == [0, 0], "class slots know nothing before a click"
    assert report.lines[0].startswith("mAP 0.4 reached; clicks a class: 1, seconds an image: ")
    assert "by hand" in report.lines[-1]
    assert "click" in report.lines[-1]
    assert report.title == f"{report.figures['objects']} objects in 2 images of {data}"


def test_class_slots_read_images_twice_unless_told_not_to(data: Path) -> None:
    figures = [measured(DETECT, data, once=once, limit=1, clicks=0).figures for once in (False, True)]
    assert [each["read_once"] for each in figures] == [False, True]


def test_template_matching_is_given_boxes(data: Path) -> None:
    report = measured(TEMPLATE_MATCHING, data, clicks=3)
    content = json.loads(report.text())
    assert content["variant"] == content["method"] == "template-matching"
    assert content["map50_by_clicks"][0] == [0, 0]
    assert content["map50_by_clicks"][3][0] > 0
    again = measured(TEMPLATE_MATCHING, data, clicks=3, example="box")
    assert json.loads(again.text())["map50_by_session"] == content["map50_by_session"]


def test_a_model_that_takes_neither_clicks_nor_boxes_is_refused(data: Path) -> None:
    model = open_model(TEMPLATE_MATCHING, {})
    for takes, example, problem in (
        ((Click,), None, "template-matching' accepts click, but this simulation needs class_click or box"),
        ((BoxPrompt,), "click", "template-matching' accepts box, but this simulation needs class_click"),
        ((), "box", "template-matching' accepts no prompts, but this simulation needs box"),
    ):
        with pytest.raises(InputError, match=problem):
            run(Subject(model, takes), BoxesSettings(data=str(data), example=example), Counting())  # type: ignore[arg-type]


def test_models_and_data_that_do_not_go_together_are_refused(data: Path, weights: Path) -> None:
    strange = renamed(data, "strange.json", "ship", "plane")
    with pytest.raises(InputError, match="the model model-0 has no class ship; its classes are plane, car"):
        measured(DETECT, strange, weights)
    with pytest.raises(InputError, match="passthrough needs a model that finds boxes without clicks, but detect-"):
        measured(DETECT, data, passthrough=True)
    report = measured(DETECT, strange, weights, passthrough=True, limit=1)
    assert report.figures["variant"] == "passthrough"
    assert report.model == "detect"


@pytest.mark.parametrize("settings", [{}, {"passthrough": True}, {"passthrough": True, "certain": True}])
def test_an_untrained_model_goes_through_the_sessions(settings: dict[str, object], weights: Path, data: Path) -> None:
    first, again = (measured(DETECT, data, weights, per_class=True, **settings).figures for _ in range(2))
    assert first["map50_by_session"] == again["map50_by_session"]
    assert set(first["per_class"]) == {"car", "plane"}  # type: ignore[arg-type]
    assert first["click_ms"]["median"] > 0  # type: ignore[call-overload, index, operator]
    assert first["certain"] is bool(settings.get("certain"))


@pytest.mark.parametrize("wrong", [{"clicks": -1}, {"sessions": 0}, {"noise": float("inf")}, {"reach": (1.5,)}])
def test_settings_have_limits(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BoxesSettings(data="a", **wrong)  # type: ignore[arg-type]


def test_clicks_of_a_wrong_class_need_a_second_class(data: Path, tmp_path: Path) -> None:
    report = measured(DETECT, data, wrong_class=1.0)
    assert report.to_json()["person"]["wrong_class"] == 1  # type: ignore[index, call-overload]
    content = json.loads(data.read_text(encoding="utf-8"))
    content["categories"] = content["categories"][:1]
    content["annotations"] = [
        {**each, "category_id": content["categories"][0]["id"]} for each in content["annotations"]
    ]
    only = data.with_name("only.json")
    only.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="has only one class; remove --wrong-class"):
        measured(DETECT, only, wrong_class=0.1)
