import numpy as np
import pytest

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import read_region
from fewclicks.methods.registry import open_model, shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.options import SegmentOptions
from fewclicks.methods.shared.encoded_image import EncodedImage
from fewclicks.model import Encoding
from fewclicks.prompts import BoxPrompt, Click, MaskPrompt, Prompts

BOX = BoxPrompt(30, 20, 90, 80)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    pixels[np.hypot(xs - 60, ys - 50) < 28] = (220, 60, 40)
    return pixels


@pytest.fixture(scope="module")
def encoding(model: SegmentModel, image: np.ndarray) -> Encoding[EncodedImage]:
    return model.encode(image)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each round that is answered."""
    answered: list[int] = []
    original = SegmentModel._answer

    def counting(self: SegmentModel, *given: object) -> MaskAnswer:
        answered.append(1)
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(SegmentModel, "_answer", counting)
    return answered


def strip() -> Mask:
    """A new object at each call."""
    full = np.zeros((100, 130), bool)
    full[40:60, 40:70] = True
    return Mask.from_full(full)


@pytest.mark.parametrize("seed", range(8))
def test_a_click_is_never_ignored(model: SegmentModel, encoding: Encoding[EncodedImage], seed: int) -> None:
    rng = np.random.default_rng(seed)
    clicks = [Click(30 + 12 * int(i), 20 + 12 * int(i), bool(rng.random() < 0.5)) for i in rng.permutation(5)]
    mask = model.respond(encoding, Prompts.of(BOX, *clicks)).answer.mask.full()
    assert [bool(mask[int(click.y), int(click.x)]) for click in clicks] == [click.adds for click in clicks]


def test_a_click_alone_is_enough(model: SegmentModel, encoding: Encoding[EncodedImage]) -> None:
    answer = model.respond(encoding, Prompts.of(Click(60, 50, True))).answer
    assert answer.mask.full()[50, 60]
    assert answer.predicted_iou is not None
    assert 0 <= answer.predicted_iou <= 1


def test_round_borders_matter(model: SegmentModel, encoding: Encoding[EncodedImage]) -> None:
    clicks = Click(60, 50, True), Click(80, 45, False)
    together = model.respond(encoding, Prompts.of(BOX, *clicks)).answer
    one_by_one = model.respond(encoding, Prompts.of(BOX).then(clicks[0]).then(clicks[1])).answer
    assert together.mask != one_by_one.mask


def test_known_rounds_are_not_answered_again(
    model: SegmentModel, encoding: Encoding[EncodedImage], counted: list[int]
) -> None:
    rounds = Prompts.of(BOX).then(Click(60, 50, True)).then(Click(80, 45, False)).then(Click(40, 40, True))
    response = model.respond(encoding, Prompts(rounds.rounds[:3]))
    assert len(counted) == 3
    response = model.respond(encoding, rounds, response)
    assert len(counted) == 4
    undone = model.respond(encoding, Prompts(rounds.rounds[:2]), response)
    assert len(counted) == 4
    other = model.respond(encoding, Prompts(rounds.rounds[:2]).then(Click(50, 70, True)), response)
    assert len(counted) == 5
    assert undone.memo is not None
    assert len(undone.memo.rounds) == len(undone.memo.answers) == 2
    assert 0 < undone.nbytes < other.nbytes


@pytest.mark.parametrize("together", [True, False])
def test_a_mask_is_corrected(
    model: SegmentModel, encoding: Encoding[EncodedImage], counted: list[int], together: bool
) -> None:
    """A first click may remove then. Equal masks need no other answer, whether or not they are the same object."""
    click = Click(45, 45, False)

    def prompts() -> Prompts:
        start = MaskPrompt(strip())
        return Prompts.of(start, click) if together else Prompts.of(start).then(click)

    response = model.respond(encoding, prompts())
    assert not response.answer.mask.full()[45, 45]
    assert response.answer.mask.intersection(strip()) > 0
    with pytest.raises(InputError, match="before you remove parts of it"):
        model.respond(encoding, Prompts.of(click))
    assert len(counted) == 1
    again = model.respond(encoding, prompts(), response)
    assert again.answer.mask == response.answer.mask
    assert len(counted) == 1


def test_a_mask_and_its_correction_may_be_one_round_or_two(
    model: SegmentModel, encoding: Encoding[EncodedImage]
) -> None:
    start, click = MaskPrompt(strip()), Click(45, 45, False)
    one = model.respond(encoding, Prompts.of(start, click)).answer
    two = model.respond(encoding, Prompts.of(start).then(click)).answer
    assert (one.masks, one.predicted_ious) == (two.masks, two.predicted_ious)


def test_a_mask_alone_is_its_own_answer(model: SegmentModel, encoding: Encoding[EncodedImage]) -> None:
    answer = model.respond(encoding, Prompts.of(MaskPrompt(strip()))).answer
    assert answer.mask == strip()
    assert answer.predicted_iou is None


def test_a_mask_replaces_the_rounds_before_it(model: SegmentModel, encoding: Encoding[EncodedImage]) -> None:
    later = Prompts.of(MaskPrompt(strip()), Click(45, 45, False))
    first = Prompts.of(BOX, Click(60, 50, True))
    alone, after = model.respond(encoding, later), model.respond(encoding, first.then(*later.rounds[0]))
    assert alone.answer.mask == after.answer.mask


def test_a_loose_crop_of_a_mask_is_answered_like_a_tight_one(
    model: SegmentModel, encoding: Encoding[EncodedImage]
) -> None:
    loose = Mask(strip().full(), (0, 0), (100, 130))
    answers = [model.respond(encoding, Prompts.of(MaskPrompt(m), Click(75, 50, True))) for m in (strip(), loose)]
    assert answers[0].answer.mask == answers[1].answer.mask
    assert answers[0].answer.predicted_iou == answers[1].answer.predicted_iou


def test_empty_rounds_are_skipped(model: SegmentModel, encoding: Encoding[EncodedImage]) -> None:
    rounds = Prompts(((), (BOX,), (), (Click(60, 50, True),), ()))
    wanted = model.respond(encoding, Prompts.of(BOX).then(Click(60, 50, True))).answer
    assert model.respond(encoding, rounds).answer.mask == wanted.mask


class Reader:
    """A large image."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.pixels.shape[0], self.pixels.shape[1])

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> np.ndarray:
        return read_region(self.pixels, (x0, y0, x1, y1), shrink)


