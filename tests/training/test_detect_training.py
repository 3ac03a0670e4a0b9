"""The recipe of `detect` end to end on a made-up data set, with settings of seconds: trained, exported, served."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

import onnx  # noqa: E402
from torch import nn  # noqa: E402

from fewclicks.answers import BoxesAnswer  # noqa: E402
from fewclicks.datasets.boxed_images import BoxedSource, read_boxes  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.methods.card import read_card  # noqa: E402
from fewclicks.methods.detect import DETECT  # noqa: E402
from fewclicks.methods.detect.inference.model import DetectModel, ReadImage  # noqa: E402
from fewclicks.methods.detect.inference.network.box_coding import decode  # noqa: E402
from fewclicks.methods.detect.inference.network.design import STRIDES  # noqa: E402
from fewclicks.methods.detect.inference.network.runtime import NetworkInfo, files_beside  # noqa: E402
from fewclicks.methods.detect.training.eight_bits import copy_head  # noqa: E402
from fewclicks.methods.detect.training.export import export_detect  # noqa: E402
from fewclicks.methods.detect.training.network.detector import DetectNetwork  # noqa: E402
from fewclicks.methods.detect.training.recipe import WEIGHTS, DetectTask, Settings  # noqa: E402
from fewclicks.methods.detect.training.settings import TrainSettings  # noqa: E402
from fewclicks.methods.detect.training.train import recipe_of, train, train_detect  # noqa: E402
from fewclicks.methods.registry import shipped_files  # noqa: E402
from fewclicks.methods.shared.training.trained import load_trained  # noqa: E402
from fewclicks.model import Encoding, Options, Response  # noqa: E402
from fewclicks.prompts import BoxPrompt, ClassClick, Click, Example, Prompt, Prompts  # noqa: E402
from fewclicks.training.loop import Budget, run  # noqa: E402

SMALL = {"side": 96, "batch": 2}
SERVED = {
    "c3det": Settings(**SMALL, correlation="dot", uel="paper", sigma=1.0),
    "slots, two stages, oriented": Settings(**SMALL, slots=3, stages="two", oriented=True),
    "slots, C3 alone": Settings(**SMALL, slots=3, correlation="cosine", late_fusion="off", collation="before"),
    "late": Settings(**SMALL, variant="late", oriented=True),
    "early": Settings(**SMALL, variant="early", early_fusion="random"),
    "none": Settings(**SMALL, variant="none"),
}
TRAINED = {
    "two stages, published loss": Settings(**SMALL, stages="two"),
    "two stages, loss of classes": Settings(**SMALL, stages="two", uel="classes", slots=2, collation="before"),
    "paper's loss": Settings(**SMALL, uel="paper", oriented=True),
    "loss of classes": Settings(**SMALL, uel="classes", slots=4, oriented=True),
    "no such loss": Settings(**SMALL, uel="off", clicks="number"),
    "paper's late fusion": Settings(**SMALL, variant="late", late_fusion="resnet18"),
    "early, pretrained": Settings(**SMALL, variant="early"),
    "slots without C3": Settings(**SMALL, variant="early", slots=2, stages="two"),
}


@pytest.fixture(scope="module", autouse=True)
def backbone(shallow_backbone: Path) -> Path:
    """The weights that all networks of these tests start from."""
    return shallow_backbone


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Squares and disks on noise; one image has nothing, one has a single object of one pixel."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "images").mkdir()
    images, annotations = [], []
    rng = np.random.default_rng(0)
    for number in range(1, 6):
        pixels = rng.integers(60, 100, (96, 128, 3), dtype=np.uint8)
        for _ in range({4: 0, 5: 1}.get(number, 6)):
            (x, y), side, class_id = rng.integers(4, 70, 2).tolist(), 1 if number == 5 else 18, int(rng.integers(2, 4))
            if class_id == 2:
                pixels[y : y + side, x : x + side] = (40, 60, 220)
            else:
                cv2.circle(pixels, (x + side // 2, y + side // 2), side // 2, (220, 180, 40), -1)
            annotations.append({"id": len(annotations), "image_id": number, "category_id": class_id, "iscrowd": 0,
                                "bbox": [x, y, side, side]})  # fmt: skip
        cv2.imwrite(str(folder / "images" / f"{number}.png"), pixels)
        images.append({"id": number, "file_name": f"{number}.png", "width": 128, "height": 96})
    classes = [{"id": 2, "name": "square"}, {"id": 3, "name": "disk"}, {"id": 9, "name": "never"}]
    (folder / "train.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": classes})
    )
    return folder / "train.json"


@pytest.fixture(scope="module")
def source(data: Path) -> BoxedSource:
    return read_boxes(str(data))


@pytest.fixture(scope="module", params=SERVED.values(), ids=SERVED.keys())
def model(
    request: pytest.FixtureRequest, backbone: Path, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> DetectModel:
    settings: Settings = request.param
    folder = tmp_path_factory.mktemp("trained")
    weights = train_detect(
        settings, [read_boxes(str(data), settings.oriented)], backbone, folder, Budget(steps=2), "tiny"
    )
    assert sorted(path.name for path in folder.glob("tiny*")) == [
        "tiny.encoder.onnx",
        "tiny.onnx",
        *(["tiny.regions.onnx"] if settings.stages == "two" else []),
    ]
    return DetectModel(files_beside(weights), threads=1)


class Quiet:
    """Counts what a run tells of its progress."""

    def __init__(self) -> None:
        self.what, self.total, self.done = "", 0, 0

    def start(self, what: str, total: int) -> None:
        self.what, self.total = what, total

    def advance(self) -> None:
        self.done += 1


@dataclass(frozen=True)
class Slots:
    """A short run of class slots: its settings, what it told of its progress, and its file."""

    settings: TrainSettings
    watch: Quiet
    path: Path


@pytest.fixture(scope="module")
def slots(data: Path, backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Slots:
    out = tmp_path_factory.mktemp("slots")
    settings = TrainSettings(
        data=(f"{data}:2",), backbone=backbone, out=out, name="mine", steps=2, limit_images=4, slots=2, **SMALL
    )
    watch = Quiet()
    return Slots(settings, watch, train(settings, watch))


@pytest.fixture(scope="module")
def image(source: BoxedSource) -> np.ndarray:
    return source.images[0].pixels()


CLICKS = tuple(ClassClick(x, y, class_id) for x, y, class_id in ((9, 80, 2), (40.5, 30, 3), (0, 0, 2), (128, 96, 3)))


def same(a: BoxesAnswer, b: BoxesAnswer) -> None:
    np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-4)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-6)
    np.testing.assert_array_equal(a.class_ids, b.class_ids)
    np.testing.assert_allclose(a.probabilities, b.probabilities, atol=1e-6)


EVERYTHING = Options(
    lowest_score=1e-3
)  # two steps teach no scores: a low threshold, so that there are boxes to compare


def answer(
    model: DetectModel, encoding: Encoding[ReadImage], *clicks: Prompt, examples: tuple[Example, ...] = ()
) -> BoxesAnswer:
    return model.respond(encoding, Prompts((clicks,), examples), None, EVERYTHING).answer


def test_click_by_click_is_all_at_once(model: DetectModel, image: np.ndarray) -> None:
    before = image.copy()
    encoding = model.encode(image)
    elsewhere = model.examples(model.encode(image[:, ::-1].copy()), CLICKS[:1])
    assert [each.class_id for each in elsewhere] == ([2] if model.network.design.correlates else [])
    response = None
    for count in range(len(CLICKS) + 1):
        response = model.respond(encoding, Prompts((CLICKS[:count],), elsewhere), response, EVERYTHING)
    assert response is not None
    found = response.answer
    assert len(found)
    same(found, answer(model, encoding, *CLICKS, examples=elsewhere))
    few = Prompts((CLICKS[:2],), elsewhere)
    same(
        model.respond(encoding, few, response, EVERYTHING).answer, model.respond(encoding, few, None, EVERYTHING).answer
    )
    without = Prompts((CLICKS,))
    same(model.respond(encoding, without, response, EVERYTHING).answer, answer(model, encoding, *CLICKS))
    np.testing.assert_array_equal(image, before)
    assert (np.diff(found.scores) <= 0).all()
    assert set(found.class_ids) <= {2, 3, 9}
    if not model.network.design.oriented:
        assert not found.boxes[:, 4].any()
    assert found.oriented is model.network.design.oriented
    assert encoding.nbytes > 0


@pytest.mark.parametrize("seed", range(2))
def test_answers_do_not_depend_on_previous_responses(model: DetectModel, image: np.ndarray, seed: int) -> None:
    rng, encoding = np.random.default_rng(seed), model.encode(image)
    elsewhere = model.examples(model.encode(image[:, ::-1].copy()), CLICKS[:2])
    previous = None
    for _ in range(6):
        chosen = tuple(CLICKS[index] for index in rng.permutation(4)[: rng.integers(5)])
        prompts = Prompts((chosen[:1], chosen[1:]), elsewhere[: rng.integers(3)])
        found = model.respond(encoding, prompts, previous, EVERYTHING)
        fresh = model.respond(encoding, prompts, None, EVERYTHING)
        for name in ("boxes", "scores", "class_ids", "probabilities"):
            np.testing.assert_array_equal(getattr(found.answer, name), getattr(fresh.answer, name))
        previous = found if rng.random() < 0.7 else Response(found.answer)


def test_every_box_has_a_probability_for_every_class_that_was_asked(model: DetectModel, image: np.ndarray) -> None:
    found = answer(model, model.encode(image), *CLICKS)
    assert found.classes == ((2, 3) if model.network.slots else (2, 3, 9))
    own = found.probabilities[np.arange(len(found)), np.searchsorted(found.classes, found.class_ids)]
    np.testing.assert_array_equal(own, found.scores)
    assert ((found.probabilities >= 0) & (found.probabilities <= 1)).all()
    assert (found.probabilities > 0).all()
    if model.network.design.stages == "two":
        assert (found.probabilities.sum(1) < 1).all(), "the rest is background"


def test_clicks_matter_unless_there_are_none_to_matter(model: DetectModel, image: np.ndarray) -> None:
    encoding = model.encode(image)
    few, more = (answer(model, encoding, *CLICKS[:count]) for count in (1, 4))
    equal = len(few) == len(more) and np.array_equal(few.scores, more.scores)
    assert equal == (model.network.design.variant == "none")


def test_bad_clicks_and_many(model: DetectModel, image: np.ndarray) -> None:
    encoding = model.encode(image)
    for outside in (ClassClick(-1, 5, 2), ClassClick(5, 97, 2), ClassClick(float("nan"), 5, 2)):
        with pytest.raises(InputError, match="outside"):
            answer(model, encoding, *CLICKS, outside)
        with pytest.raises(InputError, match="outside"):
            model.examples(encoding, (outside,))
    with pytest.raises(InputError, match="accepts class clicks and boxes, not clicks"):
        model.respond(encoding, Prompts.of(*CLICKS, Click(1, 1, True)))
    with pytest.raises(InputError, match="empty or not inside"):
        model.respond(encoding, Prompts.of(*CLICKS, BoxPrompt(1, 1, 9, 97, class_id=2)))
    found = model.respond(encoding, Prompts.of(*CLICKS, BoxPrompt(1, 1, 9, 9, class_id=2))).answer
    assert np.isfinite(found.boxes).all()
    many = [ClassClick(float(i % 128), float(i % 96), 2 + i % 2) for i in range(500)]
    assert len(answer(model, encoding, *many)) <= 1000
    new = ClassClick(5, 5, 77)
    if model.network.slots:
        assert len(answer(model, encoding)) == 0
        assert not model.info.classes
        several = [ClassClick(5.0 + i, 5, i) for i in range(7)]  # more classes than slots
        found = answer(model, encoding, *several, new)
        assert set(found.class_ids) <= {*range(7), 77}
        of_group = dict.fromkeys((0, 1, 2), 0) | dict.fromkeys((3, 4, 5), 1) | dict.fromkeys((6, 77), 2)
        for class_id, row in zip(found.class_ids.tolist(), found.probabilities, strict=True):
            others = [p for known, p in zip(found.classes, row, strict=True) if of_group[known] != of_group[class_id]]
            assert not any(others)
    else:
        assert model.info.classes == {2: "square", 3: "disk", 9: "never"}
        with pytest.raises(InputError, match="has no class 77"):
            answer(model, encoding, new)


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (300, 7)])
def test_small_and_thin_images(model: DetectModel, shape: tuple[int, int]) -> None:
    encoding = model.encode(np.full((*shape, 3), 90, np.uint8))
    found = answer(model, encoding, ClassClick(0.5, 0.5, 2))
    assert np.isfinite(found.boxes).all()
    with pytest.raises((InputError, TypeError)):
        model.encode(np.zeros(shape, np.uint8))


def test_a_trained_model_goes_on_as_it_was(
    slots: Slots, source: BoxedSource, image: np.ndarray, tmp_path: Path
) -> None:
    settings, weights = recipe_of(slots.settings), slots.path
    task = DetectTask(settings, [source], weights, torch.device("cpu"))
    again = tmp_path / "again.onnx"
    export_detect(task.network, again, NetworkInfo("again", settings.design, slots=2))
    first, second = (DetectModel(files_beside(path), threads=1) for path in (weights, again))
    same(answer(first, first.encode(image), *CLICKS), answer(second, second.encode(image), *CLICKS))
    with pytest.raises(InputError, match="the file contains a different network"):
        DetectTask(Settings(**SMALL, slots=4), [source], weights, torch.device("cpu"))


@pytest.mark.parametrize("oriented", [False, True])
def test_fixed_classes_begin_as_class_slots(oriented: bool, slots: Slots, source: BoxedSource, tmp_path: Path) -> None:
    two = DetectNetwork(recipe_of(slots.settings).design, 2, "neighbourhood")
    load_trained(two, slots.path)
    task = DetectTask(Settings(**SMALL, oriented=oriented), [source], slots.path, torch.device("cpu"))
    three = task.network
    assert three.class_count == 3

    def cells(network: DetectNetwork) -> tuple[np.ndarray, np.ndarray]:
        """Logits and boxes for an image with clicks in the first two channels."""
        torch.manual_seed(0)
        rgb, clicked = torch.randint(0, 256, (1, 3, 64, 96)).float(), torch.rand(1, 2, 16, 24)
        heat = torch.cat([clicked, torch.zeros(1, network.class_count - 2, 16, 24)], 1)
        c3 = [nn.functional.avg_pool2d(heat, stride // 4) for stride in STRIDES]
        with torch.no_grad():
            fused = network.eval().fuse(network.pyramid(rgb), c3, network.late_part(heat))
            logits, boxes = network.head(fused, c3)[0].split([network.class_count, network.design.box_values], 1)
        references = np.tile([[50.0, 40, 32]], (len(boxes), 1))
        return logits.numpy(), decode(boxes.numpy(), references, network.design.oriented)

    (logits, boxes), (of_three, boxes_of_three) = cells(two), cells(three)
    np.testing.assert_allclose(of_three[:, :2], logits, atol=1e-4)
    np.testing.assert_allclose(boxes_of_three, boxes, atol=1e-2)
    began = tmp_path / "began.onnx"
    export_detect(three, began, NetworkInfo("began", task.design, (2, 3, 9), ("square", "disk", "never")))
    again = DetectTask(Settings(**SMALL, oriented=oriented), [source], began, torch.device("cpu")).network
    for name, value in three.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("settings", TRAINED.values(), ids=TRAINED.keys())
def test_every_switch_trains(settings: Settings, source: BoxedSource, backbone: Path, tmp_path: Path) -> None:
    task = DetectTask(settings, [source], backbone, torch.device("cpu"))
    losses = []
    for step in range(3):
        task.begin(step)
        loss, figures = task.step(0.9)
        loss.backward()
        weighted = sum(WEIGHTS.get(name, 1) * each for name, each in figures.items())
        assert loss.item() == pytest.approx(weighted, rel=1e-4)
        losses.append(figures)
    assert all(np.isfinite(list(figures.values())).all() for figures in losses)
    assert ("uel" in losses[0]) == (settings.enforces != "off")
    assert ("proxies" in losses[0]) == (settings.slots > 0 and settings.design.correlates)
    assert all(parameter.grad is not None for parameter in task.network.parameters() if parameter.requires_grad)


def test_training_goes_on_and_refuses_other_settings(source: BoxedSource, backbone: Path, tmp_path: Path) -> None:
    def go_on(batch: int, steps: int) -> DetectTask:
        task = DetectTask(Settings(side=64, batch=batch), [source], backbone, torch.device("cpu"))
        run(task, tmp_path, Budget(steps=steps))
        return task

    first = go_on(2, 2)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 2
    second = go_on(2, 3)
    assert not torch.equal(first.network.fusion.weight, second.network.fusion.weight)
    with pytest.raises(InputError, match="other settings"):
        go_on(3, 4)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"side": 100}, "multiple of 32"),
        ({"slots": 4, "variant": "none"}, "class slots require clicks"),
        ({"late_fusion": "off", "correlation": "off"}, "use the variant 'none'"),
        ({"variant": "late", "late_fusion": "off"}, "use the variant 'none'"),
        ({"variant": "late", "early_fusion": "random"}, "has no early fusion"),
    ],
)
def test_settings_that_make_no_sense(settings: dict, problem: str, source: BoxedSource, backbone: Path) -> None:  # type: ignore[type-arg]
    with pytest.raises(InputError, match=problem):
        DetectTask(Settings(**settings), [source], backbone, torch.device("cpu"))


def test_sources_that_disagree_on_a_class(source: BoxedSource, backbone: Path) -> None:
    other = BoxedSource("other", source.images, source.class_names | {2: "circle"})
    with pytest.raises(InputError, match=r"other: class id 2 means 'circle' here, but 'square' in another data set"):
        DetectTask(Settings(), [source, other], backbone, torch.device("cpu"))
    assert DetectTask(Settings(slots=2), [source, other], backbone, torch.device("cpu")).network.class_count == 2


def test_files_that_are_no_detector(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.onnx"):
        DetectModel(files_beside(tmp_path / "absent.onnx"))
    from importlib import resources

    other = Path(str(resources.files("fewclicks.methods") / "weights" / "segment.onnx"))
    with pytest.raises(InputError, match="not a `detect` model"):
        DetectModel(files_beside(other))


# --- by settings ---------------------------------------------------------------------------------


def test_one_settings_object_trains_and_writes_a_card(slots: Slots) -> None:
    settings, watch, path = slots.settings, slots.watch, slots.path
    assert path == settings.out / "mine.onnx"
    assert (watch.what, watch.total) == ("training", 100)
    assert 0 < watch.done <= 100
    assert DetectModel(files_beside(path)).info.version.startswith("mine-")
    card = read_card(path)
    assert (card.method, len(card.data)) == ("detect", 1)
    assert card.data[0].endswith(": 4 images")
    assert card.settings == asdict(recipe_of(settings))
    assert "2 class slots that clicks define" in card.summary


def test_the_copy_of_a_head_has_integers_in_its_largest_convolutions(source: BoxedSource, tmp_path: Path) -> None:
    shipped = shipped_files(DETECT)
    assert shipped is not None
    for suffix in (".onnx", ".encoder.onnx"):
        shutil.copyfile(shipped[suffix], tmp_path / f"again{suffix}")
    assert copy_head(tmp_path / "again.onnx", [source])
    kernels = [each for each in onnx.load(tmp_path / "again.int8.onnx").graph.initializer if len(each.dims) == 4]
    integers = [each.name for each in kernels if each.data_type == onnx.TensorProto.INT8]
    assert len(integers) == 5
    assert all(name.startswith(("network.late.down.", "network.head.trunk.")) for name in integers)


def test_a_head_before_a_second_stage_has_no_copy(backbone: Path, source: BoxedSource, tmp_path: Path) -> None:
    settings = TRAINED["two stages, published loss"]
    weights = train_detect(settings, [source], backbone, tmp_path, Budget(steps=1), "tiny")
    assert not copy_head(weights, [source])
    assert not list(tmp_path.glob("*.int8.onnx"))


def test_the_settings_of_a_run_hold_all_of_the_recipe_with_its_defaults(tmp_path: Path) -> None:
    settings = TrainSettings(data=("a",), backbone=tmp_path, out=tmp_path, steps=1)
    assert recipe_of(settings) == Settings()
    research = {name for name, field in TrainSettings.model_fields.items() if field.json_schema_extra}
    assert research == {
        "variant", "stages", "late_fusion", "correlation", "collation", "sigma", "early_fusion", "uel", "clicks",
    }  # fmt: skip


@pytest.mark.parametrize("budget", [{}, {"steps": 1, "minutes": 1.0}])
def test_a_run_takes_either_minutes_or_steps(budget: dict[str, float], data: Path, tmp_path: Path) -> None:
    settings = TrainSettings(data=(str(data),), backbone=tmp_path, out=tmp_path, **budget)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected either --minutes or --steps"):
        train(settings, Quiet())
