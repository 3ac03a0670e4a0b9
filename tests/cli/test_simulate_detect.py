"""`fewclicks simulate detect` and `fewclicks synthetic`, as a user runs them."""

import json
from pathlib import Path

import pytest

from .program import Program


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from fewclicks.synthetic.drawing import Wanted, write_set

    folder = tmp_path_factory.mktemp("detect") / "made"
    return write_set(Wanted(images=5, classes=3, side=96, objects=6, seed=1), folder)


def test_a_report_has_all_figures(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report, plot = tmp_path / "report.json", tmp_path / "plot.png"
    shown = fewclicks.done(
        "simulate", "detect", "--data", data, "--variant", "template-matching", "--clicks", 3, "--sessions", 2,
        "--mosaic", 2, "--oriented", "--json", report, "--plot", plot,
    )  # fmt: skip
    assert "mAP .5:.95" in shown
    figures = json.loads(report.read_text())
    assert figures["variant"] == figures["method"] == "template-matching"
    assert figures["images"] == 2
    for key in ("map50_by_clicks", "coco_map_by_clicks", *(("per_class", name) for name in figures["per_class"])):
        curve = figures[key] if isinstance(key, str) else figures[key[0]][key[1]]
        assert len(curve) == 4
        assert all(0 <= mean <= 1 and spread >= 0 for mean, spread in curve)
    assert figures["map50_by_clicks"][0] == [0, 0]
    assert figures["map50_by_clicks"][3][0] > figures["map50_by_clicks"][1][0] > 0
    assert len(figures["map50_by_session"]) == 2
    assert set(figures["click_ms"]) == set(figures["encode_ms"]) == {"median", "p95"}
    assert set(figures["clicks_to_map"]) == set(figures["seconds_to_map"]) == {"0.5", "0.6", "0.7", "0.8", "0.9"}
    assert figures["seconds_by_hand"] > 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_clicks_a_class_and_the_same_figures_again(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    def curve(seed: int) -> list[list[float]]:
        report = tmp_path / "report.json"
        fewclicks.done(
            "simulate", "detect", "--data", data, "--variant", "template-matching", "--clicks", 2, "--sessions", 2,
            "--per-class", "--limit", 2, "--seed", seed, "--json", report,
        )  # fmt: skip
        figures = json.loads(report.read_text())
        assert figures["images"] == 2
        assert figures["spent_by_clicks"][1] > 1
        return figures["map50_by_session"]

    assert curve(0) == curve(0)
    assert curve(0) != curve(1)


def test_the_shipped_model_finds_what_was_clicked_and_more(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report = tmp_path / "report.json"
    asked = ("--per-class", "--clicks", 2, "--sessions", 2, "--reach", 0.4, "--reach", 1, "--json", report)
    shown = fewclicks.done("simulate", "detect", "--data", data, *asked)
    figures = json.loads(report.read_text())
    assert figures["variant"] == "c3det"
    assert figures["weights"].startswith("detect-")
    first, *_, last = (mean for mean, _ in figures["map50_by_clicks"])
    assert first == 0, "class slots know nothing before a click"
    assert last > 0.7
    assert figures["unclicked_map50_by_clicks"][1][0] > 0.5
    assert figures["click_ms"]["median"] > 0
    assert set(figures["clicks_to_map"]) == set(figures["seconds_to_map"]) == {"0.4", "1.0"}
    assert figures["clicks_to_map"]["0.4"] == 1
    assert "mAP 0.4 reached; clicks a class: 1, seconds an image: " in shown


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--data", "absent.json"), "absent.json: file or folder not found"),
        (("--data", "{data}@tset"), "no split 'tset'; use one of train, val, test, trainval"),
        (("--weights", "absent.onnx", "--data", "{data}"), "absent.onnx: file not found"),
        (("--weights", "{data}", "--data", "{data}"), "expected a file of the model 'detect' ending in .onnx"),
        (("--json", "no/such/report.json", "--data", "{data}"), "cannot write"),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_said_first(
    arguments: tuple[str, ...], problem: str, data: Path, fewclicks: Program
) -> None:
    filled = [argument.format(data=data) for argument in arguments]
    assert problem in fewclicks.refused("simulate", "detect", *filled)


def test_images_without_objects_cannot_be_measured(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    content = json.loads(data.read_text())
    content["annotations"] = [each for each in content["annotations"] if each["image_id"] == 3]
    (data.parent / "late.json").write_text(json.dumps(content))
    said = fewclicks.refused(
        "simulate", "detect", "--data", data.parent / "late.json", "--variant", "template-matching", "--limit", 2
    )  # fmt: skip
    assert "no objects in the 2 images" in said


def test_a_synthetic_set_is_made_once(tmp_path: Path, fewclicks: Program) -> None:
    arguments = ("synthetic", "--to", tmp_path / "made", "--images", 2, "--side", 64, "--objects", 3)
    assert "set.json" in fewclicks.done(*arguments)
    assert len(list((tmp_path / "made" / "images").glob("*.png"))) == 2
    assert "the folder already exists" in fewclicks.refused(*arguments)
    (tmp_path / "no").write_text("a file")
    assert "cannot write" in fewclicks.refused("synthetic", "--to", tmp_path / "no" / "made", "--images", 1)
