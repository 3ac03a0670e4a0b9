"""The recipe end to end on synthetic data, with settings of seconds."""

import json
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
from fewclicks.datasets.masked_images import read_source  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.methods.card import read_card  # noqa: E402
from fewclicks.methods.registry import files_of  # noqa: E402
from fewclicks.methods.segment import ROLE  # noqa: E402
from fewclicks.methods.segment.inference.model import SegmentModel  # noqa: E402
from fewclicks.methods.segment.inference.opening import open_model  # noqa: E402
from fewclicks.methods.segment.inference.runtime import NetworkInfo, open_session  # noqa: E402
from fewclicks.methods.segment.training.augment import CropSampler  # noqa: E402
from fewclicks.methods.segment.training.export import export_segment  # noqa: E402
from fewclicks.methods.segment.training.network import build_network  # noqa: E402
from fewclicks.methods.segment.training.ranker import collect, train_ranker  # noqa: E402
from fewclicks.methods.segment.training.recipe import SegmentTask, true_iou  # noqa: E402
from fewclicks.methods.segment.training.sessions import Settings  # noqa: E402
from fewclicks.methods.segment.training.settings import TrainSettings  # noqa: E402
from fewclicks.methods.segment.training.sizes import CROP, GRID  # noqa: E402
from fewclicks.methods.segment.training.train import PRECISE, SENSITIVE, rate_of, recipe_of, train, train_segment  # noqa: E402
from fewclicks.methods.shared.training.trained import load_trained  # noqa: E402
from fewclicks.prompts import BoxPrompt, Click, Prompts  # noqa: E402
from fewclicks.training.export import export_onnx  # noqa: E402
from fewclicks.training.loop import RATE, Budget, run  # noqa: E402
from fewclicks.training.quantize import examples, quantize  # noqa: E402


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "images").mkdir()
    images, annotations = [], []
    rng = np.random.default_rng(0)
    for number in range(1, 5):
        pixels = rng.integers(60, 100, (96, 128, 3), dtype=np.uint8)
        x, y = (int(value) for value in rng.integers(10, 50, 2))
        cv2.ellipse(pixels, (x + 25, y + 15), (25, 15), 0, 0, 360, (40, 60, 220), -1)
        cv2.imwrite(str(folder / "images" / f"{number}.png"), pixels)
        images.append({"id": number, "file_name": f"{number}.png", "width": 128, "height": 96})
        ring = cv2.ellipse2Poly((x + 25, y + 15), (25, 15), 0, 0, 360, 10).ravel().tolist()
        annotations.append(
            {"id": number, "image_id": number, "category_id": 1, "bbox": [x, y, 50, 30], "area": 1178, "iscrowd": 0,
             "segmentation": [ring]}
        )  # fmt: skip
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]}
    (folder / "train.json").write_text(json.dumps(content))
    return folder / "train.json"


def version(main: Path) -> SegmentModel:
    files = files_of(ROLE, main)
    assert files is not None
    return open_model(files)


