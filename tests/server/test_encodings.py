import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from jaxtyping import UInt8

from fewclicks.application.encodings import QUIET, Encodings
from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource
from fewclicks.methods.registry import open_shipped

from .api import until
from .colour_model import ColourEncoding, ColourModel

IMAGE = 20 * 30 * 3  # bytes of a 20x30 image
ENCODING = 4 * IMAGE  # bytes of its encoding by the colour model
PIXELS = IMAGE + ENCODING


@dataclass(frozen=True)
class SlowModel(ColourModel):
    """Counts its encodings by the first pixel of the image, and takes its time."""

    seconds: float = 0.0
    encoded: list[int] = field(default_factory=list)
    version: str = "slow"

    def encode(self, image: ImageSource) -> ColourEncoding:
        assert isinstance(image, np.ndarray)
        time.sleep(self.seconds)
        self.encoded.append(int(image[0, 0, 0]))
        return super().encode(image)


@dataclass(frozen=True)
class HeldModel(SlowModel):
    """Encodes only once it may go on."""

    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def encode(self, image: ImageSource) -> ColourEncoding:
        self.begun.set()
        assert self.go.wait(20)
        return super().encode(image)


def load(image_id: int) -> UInt8[np.ndarray, "H W 3"]:
    if image_id == 13:
        raise InputError("the image is damaged", "13.png")
    return np.full((20, 30, 3), image_id, np.uint8)


@dataclass
class Loads:
    """Counts what it loads, and takes its time."""

    seconds: float = 0.0
    loaded: list[int] = field(default_factory=list)

    def __call__(self, image_id: int) -> UInt8[np.ndarray, "H W 3"]:
        time.sleep(self.seconds)
        self.loaded.append(image_id)
        return load(image_id)


def ignore(_image_id: int, _error: InputError) -> None:
    pass


def test_an_image_is_encoded_once() -> None:
    model = SlowModel()
    encodings = Encodings(load, ignore, 10 * PIXELS)
    assert encodings.get(1, model) is encodings.get(1, model)
    assert model.encoded == [1]


def test_what_is_encoded_aside_does_not_drop_what_a_person_works_on() -> None:
    model = SlowModel()
    encodings = Encodings(load, ignore, PIXELS)
    for image_id in (1, 2, 3):
        encodings.get(image_id, model, aside=image_id != 1)
    encodings.get(1, model)
    assert model.encoded == [1, 2, 3]


def test_requests_at_the_same_time_share_one_encoding() -> None:
    model = SlowModel(seconds=0.2)
    encodings = Encodings(load, ignore, 10 * PIXELS)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: encodings.get(1, model), range(8)))
    assert model.encoded == [1]
    assert all(answer is answers[0] for answer in answers)


def test_memory_stays_bounded_over_many_images() -> None:
    model = SlowModel()
    encodings = Encodings(load, ignore, 3 * PIXELS)
    for image_id in range(1, 13):
        encodings.get(image_id, model)
        assert encodings.nbytes <= 3 * PIXELS
    encodings.get(12, model)
    encodings.get(1, model)
    assert model.encoded == [*range(1, 13), 1]


def test_other_weights_have_encodings_of_their_own() -> None:
    one, two = SlowModel(version="one"), SlowModel(version="two")
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.get(1, one)
    encodings.get(1, two)
    assert (one.encoded, two.encoded) == ([1], [1])


def test_models_share_one_decoded_image_which_counts_once() -> None:
    loads, segment = Loads(), open_shipped("segment")
    encodings = Encodings(loads, ignore, 10 * PIXELS)
    image = encodings.get(1, segment).data
    assert encodings.nbytes == IMAGE
    encodings.get(1, SlowModel())
    encodings.get(1, SlowModel("other"))
    assert encodings.get(1, segment).data is image
    assert (loads.loaded, encodings.nbytes) == ([1], IMAGE + 2 * ENCODING)


def test_models_at_the_same_time_share_one_decoded_image() -> None:
    loads, models = Loads(0.2), [SlowModel(name, seconds=0.2) for name in "abcd"]
    encodings = Encodings(loads, ignore, 10 * PIXELS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda model: encodings.get(1, model), models * 2))
    assert loads.loaded == [1]
    assert [model.encoded for model in models] == [[1]] * 4


def test_the_image_that_models_share_cannot_be_written() -> None:
    class Scribbler(SlowModel):
        def encode(self, image: ImageSource) -> ColourEncoding:
            assert isinstance(image, np.ndarray)
            image[:] = 0
            return super().encode(image)

    encodings = Encodings(load, ignore, 10 * PIXELS)
    with pytest.raises(ValueError, match="read-only"):
        encodings.get(1, Scribbler())
    assert encodings.get(1, ColourModel()).data.min() == 1


def test_an_image_goes_with_all_its_encodings() -> None:
    one, two = SlowModel(role="one"), SlowModel(role="two")
    encodings = Encodings(load, ignore, PIXELS + ENCODING)
    for image_id in (1, 2, 1):
        for model in (one, two):
            encodings.get(image_id, model)
        assert encodings.nbytes == PIXELS + ENCODING
    assert one.encoded == two.encoded == [1, 2, 1]


def test_this_image_and_then_the_next_are_made_ready() -> None:
    model = SlowModel()
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.prepare(4, 5, [model])
    until(lambda: model.encoded == [4, 5])
    encodings.stop()


