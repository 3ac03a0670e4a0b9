import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from jaxtyping import UInt8

from fewclicks.errors import InputError
from fewclicks.methods.protocol import Encoding, Prediction
from fewclicks.methods.segment.inference.assist import SegmentAssist
from fewclicks.prompts import History
from fewclicks.server.encodings import QUIET, Encodings

from .api import until
from .colour_assist import ColourAssist

IMAGE = 20 * 30 * 3  # bytes of a 20x30 image
ENCODING = 4 * IMAGE  # bytes of its encoding by the colour assist
PIXELS = IMAGE + ENCODING


@dataclass
class SlowAssist:
    """Counts its encodings by the first pixel of the image, and takes its time."""

    seconds: float = 0.0
    encoded: list[int] = field(default_factory=list)
    name: str = "segment"
    weights: str = "slow"

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        time.sleep(self.seconds)
        self.encoded.append(int(image[0, 0, 0]))
        return ColourAssist().encode(image)

    def respond(self, encoding: Encoding, history: History, previous: Prediction | None = None) -> Prediction:
        return ColourAssist().respond(encoding, history, previous)


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
    assist = SlowAssist()
    encodings = Encodings(load, ignore, 10 * PIXELS)
    assert encodings.get(1, assist) is encodings.get(1, assist)
    assert assist.encoded == [1]


def test_what_is_encoded_aside_does_not_drop_what_a_person_works_on() -> None:
    assist = SlowAssist()
    encodings = Encodings(load, ignore, PIXELS)
    for image_id in (1, 2, 3):
        encodings.get(image_id, assist, aside=image_id != 1)
    encodings.get(1, assist)
    assert assist.encoded == [1, 2, 3]


def test_requests_at_the_same_time_share_one_encoding() -> None:
    assist = SlowAssist(0.2)
    encodings = Encodings(load, ignore, 10 * PIXELS)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: encodings.get(1, assist), range(8)))
    assert assist.encoded == [1]
    assert all(answer is answers[0] for answer in answers)


def test_memory_stays_bounded_over_many_images() -> None:
    assist = SlowAssist()
    encodings = Encodings(load, ignore, 3 * PIXELS)
    for image_id in range(1, 13):
        encodings.get(image_id, assist)
        assert encodings.nbytes <= 3 * PIXELS
    encodings.get(12, assist)
    encodings.get(1, assist)
    assert assist.encoded == [*range(1, 13), 1]


def test_other_weights_have_encodings_of_their_own() -> None:
    one, two = SlowAssist(weights="one"), SlowAssist(weights="two")
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.get(1, one)
    encodings.get(1, two)
    assert (one.encoded, two.encoded) == ([1], [1])


def test_assists_share_one_decoded_image_which_counts_once() -> None:
    loads, segment = Loads(), SegmentAssist.shipped()
    encodings = Encodings(loads, ignore, 10 * PIXELS)
    image = encodings.get(1, segment).data
    assert encodings.nbytes == IMAGE
    encodings.get(1, SlowAssist())
    encodings.get(1, SlowAssist(name="other"))
    assert encodings.get(1, segment).data is image
    assert (loads.loaded, encodings.nbytes) == ([1], IMAGE + 2 * ENCODING)


def test_assists_at_the_same_time_share_one_decoded_image() -> None:
    loads, assists = Loads(0.2), [SlowAssist(0.2, name=name) for name in "abcd"]
    encodings = Encodings(loads, ignore, 10 * PIXELS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda assist: encodings.get(1, assist), assists * 2))
    assert loads.loaded == [1]
    assert [assist.encoded for assist in assists] == [[1]] * 4


def test_the_image_that_assists_share_cannot_be_written() -> None:
    class Scribbler(SlowAssist):
        def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
            image[:] = 0
            return super().encode(image)

    encodings = Encodings(load, ignore, 10 * PIXELS)
    with pytest.raises(ValueError, match="read-only"):
        encodings.get(1, Scribbler())
    assert encodings.get(1, SegmentAssist.shipped()).data.min() == 1


def test_an_image_goes_with_all_its_encodings() -> None:
    one, two = SlowAssist(name="one"), SlowAssist(name="two")
    encodings = Encodings(load, ignore, PIXELS + ENCODING)
    for image_id in (1, 2, 1):
        for assist in (one, two):
            encodings.get(image_id, assist)
        assert encodings.nbytes == PIXELS + ENCODING
    assert one.encoded == two.encoded == [1, 2, 1]


def test_this_image_and_then_the_next_are_made_ready() -> None:
    assist = SlowAssist()
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.prepare(4, 5, [assist])
    until(lambda: assist.encoded == [4, 5])
    encodings.stop()


def test_every_assist_is_made_ready_for_this_image_first() -> None:
    order: list[tuple[str, int]] = []

    class Noted(SlowAssist):
        def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
            order.append((self.name, int(image[0, 0, 0])))
            return super().encode(image)

    loads = Loads()
    encodings = Encodings(loads, ignore, 10 * PIXELS)
    encodings.prepare(4, 5, [Noted(name="one"), Noted(name="two")])
    until(lambda: order == [("one", 4), ("two", 4), ("one", 5), ("two", 5)])
    assert loads.loaded == [4, 5]
    encodings.stop()


