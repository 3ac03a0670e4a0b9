"""Separate packages add methods: nothing in fewclicks names them, and everything finds them. Here: `blobs`."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
from PIL import Image

from example_packages import EXAMPLES, checked, fewclicks, refused, serving
from fewclicks.store.project import create_project
from server.api import Api, Json

ROOT = EXAMPLES.parent
RED, BLUE = (220, 30, 30), (30, 30, 220)
CAT, DOG = 1, 2
REDS = [(8, 8, 24, 24), (40, 250, 52, 262), (4, 900, 20, 1000)]  # the second one lies in two bands
BLUES = [(32, 24, 56, 40), (30, 1060, 60, 1090)]


def picture(path: Path, reds: list[tuple[int, ...]], blues: list[tuple[int, ...]], size_hw: tuple[int, int]) -> None:
    """Red and blue rectangles, x0, y0, x1, y1, on gray noise."""
    pixels = np.random.default_rng(0).integers(100, 140, (*size_hw, 3), dtype=np.uint8)
    for colour, boxes in ((RED, reds), (BLUE, blues)):
        for x0, y0, x1, y1 in boxes:
            pixels[y0:y1, x0:x1] = colour
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tall image of five bands and a small one."""
    folder = tmp_path_factory.mktemp("blobs")
    (folder / "images").mkdir()
    picture(folder / "images" / "a.png", REDS, BLUES, (1100, 64))
    picture(folder / "images" / "b.png", [(2, 2, 10, 12)], [(20, 20, 30, 26)], (48, 64))
    create_project(folder / "project", folder / "images", ["cat", "dog"])
    return folder / "project"


@pytest.fixture(scope="module")
def client(methods: Mapping[str, str], project: Path) -> Iterator[httpx.Client]:
    with serving(methods, project) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield client


@pytest.fixture
def api(client: httpx.Client) -> Iterator[Api]:
    """The server of all these tests; each of them finds images without clicks and annotations."""
    api = Api(client)
    for image in (1, 2):
        found = api.get(f"images/{image}")
        assert (found["annotations"], found["proposals"]["clicks"], found["proposals"]["boxes"]) == ([], [], [])
    yield api
    api.undo_everything(1, 2)


def clicked(x: float, y: float, class_id: int) -> Json:
    return {"type": "class_click", "x": x, "y": y, "class_id": class_id}


def respond(api: Api, *prompts: Json, image: int = 1, **values: object) -> Json:
    return dict(api.ok(f"images/{image}/respond", {"method": "blobs", "prompts": list(prompts)} | values))


def boxes(proposals: Json) -> dict[int, list[tuple[float, ...]]]:
    """The boxes of each class, x0, y0, x1, y1, from the top."""
    found: dict[int, list[tuple[float, ...]]] = {}
    for (cx, cy, w, h, _), class_id in zip(proposals["boxes"], proposals["class_ids"], strict=True):
        found.setdefault(class_id, []).append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
    return {class_id: sorted(each, key=lambda box: box[1]) for class_id, each in found.items()}


def completed(api: Api, image: int = 1) -> list[Json]:
    """The changes of `/advance` until the image is answered."""
    changes = []
    for _ in range(20):
        advanced = api.ok(f"images/{image}/advance", {"method": "blobs"})
        changes += [advanced["change"]] if advanced["change"] else []
        if advanced["progress"] == 1:
            return changes
    raise AssertionError("not complete after 20 requests")


def test_the_command_line_lists_it(methods: Mapping[str, str]) -> None:
    shown = fewclicks(methods, "models")
    assert "Blobs (blobs)\n  Find all blobs of the colour that you click.\n" in shown
    assert "  blobs: task boxes; prompts: class click\n" in shown
    assert "Same as `simulate boxes --model blobs`." in " ".join(fewclicks(methods, "simulate", "--help").split())
    assert "uses no files" in refused(methods, "models", "add", "blobs", EXAMPLES / "a.onnx")


def test_the_server_offers_it(api: Api) -> None:
    offered = {each["name"]: each for each in api.get("methods")}
    assert list(offered)[-1] == "blobs", "sam is not offered without files"
    blobs = offered["blobs"]
    assert (blobs["task"], blobs["prompts"], blobs["examples"]) == ("boxes", ["class_click"], True)
    assert (blobs["title"], blobs["version"], blobs["classes"]) == ("Blobs", "blobs-1", [])


def test_an_image_is_answered_in_parts_and_in_the_end_completely(api: Api) -> None:
    first = respond(api, clicked(10, 10, CAT))
    assert not first["proposals"]["whole"]
    assert boxes(first["proposals"]) == {CAT: [(8, 8, 24, 24), (40, 250, 52, 256)]}, "the first 256 rows"
    assert (first["proposals"]["method"], first["proposals"]["weights"]) == ("blobs", "blobs-1")
    assert first["annotations"] == []
    last = completed(api)[-1]["proposals"]
    assert last["whole"]
    assert boxes(last) == {CAT: REDS}
    assert api.get("images/1")["proposals"] == last


def test_the_view_is_answered_first(api: Api) -> None:
    first = respond(api, clicked(40, 30, DOG), view=[0, 1030, 64, 1100])  # no test before has asked for this colour
    assert boxes(first["proposals"]) == {DOG: BLUES[1:]}
    completed(api)
    assert boxes(api.get("images/1")["proposals"]) == {DOG: BLUES}


