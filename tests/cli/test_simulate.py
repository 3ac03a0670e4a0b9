"""`fewclicks simulate segment` and `fewclicks models`, on a small set made here."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from .program import Program


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coco")
    (folder / "images").mkdir()
    pixels = np.random.default_rng(0).integers(60, 90, (96, 128, 3), dtype=np.uint8)
    rings = []
    for x in (10, 70):
        pixels[30:70, x : x + 40] = (40, 60, 220)
        rings.append([x, 30, x + 40, 30, x + 40, 70, x, 70])
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
    (folder / "broken.onnx").write_text("broken")
    (folder / "broken.encoder.onnx").write_text("broken")
    return folder / "test.json"


def test_report_has_all_figures_and_the_baseline(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report, plot = tmp_path / "report.json", tmp_path / "plot.png"
    done = fewclicks(
        "simulate", "segment", "--data", data, "--baseline", "grabcut", "--json", report, "--plot", plot
    )  # fmt: skip
    assert done.status == 0
    assert "NoC@90" in done.out
    figures = json.loads(report.read_text())
    for method in (figures, figures["baseline"]):
        assert method["objects"] == 2
        for key in ("miou_by_round", "boundary_f_by_round", "clicks_by_round", "seconds_by_round"):
            assert len(method[key]) == 4
        assert all(0 <= value <= 1 for value in method["miou_by_round"] + method["boundary_f_by_round"])
        assert 0 <= method["noc85"] <= method["noc90"] <= 20
        assert set(method["encode_ms"]) == set(method["click_ms"]) == {"median", "p95"}
    assert figures["miou_by_round"][-1] > 0.9
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_images_are_enlarged(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report = tmp_path / "report.json"
    said = ("simulate", "segment", "--data", data, "--rounds", "1", "--no-noc", "--json", report)
    assert fewclicks(*said, "--enlarge", "16").status == 0
    figures = json.loads(report.read_text())
    assert figures["enlarge"] == 16
    assert figures["miou_by_round"][0] > 0.9
    assert figures["boundary_f_by_round"][0] > 0.9


def test_from_nothing_starts_with_no_mask(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report = tmp_path / "report.json"
    done = fewclicks(
        "simulate", "segment", "--data", data, "--from", "nothing", "--limit", "1", "--no-noc", "--json", report
    )  # fmt: skip
    assert done.status == 0
    figures = json.loads(report.read_text())
    assert figures["objects"] == 1
    assert figures["miou_by_round"][0] == 0
    assert figures["noc85"] is None


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--from", "nothing", "--baseline", "grabcut"), "no box or extreme points"),
        (("--json", "no/such/folder/report.json"), "cannot write"),
        (("--weights", "absent.onnx"), "absent.onnx: file not found"),
        (("--weights", "{data}"), "expected a file of the model 'segment' ending in .onnx"),
        (("--weights", "{data.parent}/broken.onnx"), "broken.onnx: not a readable ONNX file"),
        (("--encoding", "gaussian"), "expected weights trained with gaussian clicks"),
        (("--plot", "x.foo"), "x.foo: cannot write a picture of this type; use a name ending in "),
        (("--plot", "x"), "x: cannot write a picture of this type; use a name ending in "),
        (("--plot", "{data.parent}"), "cannot write: the path is a folder"),
        (("--json", "{data.parent}"), "cannot write: the path is a folder"),
        (("--json", "{data}"), "cannot write: the path is the data set"),
    ],
)
def test_what_cannot_be_simulated_is_said_first(
    arguments: tuple[str, ...], problem: str, data: Path, fewclicks: Program
) -> None:
    filled = [argument.format(data=data) for argument in arguments]
    done = fewclicks("simulate", "segment", "--data", data, *filled)
    assert done.status == 1
    assert problem in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "option", [("--noise", "inf"), ("--noise", "nan"), ("--min-region", "nan"), ("--seed", "-1"), ("--seed", 2**32)]
)
def test_a_number_that_is_none_of_the_option_is_wrong_usage(
    option: tuple[str, str], data: Path, fewclicks: Program
) -> None:
    assert option[0] in fewclicks.refused("simulate", "segment", "--data", data, *option, status=2)


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", "regions", "--data", "x"),
        ("simulate", "detect", "--data", "x"),
        ("synthetic", "--to", "x"),
        ("train", "segment", "--data", "x", "--backbone", "x", "--out", "x"),
        ("train", "regions", "--data", "x", "--backbone", "x", "--out", "x"),
        ("train", "detect", "--data", "x", "--backbone", "x", "--out", "x"),
    ],
)
def test_no_seed_is_negative(command: tuple[str, ...], fewclicks: Program) -> None:
    assert "'--seed'" in fewclicks.refused(*command, "--seed", "-1", status=2)
    if command[0] == "train":
        assert "'--minutes': expected a finite number, got inf" in fewclicks.refused(
            *command, "--minutes", "inf", status=2
        )
    if command[1] == "detect" and command[0] == "simulate":
        assert "'--noise': expected a finite number, got inf" in fewclicks.refused(*command, "--noise", "inf", status=2)


def test_a_set_without_masks_has_nothing_to_measure(tmp_path: Path, fewclicks: Program) -> None:
    (tmp_path / "none.json").write_text('{"images": [], "annotations": [], "categories": []}')
    refused = fewclicks.refused("simulate", "segment", "--data", tmp_path / "none.json")
    assert refused.endswith("none.json: no masks; choose data with masks")


@pytest.mark.parametrize("kind", ["absent", "no image", "other size"])
def test_images_that_do_not_fit_are_named(kind: str, data: Path, tmp_path: Path, fewclicks: Program) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "test.json").write_text(data.read_text())
    image = tmp_path / "images" / "a.png"
    if kind == "no image":
        image.write_text("text")
    if kind == "other size":
        cv2.imwrite(str(image), np.zeros((50, 50, 3), np.uint8))
    done = fewclicks("simulate", "segment", "--data", tmp_path / "test.json")
    assert done.status == 1
    assert "a.png" in done.err
    assert done.err.count("\n") == 1


FEW = ("--limit", "1", "--rounds", "1", "--no-noc")


def test_an_alias_measures_the_same(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    def figures(*words: object) -> dict[str, object]:
        fewclicks.done("simulate", *words, "--data", data, *FEW, "--json", tmp_path / "report.json")
        report = json.loads((tmp_path / "report.json").read_text())
        return {key: value for key, value in report.items() if not key.endswith("_ms")}

    alias = figures("segment", "--edges", "plain")
    assert alias == figures("mask", "--model", "segment", "--option", "edges=plain")
    assert figures("grabcut")["method"] == "grabcut"


def test_the_baseline_is_a_column_beside(data: Path, fewclicks: Program) -> None:
    shown = fewclicks.done("simulate", "mask", "--data", data, *FEW, "--baseline", "grabcut")
    heading = next(line for line in shown.splitlines() if "clicks" in line)
    assert "segment: mIoU" in heading
    assert "grabcut: mIoU" in heading
    assert "segment: box alone" in shown
    assert "grabcut: box alone" in shown


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--model", "dance"), "no model 'dance'; use one of "),
        (("--model", "regions"), "the model 'regions' has the task 'partition', not 'mask'"),
        (("--model", "segment-7"), "no version 'segment-7'"),
        (("--baseline", "detect"), "the model 'detect' has the task 'boxes', not 'mask'"),
        (("--option", "edges=sharp"), "--option: edges: "),
        (("--option", "colour=red"), "the model 'segment' has no option 'colour'; use edges"),
        (("--model", "grabcut", "--option", "a=b"), "the model 'grabcut' has no options"),
        (("--model", "grabcut", "--weights", "a.onnx"), "the model 'grabcut' has no files"),
        (("--project", "nowhere"), "no project here"),
    ],
)
def test_a_model_that_cannot_be_measured(
    arguments: tuple[str, ...], problem: str, data: Path, fewclicks: Program
) -> None:
    assert problem in fewclicks.refused("simulate", "mask", "--data", data, *arguments)