def test_an_image_that_is_read_by_regions_is_answered_like_one_in_memory(
    model: SegmentModel, image: np.ndarray, encoding: Encoding[EncodedImage]
) -> None:
    prompts = Prompts.of(BOX).then(Click(60, 50, True))
    read = model.encode(Reader(image))
    assert model.respond(read, prompts).answer.mask == model.respond(encoding, prompts).answer.mask
    assert read.nbytes == 0


def test_an_expected_encoding_of_clicks(model: SegmentModel) -> None:
    files = shipped_files(ROLE)
    assert files is not None
    assert open_model(ROLE, files, options=SegmentOptions(expect_encoding="disk")).info == model.info
    with pytest.raises(
        InputError, match="expected weights trained with gaussian clicks, got weights trained with disk"
    ):
        open_model(ROLE, files, options=SegmentOptions(expect_encoding="gaussian"))


@pytest.mark.parametrize(("quality", "predicts"), [("ranker", False), ("network", True)])
def test_without_a_ranker_only_the_network_predicts_the_iou(
    quality: str, predicts: bool, encoding: Encoding[EncodedImage]
) -> None:
    files = shipped_files(ROLE)
    assert files is not None
    unranked = {suffix: path for suffix, path in files.items() if suffix != "_ranker.onnx"}
    model = open_model(ROLE, unranked, options=SegmentOptions.model_validate({"quality": quality}))
    answer = model.respond(encoding, Prompts.of(BOX)).answer
    assert isinstance(answer, MaskAnswer)
    assert (answer.predicted_iou is not None) == predicts
