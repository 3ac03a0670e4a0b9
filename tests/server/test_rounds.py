import numpy as np
import pytest
from PIL import Image

from fewclicks.cache import BoundedCache
from fewclicks.errors import ConflictError
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Provenance
from fewclicks.methods.protocol import Encoding
from fewclicks.server.rounds import Predictions, prefixes, replay
from fewclicks.store.editing import prompted
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Json, Snapshot

from .api import RED_BOX, click
from .colour_assist import ColourAssist
from .conftest import save_picture

ASSIST = ColourAssist()
START = Snapshot("o", 1, 1, "proposed", None, provenance=Provenance(method="segment", weights=ASSIST.weights))
ROUNDS: list[list[Json]] = [
    [click(16, 16)],
    [click(40, 30), click(3, 3, False)],
    [click(60, 45)],
    [click(30, 5, False)],
]


@pytest.fixture(scope="module")
def encoding(tmp_path_factory: pytest.TempPathFactory) -> Encoding:
    path = tmp_path_factory.mktemp("rounds") / "a.png"
    save_picture(path)
    return ASSIST.encode(np.asarray(Image.open(path)))


def empty() -> Predictions:
    return BoundedCache(1_000_000)


def test_each_round_is_a_longer_prefix() -> None:
    snapshot = None
    for prompts in ROUNDS:
        snapshot = prompted(snapshot, START, prompts, (48, 64))
    assert snapshot is not None
    assert [len(prefix) for prefix in prefixes(snapshot.prompts)] == [1, 3, 4, 5]
    assert prefixes(()) == []


def test_a_box_and_clicks_of_one_request_are_two_rounds() -> None:
    one = prompted(None, START, [click(40, 30), RED_BOX], (48, 64))
    assert [[p["type"] for p in prefix] for prefix in prefixes(one.prompts)] == [["box"], ["click", "box"]]


@pytest.mark.parametrize("with_base", [False, True])
def test_the_answer_does_not_depend_on_what_was_kept(encoding: Encoding, with_base: bool) -> None:
    full = np.zeros((48, 64), bool)
    full[40:46, 2:9] = True
    base = shape_to_json(Mask.from_full(full)) if with_base else None
    kept, crowded = empty(), Predictions(1)
    snapshot: Snapshot | None = Snapshot("o", 1, 1, "accepted", base) if with_base else None
    masks = []
    for prompts in ROUNDS:
        snapshot = prompted(snapshot, START, prompts, (48, 64))
        assert snapshot.base == base
        answers = [replay(ASSIST, encoding, snapshot, cache) for cache in (kept, crowded, empty())]
        assert all(answer.mask == answers[0].mask and answer.quality == answers[0].quality for answer in answers)
        masks.append(answers[0].mask)
    assert len(set(masks)) == len(ROUNDS), "every round changes the mask, so a skipped one would show"


def test_the_base_matters(encoding: Encoding) -> None:
    full = np.zeros((48, 64), bool)
    full[40:46, 2:9] = True
    base = shape_to_json(Mask.from_full(full))
    asked = prompted(Snapshot("o", 1, 1, "accepted", base), START, [click(40, 30)], (48, 64))
    cache = empty()
    with_base = replay(ASSIST, encoding, asked, cache)
    without = replay(ASSIST, encoding, prompted(None, START, [click(40, 30)], (48, 64)), cache)
    assert with_base.mask.area == without.mask.area + 6 * 7


def test_kept_rounds_are_not_answered_again(encoding: Encoding, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = ColourAssist.respond

    def counted(self: ColourAssist, encoding: Encoding, history: object, previous: object = None) -> object:
        asked.append(len(history))  # type: ignore[arg-type]
        return original(self, encoding, history, previous)  # type: ignore[arg-type]

    monkeypatch.setattr(ColourAssist, "respond", counted)
    cache, snapshot = empty(), None
    for prompts in ROUNDS:
        snapshot = prompted(snapshot, START, prompts, (48, 64))
        replay(ASSIST, encoding, snapshot, cache)
    assert asked == [1, 3, 4, 5]


def test_without_prompts_there_is_no_answer(encoding: Encoding) -> None:
    with pytest.raises(ConflictError, match="no prompts"):
        replay(ASSIST, encoding, START, empty())