def test_clicks_of_two_classes_and_undo(api: Api) -> None:
    respond(api, clicked(10, 10, CAT))
    completed(api)
    before = api.get("images/1")["proposals"]
    respond(api, clicked(40, 30, DOG))
    completed(api)
    both = api.get("images/1")["proposals"]
    assert boxes(both) == {CAT: REDS, DOG: BLUES}
    assert api.undo()["proposals"] == before
    assert api.undo()["proposals"]["boxes"] == []
    api.redo()
    api.redo()
    completed(api)
    assert api.get("images/1")["proposals"] == both


def test_objects_of_other_images_are_examples(api: Api) -> None:
    respond(api, clicked(10, 10, CAT))
    respond(api, clicked(45, 255, CAT))
    assert boxes(respond(api, image=2)["proposals"]) == {CAT: [(2, 2, 10, 12)]}
    assert boxes(respond(api, image=2, examples=False)["proposals"]) == {}
    assert boxes(respond(api, clicked(25, 22, DOG), image=2)["proposals"]) == {
        CAT: [(2, 2, 10, 12)],
        DOG: [(20, 20, 30, 26)],
    }


def test_suggestions_are_accepted(api: Api) -> None:
    found = respond(api, clicked(4, 4, CAT), image=2)["proposals"]
    body = {key: found[key] for key in ("boxes", "scores", "class_ids")}
    (made,) = api.ok("images/2/take", {"kind": "accept"} | body)["annotations"]
    assert made["shape"] == {"type": "box", "xyxy": [2, 2, 10, 12]}
    assert (made["state"], made["provenance"]["method"]) == ("accepted", "blobs")


@pytest.mark.parametrize(
    ("prompt", "problem"),
    [
        ({"type": "click", "x": 5, "y": 5, "adds": True}, "the model 'blobs' accepts class clicks, not clicks"),
        ({"type": "class_click", "x": 500, "y": 5, "class_id": CAT}, "outside"),
    ],
)
def test_prompts_that_it_refuses(api: Api, prompt: Json, problem: str) -> None:
    message = api.refused("images/1/respond", {"method": "blobs", "prompts": [prompt]}, 422)
    assert problem in message


def test_its_simulation(methods: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    objects = [(CAT, box) for box in REDS] + [(DOG, box) for box in BLUES]
    picture(tmp_path / "images" / "a.png", REDS, BLUES, (1100, 64))
    annotations = [
        {"id": number, "image_id": 1, "category_id": class_id, "iscrowd": 0, "area": (x1 - x0) * (y1 - y0),
         "bbox": [x0, y0, x1 - x0, y1 - y0]}
        for number, (class_id, (x0, y0, x1, y1)) in enumerate(objects, 1)
    ]  # fmt: skip
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 1100}],
        "categories": [{"id": CAT, "name": "cat"}, {"id": DOG, "name": "dog"}],
        "annotations": annotations,
    }
    (tmp_path / "set.json").write_text(json.dumps(content))
    asked = ("--data", tmp_path / "set.json", "--clicks", "1", "--sessions", "2", "--per-class", "--json")
    for words in (("boxes", "--model", "blobs"), ("blobs",)):
        shown = fewclicks(methods, "simulate", *words, *asked, tmp_path / "report.json")
        assert "mAP .5:.95" in shown
        report = json.loads((tmp_path / "report.json").read_text())
        assert (report["method"], report["weights"], report["objects"]) == ("blobs", "blobs-1", 5)
        assert report["coco_map_by_clicks"] == [[0, 0], [1, 0]]
    assert "the model 'blobs' has the task 'boxes', not 'mask'" in refused(
        methods, "simulate", "mask", "--model", "blobs", "--data", tmp_path / "set.json"
    )


def test_the_python_interface(methods: Mapping[str, str], tmp_path: Path) -> None:
    picture(tmp_path / "a.png", REDS, BLUES, (1100, 64))
    program = f"""
import numpy as np
from PIL import Image
import fewclicks
from fewclicks.answers import BoxesAnswer
from fewclicks.model import Options
from fewclicks.prompts import ClassClick, Prompts

model = fewclicks.load("blobs", answers=BoxesAnswer)
encoding = model.encode(np.array(Image.open({str(tmp_path / "a.png")!r})))
prompts = Prompts.of(ClassClick(10, 10, 7))
response, shares = None, []
while response is None or response.progress < 1:
    response = model.respond(encoding, prompts, response, Options(seconds=0))
    shares.append(response.progress)
complete = model.respond(encoding, prompts).answer
assert shares == [0.2, 0.4, 0.6, 0.8, 1.0], shares
assert np.array_equal(complete.boxes, response.answer.boxes)
print(len(complete), set(complete.class_ids.tolist()))
"""
    assert checked(sys.executable, "-c", program, environment=methods) == "3 {7}\n"


def test_it_passes_the_tests_of_all_models(methods: Mapping[str, str]) -> None:
    contract = ROOT / "tests" / "contracts" / "test_models.py"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "blobs"]
    said = checked(sys.executable, "-m", "pytest", *options, contract, environment=methods)
    assert int(said.splitlines()[-1].split(" passed")[0]) > 12


@pytest.mark.parametrize("name", [b"blobs", b"sam"])
def test_nothing_else_names_them(name: bytes) -> None:
    sources = [path for folder in ("src", "web/src") for path in (ROOT / folder).rglob("*") if path.is_file()]
    sources = [path for path in sources if path.suffix in (".py", ".ts", ".svelte")] + [ROOT / "pyproject.toml"]
    quoted = [quote + name + quote for quote in (b'"', b"'", b"`")] + [b"fewclicks_" + name, b"fewclicks-" + name]
    assert len(sources) > 100
    assert [path for path in sources if any(each in path.read_bytes() for each in quoted)] == []
