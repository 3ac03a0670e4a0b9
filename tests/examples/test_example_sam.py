"""Segment Anything's files as a model: a tiny pair of the same interface, over HTTP, on the command line, in Python."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("onnx", reason="the tiny pair is made with onnx, which comes with fewclicks[train]")

from tiny_sam import Kind, make_pair

from example_packages import EXAMPLES, checked, fewclicks, refused, serving
from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import encode_rle
from fewclicks.model import AnyModel, Encoding
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, MaskPrompt, Prompt, Prompts
from fewclicks.store.project import create_project
from server.api import Api, Json, annotation, click, pixels, words

CONTRACTS = EXAMPLES.parent / "tests" / "contracts"
RED, BLUE = (220, 60, 40), (30, 30, 220)
SIZES = [(90, 240), (240, 90), (101, 77), (1500, 2000), (64, 64)]
ONE = (0.125, 0.25, 0.375, 0.75)  # where red objects are, x0, y0, x1, y1 as shares of the image
OTHER = (0.625, 0.25, 0.875, 0.75)


def place(box: tuple[float, ...], size_hw: tuple[int, int]) -> tuple[int, ...]:
    return tuple(round(share * size_hw[1 - number % 2]) for number, share in enumerate(box))


def mask(box: tuple[float, ...], size_hw: tuple[int, int]) -> Mask:
    x0, y0, x1, y1 = place(box, size_hw)
    full = np.zeros(size_hw, bool)
    full[y0:y1, x0:x1] = True
    return Mask.from_full(full)


def picture(size_hw: tuple[int, int], other: tuple[int, int, int] = RED) -> np.ndarray:
    image = np.full((*size_hw, 3), 100, np.uint8)
    image[mask(ONE, size_hw).full()] = RED
    image[mask(OTHER, size_hw).full()] = other
    return image


# --- the model ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["pixels", "square"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, kind: Kind) -> tuple[Path, Path]:
    return make_pair(tmp_path_factory.mktemp(kind), kind)


@pytest.fixture(scope="module")
def model(pair: tuple[Path, Path]) -> Iterator[AnyModel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES / "fewclicks-sam" / "src"))
        from fewclicks_sam.model import SamModel

        yield SamModel(*pair, threads=1)


def found(model: AnyModel, encoding: Encoding[object], prompts: Prompts) -> MaskAnswer:
    answer = model.respond(encoding, prompts).answer
    assert isinstance(answer, MaskAnswer)
    return answer


def at(box: tuple[float, ...], size_hw: tuple[int, int], adds: bool = True) -> Click:
    """A click in the middle of an object."""
    x0, y0, x1, y1 = place(box, size_hw)
    return Click((x0 + x1) / 2, (y0 + y1) / 2, adds)


@pytest.mark.parametrize("size_hw", SIZES)
def test_a_click_finds_what_has_its_colour_in_images_of_any_shape(model: AnyModel, size_hw: tuple[int, int]) -> None:
    encoding = model.encode(picture(size_hw, BLUE))
    for box in (ONE, OTHER):
        answer = found(model, encoding, Prompts.of(at(box, size_hw)))
        assert answer.mask.iou(mask(box, size_hw)) > 0.95


@pytest.mark.parametrize("size_hw", SIZES)
def test_a_box_and_extreme_points_bound_the_object(model: AnyModel, size_hw: tuple[int, int]) -> None:
    encoding, truth = model.encode(picture(size_hw)), mask(ONE, size_hw)
    x0, y0, x1, y1 = (float(each) for each in truth.xyxy)
    for prompt in (BoxPrompt(x0, y0, x1, y1), ExtremePoints(truth.extreme_points())):
        answer = found(model, encoding, Prompts.of(prompt))
        assert answer.mask.iou(truth) > 0.9
        assert answer.mask.intersection(mask(OTHER, size_hw)) == 0


def test_each_round_starts_from_the_logits_of_the_round_before(model: AnyModel) -> None:
    size_hw = SIZES[0]
    encoding = model.encode(picture(size_hw, BLUE))
    box = BoxPrompt(*(float(each) for each in mask(ONE, size_hw).xyxy))
    wrong = at(ONE, size_hw, adds=False)
    first, together, later = (
        model.respond(encoding, prompts).memo.answered[-1].logits[0]  # type: ignore[attr-defined]
        for prompts in (Prompts.of(box), Prompts.of(box, wrong), Prompts.of(box).then(wrong))
    )
    np.testing.assert_allclose(later - together, first / 2, atol=1e-4)  # the tiny decoder adds half of them


def test_a_mask_made_by_hand_is_corrected(model: AnyModel) -> None:
    size_hw = SIZES[1]
    encoding = model.encode(picture(size_hw, BLUE))
    whole = mask((0, 0, 1, 1), size_hw)
    drawn = MaskPrompt(whole)
    assert found(model, encoding, Prompts.of(drawn)).mask == whole
    less = found(model, encoding, Prompts.of(drawn).then(at(ONE, size_hw, adds=False))).mask
    assert less.area == pytest.approx(whole.area - mask(ONE, size_hw).area, rel=0.02)
    assert less.intersection(mask(ONE, size_hw)) < 0.05 * mask(ONE, size_hw).area
    assert less == found(model, encoding, Prompts.of(drawn, at(ONE, size_hw, adds=False))).mask
    before = Prompts.of(at(OTHER, size_hw)).then(drawn).then(at(ONE, size_hw, adds=False))
    assert less == found(model, encoding, before).mask, "a mask replaces earlier rounds"
    with pytest.raises(InputError, match=r"expected a mask of \(240, 90\) pixels"):
        model.respond(encoding, Prompts.of(MaskPrompt(mask(ONE, (90, 240)))))


def test_one_click_has_three_masks_and_other_prompts_have_one(model: AnyModel) -> None:
    size_hw = SIZES[0]
    encoding = model.encode(picture(size_hw))
    box = BoxPrompt(*(float(each) for each in mask(ONE, size_hw).xyxy))
    one_click = found(model, encoding, Prompts.of(at(ONE, size_hw)))
    assert one_click.predicted_ious == pytest.approx((1, 0.8, 0.7)), "best first, within 0..1"
    others: list[tuple[Prompt, ...]] = [(box,), (box, at(ONE, size_hw)), (at(ONE, size_hw), at(OTHER, size_hw))]
    for prompts in others:
        assert found(model, encoding, Prompts.of(*prompts)).predicted_ious == pytest.approx((0.6,))
    again = Prompts.of(at(ONE, size_hw)).then(at(OTHER, size_hw))
    assert found(model, encoding, again).predicted_ious == pytest.approx((0.6,))


def test_another_mask_turns_to_the_next_one_and_a_click_corrects_it(model: AnyModel) -> None:
    size_hw = SIZES[0]
    encoding = model.encode(picture(size_hw))
    given, seen, response = Prompts.of(at(ONE, size_hw)), [], None
    for _ in range(4):
        response = model.respond(encoding, given, response)
        assert found(model, encoding, given).masks == response.answer.masks  # type: ignore[union-attr]
        seen.append(response.answer.predicted_ious)  # type: ignore[union-attr]
        given = given.then(AnotherMask())
    assert [each[0] for each in seen] == pytest.approx([1, 0.8, 0.7, 1])
    turned = Prompts.of(at(ONE, size_hw)).then(AnotherMask())
    clicked, unturned = turned.then(at(OTHER, size_hw)), Prompts.of(at(ONE, size_hw)).then(at(OTHER, size_hw))
    first, second, later, other = (
        model.respond(encoding, each).memo.answered[-1].logits[0]  # type: ignore[attr-defined]
        for each in (Prompts.of(at(ONE, size_hw)), turned, clicked, unturned)
    )
    np.testing.assert_allclose(later - other, (second - first) / 2, atol=1e-4)
    with pytest.raises(InputError, match="no other mask"):
        found(model, encoding, clicked.then(AnotherMask()))


def test_both_forms_of_encoder_embed_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "fewclicks-sam" / "src"))
    from fewclicks_sam.model import SamModel

    image = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    one, other = (SamModel(*make_pair(tmp_path, kind, 1), threads=1).encode(image) for kind in ("pixels", "square"))
    assert one.data.scaled_hw == other.data.scaled_hw == (683, 1024)
    np.testing.assert_allclose(one.data.embedding, other.data.embedding, atol=1e-4)


def test_a_decoder_of_one_mask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "fewclicks-sam" / "src"))
    from fewclicks_sam.model import SamModel

    model = SamModel(*make_pair(tmp_path, "pixels", 1), threads=1)
    answer = model.respond(model.encode(picture(SIZES[0], BLUE)), Prompts.of(at(ONE, SIZES[0]))).answer
    assert answer.predicted_ious == pytest.approx((0.8,))
    assert answer.mask.iou(mask(ONE, SIZES[0])) > 0.95


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_pair(tmp_path_factory.mktemp("files"))


def of_user(methods: Mapping[str, str], home: Path) -> dict[str, str]:
    return {**methods, **{name: str(home) for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA")}}


@pytest.fixture
def user(methods: Mapping[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a user without versions."""
    return of_user(methods, tmp_path / "user")