class Counted:
    """A watch that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.advanced: list[int] = []

    def start(self, what: str, total: int) -> None:
        self.started.append((what, total))
        self.advanced.append(0)

    def advance(self) -> None:
        self.advanced[-1] += 1


@dataclass(frozen=True)
class Trained:
    """A short run: its settings, what it told of its progress, and its file."""

    settings: TrainSettings
    watch: Counted
    main: Path


@pytest.fixture(scope="module")
def settings(backbone: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainSettings:
    out = tmp_path_factory.mktemp("trained") / "out"
    return TrainSettings(data=(str(data),), backbone=backbone, out=out, name="tiny", steps=2, batch=2)


@pytest.fixture(scope="module")
def trained(settings: TrainSettings) -> Trained:
    watch = Counted()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fewclicks.methods.segment.training.judging.JUDGED_OBJECTS", 12)
        return Trained(settings, watch, train(settings, watch))


@pytest.mark.parametrize("design", ["crop", "encode_once"])
def test_train_export_serve(design, trained: Trained, backbone: Path, data: Path, tmp_path: Path) -> None:
    weights = trained.main
    if design == "encode_once":
        settings = Settings(design=design, batch=2)
        weights = train_segment(settings, [read_source(str(data))], backbone, tmp_path, Budget(steps=3), "tiny")
    model = version(weights)
    encoding = model.encode(np.zeros((96, 128, 3), np.uint8))
    answer = model.respond(encoding, Prompts.of(BoxPrompt(20, 20, 60, 60), Click(40, 40, True))).answer
    assert answer.mask.size_hw == (96, 128)
    assert model.info.version.startswith("tiny-")


def test_training_writes_a_version_with_its_ranker_and_card(trained: Trained) -> None:
    settings, watch, main = trained.settings, trained.watch, trained.main
    assert main == settings.out / "tiny.onnx"
    assert watch.started == [("training", 100), ("sessions for the ranker", 24)]
    assert watch.advanced == [50, 24], "percents before the last of two steps, sessions"
    assert (settings.out / "tiny_ranker.onnx").exists()
    card = read_card(main)
    assert (card.name, card.method, card.settings["batch"]) == ("tiny", "segment", 2)
    assert card.data == (f"{Path(settings.data[0]).parent.name}/train: 4 images",)
    assert set(card.figures) == {"ranker feature importances"}
    model = version(main)
    encoding = model.encode(np.zeros((96, 128, 3), np.uint8))
    assert model.respond(encoding, Prompts.of(BoxPrompt(20, 20, 60, 60))).answer.predicted_iou is not None


@pytest.mark.parametrize("length", [{}, {"steps": 1, "minutes": 1.0}])
def test_either_minutes_or_steps_are_given(settings: TrainSettings, length: dict[str, float]) -> None:
    wrong = settings.model_copy(update={"steps": None, **length})
    with pytest.raises(InputError, match="expected either --minutes or --steps"):
        train(wrong, Counted())


def test_settings_have_the_defaults_of_the_recipe(settings: TrainSettings) -> None:
    assert recipe_of(settings.model_copy(update={"batch": 16})) == Settings()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(batch=2, clicks="boundary", encoding="gaussian"),
        Settings(batch=2, encoding="distance", previous_mask=False, iterative=False, loss="nfl", colour_model=False),
    ],
)
def test_every_switch_trains(settings: Settings, backbone: Path, data: Path, tmp_path: Path) -> None:
    task = SegmentTask(settings, [read_source(str(data))], backbone, torch.device("cpu"))
    before = task.network.head.decoder.answer.weight.clone()
    run(task, tmp_path, Budget(steps=3))
    assert not torch.equal(before, task.network.head.decoder.answer.weight)


def test_an_interrupted_run_goes_on_and_other_settings_are_refused(backbone: Path, data: Path, tmp_path: Path) -> None:
    def go_on(batch: int, steps: int) -> None:
        task = SegmentTask(Settings(batch=batch), [read_source(str(data))], backbone, torch.device("cpu"))
        run(task, tmp_path, Budget(steps=steps))

    go_on(batch=2, steps=2)
    go_on(batch=2, steps=3)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 3
    with pytest.raises(InputError, match="other settings"):
        go_on(batch=3, steps=4)


SHIPPED = Path(str(resources.files("fewclicks.methods") / "weights" / "segment.onnx"))


def test_a_trained_model_goes_on_from_where_it_was(data: Path) -> None:
    task = SegmentTask(Settings(batch=2), [read_source(str(data))], SHIPPED, torch.device("cpu"))
    task.network.eval()
    encoder, head = open_session(SHIPPED.with_suffix(".encoder.onnx"), 1)[0], open_session(SHIPPED, 1)[0]
    for rgb, fed in zip(task.crowd.batch()["rgb"], task.examples(), strict=True):
        with torch.no_grad():
            answered = task.network.head(*map(torch.from_numpy, fed.values()))[0].numpy()
        seen = encoder.run(None, {"rgb": rgb[None]})
        (exported,) = head.run(["logits"], dict(zip(fed, [*seen, fed["prompts"]], strict=True)))
        assert np.abs(answered - exported).max() < 0.01 * exported.std()


def test_training_from_the_shipped_model_forgets_its_calibration(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fewclicks.methods.segment.training.train.EXAMPLES", 2)
    sources = [read_source(str(data))]
    path = train_segment(Settings(batch=2), sources, SHIPPED, tmp_path, Budget(steps=1), "next")
    assert open_session(SHIPPED, 1)[1].first_weights
    info = open_session(path, 1)[1]
    assert info == info.uncalibrated()


def test_a_trained_model_of_other_switches_or_none_is_refused(backbone: Path, data: Path, tmp_path: Path) -> None:
    sources, once = [read_source(str(data))], Budget(steps=1)
    with pytest.raises(InputError, match="trained with other options"):
        train_segment(Settings(encoding="gaussian"), sources, SHIPPED, tmp_path, once, "x")
    with pytest.raises(InputError, match="the file contains a different network"):
        load_trained(build_network("crop", 4), SHIPPED)
    (tmp_path / "text.onnx").write_text("no weights")
    with pytest.raises(InputError, match=r"text\.onnx"):
        train_segment(Settings(), sources, tmp_path / "text.onnx", tmp_path, once, "x")
    assert not (tmp_path / "x.onnx").exists()


def test_ranker_learns_and_its_file_agrees(data: Path, tmp_path: Path) -> None:
    objects = [(image, image.masks) for image in read_source(str(data)).images] * 5
    rows = collect(version(SHIPPED), objects)
    assert rows.features.shape[1] == 5
    importances = train_ranker(rows, tmp_path / "ranker.onnx")
    assert sum(importances.values()) == pytest.approx(1, abs=1e-6)
    assert (tmp_path / "ranker.onnx").exists()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("absent.json", None, "not found"),
        ("text.json", "not json", "not JSON"),
        ("empty.json", '{"images": [], "annotations": [], "categories": []}', "no masks of 60 pixels or more"),
        ("list.json", "[]", "expected an object"),
    ],
)
def test_bad_training_data_is_named(name: str, content: str | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_source(str(path))
    assert name in str(caught.value)


def test_backbone_that_is_no_weights_file(data: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"no weights")
    sources = [read_source(str(data))]
    with pytest.raises(InputError, match="safetensors"):
        train_segment(Settings(batch=2), sources, tmp_path / "weights.safetensors", tmp_path, Budget(steps=1), "x")


def test_an_eight_bit_copy_answers_like_its_original(data: Path, tmp_path: Path) -> None:
    task = SegmentTask(Settings(batch=2), [read_source(str(data))], SHIPPED, torch.device("cpu"))
    task.network.eval()
    original, info = tmp_path / "model.onnx", open_session(SHIPPED, 1)[1]
    export_segment(task.network, original, info)
    quantize(original, examples(task, 24), SENSITIVE, PRECISE)
    assert (tmp_path / "model.int8.onnx").stat().st_size < 0.7 * original.stat().st_size
    fed = task.examples()[0]
    whole, _ = open_session(original, 1)
    copy, its_info = open_session(tmp_path / "model.int8.onnx", 1)
    (wanted,), (got,) = (session.run(["logits"], fed) for session in (whole, copy))
    assert 0 < np.abs(got - wanted).mean() < 0.15 * wanted.std()
    assert its_info == replace(info, weights=f"{info.weights}-int8")
    assert version(original).info.version == its_info.weights


def test_a_copy_that_answers_otherwise_is_not_kept(tmp_path: Path) -> None:
    class Fragile(torch.nn.Conv2d):
        """A thousandth of its input counts, and eight bits do not hold it."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x) % 0.001

    network, x = Fragile(1, 1, 1), torch.rand(1, 1, 16, 16)
    info = NetworkInfo("fragile", "crop", "region", "disk", True)
    export_onnx(network, {"x": x}, tmp_path / "model.onnx", info, ("y",))
    stale = tmp_path / "model.int8.onnx"
    stale.touch()
    assert quantize(tmp_path / "model.onnx", [{"x": x.numpy()}]) is None
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_sessions_in_several_processes_train_alike(backbone: Path, data: Path) -> None:
    def losses(workers: int) -> list[float]:
        torch.manual_seed(0)
        task = SegmentTask(Settings(batch=2), [read_source(str(data))], backbone, torch.device("cpu"), workers)
        with closing(task), torch.no_grad():
            return [task.step(progress=0)[1]["loss"] for _ in range(4)]

    assert losses(2) == losses(1)


