"""Which clicks of other images become templates."""

from pathlib import Path

import numpy as np
import pytest

from fewclicks.cache import BoundedCache
from fewclicks.errors import InputError, StorageError
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick
from fewclicks.server.examples import MOST_IMAGES, Examples, templates_elsewhere

from .blob_detector import BlobDetector

CAT, DOG = 1, 2
DETECTOR = BlobDetector()


def encode(image_id: int) -> Encoding:
    """An image of one colour."""
    return DETECTOR.encode(np.full((10, 10, 3), image_id, np.uint8))


@pytest.fixture
def kept() -> Examples:
    return BoundedCache(1 << 20)


def clicks(*class_ids: int) -> tuple[ClassClick, ...]:
    return tuple(ClassClick(2.0 + number, 5, class_id) for number, class_id in enumerate(class_ids))


def counts(found: dict[int, np.ndarray]) -> dict[int, int]:
    return {class_id: len(rows) for class_id, rows in found.items()}


def test_a_class_is_found_in_an_old_image_behind_many_of_another_class(kept: Examples) -> None:
    elsewhere = {number: clicks(CAT) for number in range(2, 62)} | {99: clicks(DOG, DOG)}
    assert counts(templates_elsewhere(DETECTOR, (), elsewhere, encode, kept)) == {CAT: MOST_IMAGES - 1, DOG: 2}


def test_no_more_images_are_read_than_that(kept: Examples) -> None:
    read: list[int] = []

    def counted(image_id: int) -> Encoding:
        read.append(image_id)
        return encode(image_id)

    elsewhere = {number: clicks(number, number) for number in range(1, 41)}
    found = templates_elsewhere(DETECTOR, (), elsewhere, counted, kept)
    assert read == list(range(1, MOST_IMAGES + 1))
    assert counts(found) == dict.fromkeys(read, 2)


def test_an_image_that_cannot_be_read_is_left_out(kept: Examples) -> None:
    def failing(image_id: int) -> Encoding:
        if image_id == 1:
            raise StorageError("no room for the levels of a large image")
        return encode(image_id)

    assert counts(templates_elsewhere(DETECTOR, (), {1: clicks(CAT), 2: clicks(CAT)}, failing, kept)) == {CAT: 1}


def test_an_image_that_cannot_be_read_is_named_once(
    kept: Examples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    problems = ["the file is empty", "the file is empty", "the image is damaged"]

    def failing(image_id: int) -> Encoding:
        raise InputError(problems.pop(0), tmp_path / "a.jpg")

    for _ in list(problems):
        assert templates_elsewhere(DETECTOR, (), {1: clicks(CAT, CAT)}, failing, kept) == {}
    assert [record.getMessage() for record in caplog.records] == [
        f"no examples from image 1: {tmp_path / 'a.jpg'}: {problem}"
        for problem in ("the file is empty", "the image is damaged")
    ]