@pytest.fixture(scope="module")
def owner(
    methods: Mapping[str, str], files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of a user who has added `files`."""
    owner = of_user(methods, tmp_path_factory.mktemp("owner"))
    fewclicks(owner, "models", "add", "sam", *files)
    return owner


def added(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("sam-*")}


ADDED = {"sam-1.encoder.onnx", "sam-1.decoder.onnx", "sam-1.json"}


def test_files_are_added_listed_and_removed(user: Mapping[str, str], files: tuple[Path, Path], tmp_path: Path) -> None:
    said = refused(user, "simulate", "mask", "--model", "sam", "--data", tmp_path / "absent.json")
    assert said.endswith("add one with: fewclicks models add sam ENCODER DECODER")
    said = fewclicks(user, "models", "add", "sam", *files)
    assert said.startswith("added sam-1 in ")
    assert "measure it: fewclicks simulate mask --model sam-1 --data DATA" in said
    assert added(tmp_path / "user") == ADDED
    shown = fewclicks(user, "models")
    assert "Segment Anything (sam)\n" in shown
    assert "    sam-1 (user), " in shown
    assert "Added by hand as a version of Segment Anything." in shown
    assert "no card" not in shown
    program = "import fewclicks; print(fewclicks.load('sam').info.version, fewclicks.load('sam-1').info.method)"
    assert checked(sys.executable, "-c", program, environment=user).split()[1] == "sam"
    fewclicks(user, "models", "remove", "sam-1")
    assert added(tmp_path / "user") == set()


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (
            ("decoder.onnx", "encoder.onnx"),
            "decoder.onnx: not a version of the model 'sam': expected an encoder of Segment",
        ),
        (
            ("encoder.onnx", "encoder.onnx"),
            "encoder.onnx: not a version of the model 'sam': expected a decoder of Segment",
        ),
        (("broken.onnx", "decoder.onnx"), "broken.onnx: not a version of the model 'sam': not a readable ONNX file"),
        (("encoder.onnx", "broken.onnx"), "broken.onnx: not a version of the model 'sam': not a readable ONNX file"),
        (
            ("encoder.onnx",),
            "expected the files of the model 'sam' in this order: .encoder.onnx (image encoder), .decoder",
        ),
        (("encoder.onnx", "absent.onnx"), "absent.onnx: file not found"),
    ],
)
def test_wrong_files_are_refused_and_leave_nothing(
    user: Mapping[str, str], tmp_path: Path, names: tuple[str, ...], problem: str
) -> None:
    for path, name in zip(make_pair(tmp_path), ("encoder.onnx", "decoder.onnx"), strict=True):
        path.rename(tmp_path / name)
    (tmp_path / "broken.onnx").write_text("broken")
    said = refused(user, "models", "add", "sam", *(tmp_path / name for name in names))
    assert problem in said
    assert not (tmp_path / "user" / "fewclicks").exists()


def test_it_is_measured_beside_segment(owner: Mapping[str, str], tmp_path: Path) -> None:
    size_hw = (96, 128)
    (tmp_path / "images").mkdir()
    Image.fromarray(picture(size_hw)).save(tmp_path / "images" / "a.png")
    annotations = []
    for number, (x0, y0, x1, y1) in enumerate((place(ONE, size_hw), place(OTHER, size_hw)), 1):
        ring, area = [x0, y0, x1, y0, x1, y1, x0, y1], (x1 - x0) * (y1 - y0)
        one = {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": area, "segmentation": [ring]}
        annotations.append(one | {"bbox": [x0, y0, x1 - x0, y1 - y0]})
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 128, "height": 96}],
        "categories": [{"id": 1, "name": "thing"}],
        "annotations": annotations,
    }
    (tmp_path / "set.json").write_text(json.dumps(content))
    asked = ("--data", tmp_path / "set.json", "--rounds", "1", "--json", tmp_path / "report.json")
    shown = fewclicks(owner, "simulate", "mask", "--model", "sam", "--baseline", "segment", *asked)
    assert "sam: mIoU" in shown
    assert "segment: mIoU" in shown
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["method"], report["baseline"]["method"], report["objects"]) == ("sam", "segment", 2)
    assert report["weights"].startswith("sam-")
    assert report["miou_by_round"][0] > 0.95
    assert report["noc90"] == 0
    for start in ("nothing", "extreme"):
        fewclicks(owner, "simulate", "sam", "--from", start, "--no-noc", *asked)
        assert len(json.loads((tmp_path / "report.json").read_text())["miou_by_round"]) == 2


def test_it_passes_the_tests_of_all_models(owner: Mapping[str, str]) -> None:
    environment = {**owner, "CONTRACT_MODELS": str(Path(owner["HOME"], "fewclicks", "models"))}
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "sam"]
    tests = [CONTRACTS / "test_models.py", CONTRACTS / "test_mask_models.py"]
    said = checked(sys.executable, "-m", "pytest", *options, *tests, environment=environment)
    assert int(said.splitlines()[-1].split(" passed")[0]) > 12


# --- the server -----------------------------------------------------------------------------------

SIZE = (90, 240)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    Image.fromarray(picture(SIZE, BLUE)).save(tmp_path / "images" / "a.png")
    Image.fromarray(picture(SIZE[::-1])).save(tmp_path / "images" / "b.png")
    create_project(tmp_path / "project", tmp_path / "images", ["cat", "dog"])
    return tmp_path / "project"


@pytest.fixture
def api(owner: Mapping[str, str], project: Path) -> Iterator[Api]:
    with serving(owner, project) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield Api(client)


def iou(changed: Json, box: tuple[float, ...], size_hw: tuple[int, int] = SIZE) -> float:
    return pixels(changed["annotations"][0]["shape"]).iou(mask(box, size_hw))


def test_prompts_over_http(api: Api) -> None:
    offered = {each["name"]: each for each in api.get("methods")}
    sam = offered["sam"]
    assert (sam["task"], sam["title"]) == ("mask", "Segment Anything")
    assert sam["prompts"] == ["click", "box", "extreme_points", "mask", "another_mask"]

    first = api.respond("o", click(60, 45), method="sam")
    made = first["annotations"][0]
    assert iou(first, ONE) > 0.95
    assert (made["state"], made["provenance"]["method"]) == ("proposed", "sam")
    assert made["provenance"]["weights"] == sam["version"]
    assert made["provenance"]["predicted_quality"] == 1
    second = api.respond("o", click(180, 45), method="sam")
    assert pixels(second["annotations"][0]["shape"]).intersection(mask(OTHER, SIZE)) > 0.9 * mask(OTHER, SIZE).area
    assert [each["round"] for each in second["annotations"][0]["prompts"]] == [1, 2]
    third = api.respond("o", click(180, 45, adds=False), method="sam")
    assert pixels(third["annotations"][0]["shape"]).intersection(mask(OTHER, SIZE)) == 0
    assert words(third) == ("click", None)

    assert api.undo()["annotations"] == second["annotations"]
    assert api.undo()["annotations"] == first["annotations"]
    assert api.redo()["annotations"] == second["annotations"]
    api.undo()
    accepted = api.edit(api.annotations()[0] | {"state": "accepted"}, "accept")["annotations"][0]
    again = api.respond("o", click(180, 45), method="sam")["annotations"][0]
    assert (accepted["state"], again["state"]) == ("accepted", "accepted")

    x0, y0, x1, y1 = place(ONE, SIZE[::-1])
    boxed = api.respond("p", {"type": "box", "xyxy": [x0, y0, x1, y1]}, image=2, method="sam")
    assert iou(boxed, ONE, SIZE[::-1]) > 0.9
    points = [[(x0 + x1) / 2, y0], [x0, (y0 + y1) / 2], [(x0 + x1) / 2, y1], [x1, (y0 + y1) / 2]]
    extreme = api.respond("q", {"type": "extreme_points", "points": points}, image=2, method="sam")
    assert iou(extreme, ONE, SIZE[::-1]) > 0.9
    problem = api.refused(
        "images/1/respond",
        {"annotation_id": "r", "class_id": 1, "prompts": [click(500, 5)], "method": "sam"},
        422,
    )
    assert "outside" in problem


def test_a_mask_made_by_hand_is_corrected_over_http(api: Api) -> None:
    whole = mask((0, 0, 1, 1), SIZE)
    shape = {"type": "mask", "size": list(SIZE), "counts": encode_rle(whole), "xyxy": list(whole.xyxy)}
    api.edit(annotation("m", shape), "paint")
    changed = api.respond("m", click(60, 45, adds=False), method="sam")
    left = pixels(changed["annotations"][0]["shape"])
    assert left.area == pytest.approx(whole.area - mask(ONE, SIZE).area, rel=0.02)
    assert api.undo()["annotations"][0]["state"] == "accepted"


def test_an_answer_that_failed_is_tried_again(
    user: Mapping[str, str], project: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    fewclicks(user, "models", "add", "sam", *files, "--project", project)
    assert added(project / "models") == ADDED
    assert not (tmp_path / "user" / "fewclicks").exists()
    moved = tmp_path / "a.png"
    with serving(user, project) as url, httpx.Client(base_url=url, timeout=20) as client:
        api = Api(client)
        assert "sam" in {each["name"] for each in api.get("methods")}, "the project's version is active"
        os.rename(project.parent / "images" / "a.png", moved)
        failed = api.respond("o", click(60, 45), method="sam")
        assert failed["error"]
        assert failed["annotations"][0]["shape"] is None
        os.rename(moved, project.parent / "images" / "a.png")
        answered = api.ok("images/1/retry", {"annotation_id": "o"})
        assert iou(answered, ONE) > 0.95