def test_what_is_outside_the_window_counts_as_missed() -> None:
    answers, truth = torch.zeros(3, 4, 4, dtype=torch.bool), torch.zeros(3, 4, 4, dtype=torch.bool)
    answers[0, :2], truth[0, 1:3] = True, True
    answers[1, :2], truth[1, :2] = True, True
    got = true_iou(answers, truth, torch.tensor([0.0, 8.0, 0.0]))
    np.testing.assert_allclose(got, [4 / 12, 0.5, 0])


def test_a_window_around_a_click_may_cut_its_object_off(data: Path) -> None:
    sampler, rng = CropSampler([read_source(str(data))], CROP, GRID), np.random.default_rng(0)
    around = [sampler.draw(rng, "click") for _ in range(60)]
    whole = [sampler.draw(rng, "image") for _ in range(20)]
    assert max(crop.hidden for crop in whole) < 0.2 * GRID**2
    assert max(crop.hidden for crop in around) > max(float(crop.truth.sum()) for crop in around) * 0.3
    shares = [crop.truth.mean() for crop in around]
    assert min(shares) < 0.1
    assert max(shares) > 0.5
    assert all(crop.truth[GRID // 4 : 3 * GRID // 4, GRID // 4 : 3 * GRID // 4].any() for crop in around)


def test_the_exported_quality_is_that_of_the_network_and_is_trained_further(data: Path, tmp_path: Path) -> None:
    sources, cpu = [read_source(str(data))], torch.device("cpu")
    task = SegmentTask(Settings(batch=2), sources, SHIPPED, cpu)
    path, info = tmp_path / "model.onnx", open_session(SHIPPED, 1)[1]
    export_segment(task.network.eval(), path, info)
    fed = task.examples()[0]
    with torch.no_grad():
        wanted = torch.sigmoid(task.network.head(*map(torch.from_numpy, fed.values()))[1]).numpy()
    (got,) = open_session(path, 1)[0].run(["quality"], fed)
    np.testing.assert_allclose(got, wanted, atol=0.01)
    again = SegmentTask(Settings(batch=2), sources, path, cpu).network.head.quality.layers[0].weight
    torch.testing.assert_close(again, task.network.head.quality.layers[0].weight, rtol=0, atol=1e-3)


def test_the_predicted_quality_learns(data: Path, backbone: Path, tmp_path: Path) -> None:
    task = SegmentTask(Settings(batch=2), [read_source(str(data))], backbone, torch.device("cpu"))
    before = task.network.head.quality.layers[0].weight.clone()
    run(task, tmp_path, Budget(steps=2))
    assert not torch.equal(before, task.network.head.quality.layers[0].weight)


def test_a_larger_batch_learns_faster() -> None:
    assert rate_of(64) == pytest.approx(2 * rate_of(16)) == pytest.approx(2 * RATE)