def test_every_model_is_made_ready_for_this_image_first() -> None:
    order: list[tuple[str, int]] = []

    class Noted(SlowModel):
        def encode(self, image: ImageSource) -> ColourEncoding:
            assert isinstance(image, np.ndarray)
            order.append((self.role, int(image[0, 0, 0])))
            return super().encode(image)

    loads = Loads()
    encodings = Encodings(loads, ignore, 10 * PIXELS)
    encodings.prepare(4, 5, [Noted(role="one"), Noted(role="two")])
    until(lambda: order == [("one", 4), ("two", 4), ("one", 5), ("two", 5)])
    assert loads.loaded == [4, 5]
    encodings.stop()


@pytest.mark.parametrize(("room", "ahead"), [(2 * PIXELS, [4, 5]), (PIXELS, [4, 5]), (PIXELS - 1, [4])])
def test_the_next_image_takes_no_room_from_this_one(room: int, ahead: list[int]) -> None:
    model = SlowModel()
    encodings = Encodings(load, ignore, room)
    encodings.prepare(4, 5, [model])
    until(lambda: model.encoded == ahead)
    time.sleep(QUIET * 2)
    encodings.get(4, model)
    assert model.encoded == ahead
    encodings.get(5, model)
    assert model.encoded == ([4, 5] if room == 2 * PIXELS else [*ahead, 5])
    encodings.stop()


BOTH = IMAGE + 2 * ENCODING


@pytest.mark.parametrize(
    ("room", "ones", "twos"), [(2 * BOTH, [4, 5], [4, 5]), (2 * BOTH - 1, [4, 5], [4, 5]), (BOTH, [4, 5], [4])]
)
def test_the_next_image_takes_no_room_from_any_encoding_of_this_one(
    room: int, ones: list[int], twos: list[int]
) -> None:
    loads, one, two = Loads(), SlowModel(role="one"), SlowModel(role="two")
    encodings = Encodings(loads, ignore, room)
    encodings.prepare(4, 5, [one, two])
    until(lambda: (one.encoded, two.encoded) == (ones, twos))
    time.sleep(QUIET * 2)
    for model in (one, two):
        encodings.get(4, model)
    assert (one.encoded, two.encoded, loads.loaded) == (ones, twos, [4, 5])
    encodings.get(5, one)
    assert loads.loaded == ([4, 5] if room == 2 * BOTH else [4, 5, 5])
    encodings.stop()


def test_the_next_image_waits_while_a_person_waits() -> None:
    model, held = SlowModel(), HeldModel("other")
    encodings = Encodings(load, ignore, 10 * PIXELS)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(encodings.get, 1, held)
        assert held.begun.wait(20)
        encodings.prepare(4, 5, [model])
        until(lambda: model.encoded == [4])
        time.sleep(QUIET * 2)
        assert model.encoded == [4]
        held.go.set()
    until(lambda: model.encoded == [4, 5])
    encodings.stop()


def test_what_can_wait_is_done_after_both_images_in_portions() -> None:
    model, done = SlowModel(), []
    encodings = Encodings(load, ignore, 10 * PIXELS)

    def fail() -> None:
        raise ValueError("this portion is damaged")

    encodings.prepare(1, 2, [model], [lambda: done.append(list(model.encoded)), fail, lambda: done.append([])])
    until(lambda: len(done) == 2)
    assert done == [[1, 2], []]
    encodings.stop()


def test_what_is_looked_at_comes_before_what_can_wait_and_after_a_person() -> None:
    model, done = SlowModel(), []
    encodings = Encodings(load, ignore, 10 * PIXELS)
    with encodings.answering():
        encodings.prepare(1, 2, [model], [lambda: done.append("later")])
        encodings.prepare_view([lambda: done.append("dropped")])
        encodings.prepare_view([lambda: done.append(list(model.encoded)), lambda: done.append("seen")])
        until(lambda: model.encoded == [1])
        time.sleep(2 * QUIET)
        assert done == [], "a person waits"
    until(lambda: len(done) == 3)
    assert done == [[1], "seen", "later"]
    encodings.prepare_view([lambda: done.append("of another image")])
    encodings.prepare(3, None, [model])
    until(lambda: model.encoded == [1, 2, 3])
    time.sleep(2 * QUIET)
    assert "of another image" not in done
    encodings.stop()


def test_a_wish_for_another_image_replaces_the_old_one() -> None:
    model = SlowModel()
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.prepare(1, 2, [model])
    until(lambda: model.encoded == [1])
    encodings.prepare(7, None, [model])
    until(lambda: model.encoded == [1, 7])
    time.sleep(QUIET * 2)
    assert model.encoded == [1, 7]
    encodings.stop()


def test_a_failure_reaches_everyone_and_is_tried_again() -> None:
    encodings = Encodings(load, ignore, 10 * PIXELS)
    for _ in range(2):
        with pytest.raises(InputError, match=r"13\.png: the image is damaged"):
            encodings.get(13, SlowModel())


def test_the_background_names_an_unreadable_image_and_goes_on() -> None:
    loads, model, other = Loads(), SlowModel(), SlowModel("other")
    told, seen = [], threading.Event()

    def unreadable(image_id: int, error: InputError) -> None:
        told.append((image_id, error.problem))
        seen.set()

    encodings = Encodings(loads, unreadable, 10 * PIXELS)
    encodings.prepare(13, 5, [model, other])
    assert seen.wait(10)
    until(lambda: model.encoded == other.encoded == [5])
    assert (told, loads.loaded) == ([(13, "the image is damaged")], [13, 5])
    encodings.stop()


def test_stopping_ends_the_background_thread() -> None:
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.prepare(1, 2, [SlowModel()])
    encodings.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "encode-ahead"]