@pytest.mark.parametrize(("room", "ahead"), [(2 * PIXELS, [4, 5]), (PIXELS, [4, 5]), (PIXELS - 1, [4])])
def test_the_next_image_takes_no_room_from_this_one(room: int, ahead: list[int]) -> None:
    assist = SlowAssist()
    encodings = Encodings(load, ignore, room)
    encodings.prepare(4, 5, [assist])
    until(lambda: assist.encoded == ahead)
    time.sleep(QUIET * 2)
    encodings.get(4, assist)
    assert assist.encoded == ahead
    encodings.get(5, assist)
    assert assist.encoded == ([4, 5] if room == 2 * PIXELS else [*ahead, 5])
    encodings.stop()


BOTH = IMAGE + 2 * ENCODING


@pytest.mark.parametrize(
    ("room", "ones", "twos"), [(2 * BOTH, [4, 5], [4, 5]), (2 * BOTH - 1, [4, 5], [4, 5]), (BOTH, [4, 5], [4])]
)
def test_the_next_image_takes_no_room_from_any_encoding_of_this_one(
    room: int, ones: list[int], twos: list[int]
) -> None:
    loads, one, two = Loads(), SlowAssist(name="one"), SlowAssist(name="two")
    encodings = Encodings(loads, ignore, room)
    encodings.prepare(4, 5, [one, two])
    until(lambda: (one.encoded, two.encoded) == (ones, twos))
    time.sleep(QUIET * 2)
    for assist in (one, two):
        encodings.get(4, assist)
    assert (one.encoded, two.encoded, loads.loaded) == (ones, twos, [4, 5])
    encodings.get(5, one)
    assert loads.loaded == ([4, 5] if room == 2 * BOTH else [4, 5, 5])
    encodings.stop()


def test_the_next_image_waits_while_a_person_waits() -> None:
    assist, slow = SlowAssist(), SlowAssist(QUIET * 3, name="other")
    encodings = Encodings(load, ignore, 10 * PIXELS)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(encodings.get, 1, slow)
        encodings.prepare(4, 5, [assist])
        until(lambda: assist.encoded == [4])
        waiting.result()
        assert assist.encoded == [4]
    until(lambda: assist.encoded == [4, 5])
    encodings.stop()


def test_what_can_wait_is_done_after_both_images_in_portions() -> None:
    assist, done = SlowAssist(), []
    encodings = Encodings(load, ignore, 10 * PIXELS)

    def fail() -> None:
        raise ValueError("this portion is damaged")

    encodings.prepare(1, 2, [assist], [lambda: done.append(list(assist.encoded)), fail, lambda: done.append([])])
    until(lambda: len(done) == 2)
    assert done == [[1, 2], []]
    encodings.stop()


def test_what_is_looked_at_comes_before_what_can_wait_and_after_a_person() -> None:
    assist, done = SlowAssist(), []
    encodings = Encodings(load, ignore, 10 * PIXELS)
    with encodings.answering():
        encodings.prepare(1, 2, [assist], [lambda: done.append("later")])
        encodings.prepare_view([lambda: done.append("dropped")])
        encodings.prepare_view([lambda: done.append(list(assist.encoded)), lambda: done.append("seen")])
        until(lambda: assist.encoded == [1])
        time.sleep(2 * QUIET)
        assert done == [], "a person waits"
    until(lambda: len(done) == 3)
    assert done == [[1], "seen", "later"]
    encodings.prepare_view([lambda: done.append("of another image")])
    encodings.prepare(3, None, [assist])
    until(lambda: assist.encoded == [1, 2, 3])
    time.sleep(2 * QUIET)
    assert "of another image" not in done
    encodings.stop()


def test_a_wish_for_another_image_replaces_the_old_one() -> None:
    assist = SlowAssist()
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.prepare(1, 2, [assist])
    until(lambda: assist.encoded == [1])
    encodings.prepare(7, None, [assist])
    until(lambda: assist.encoded == [1, 7])
    time.sleep(QUIET * 2)
    assert assist.encoded == [1, 7]
    encodings.stop()


def test_a_failure_reaches_everyone_and_is_tried_again() -> None:
    encodings = Encodings(load, ignore, 10 * PIXELS)
    for _ in range(2):
        with pytest.raises(InputError, match=r"13\.png: the image is damaged"):
            encodings.get(13, SlowAssist())


def test_the_background_names_an_unreadable_image_and_goes_on() -> None:
    loads, assist, other = Loads(), SlowAssist(), SlowAssist(name="other")
    told, seen = [], threading.Event()

    def unreadable(image_id: int, error: InputError) -> None:
        told.append((image_id, error.problem))
        seen.set()

    encodings = Encodings(loads, unreadable, 10 * PIXELS)
    encodings.prepare(13, 5, [assist, other])
    assert seen.wait(10)
    until(lambda: assist.encoded == other.encoded == [5])
    assert (told, loads.loaded) == ([(13, "the image is damaged")], [13, 5])
    encodings.stop()


def test_stopping_ends_the_background_thread() -> None:
    encodings = Encodings(load, ignore, 10 * PIXELS)
    encodings.prepare(1, 2, [SlowAssist()])
    encodings.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "encode-ahead"]
