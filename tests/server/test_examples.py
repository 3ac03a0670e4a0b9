"""Which prompts of other images become examples."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from fewclicks.application.examples import MOST_IMAGES, Examples
from fewclicks.application.models import Installed
from fewclicks.errors import InputError, StorageError
from fewclicks.methods.registry import get_role
from fewclicks.model import Encoding
from fewclicks.prompts import ClassClick, Example

from .blob_model import BlobModel

CAT, DOG = 1, 2
MODEL = BlobModel()
INSTALLED = Installed(get_role("detect"), MODEL)
BYTES = 1 << 20


def encode(image_id: int, installed: Installed = INSTALLED) -> Encoding[object]:
    """An image of one colour."""
    return installed.model.encode(np.full((10, 10, 3), image_id, np.uint8))


def clicks(*class_ids: int) -> tuple[ClassClick, ...]:
    return tuple(ClassClick(2.0 + number, 5, class_id) for number, class_id in enumerate(class_ids))


def counts(found: tuple[Example, ...]) -> dict[int, int]:
    return dict(Counter(example.class_id for example in found))


def test_a_class_is_found_in_an_old_image_behind_many_of_another_class() -> None:
    elsewhere = {number: clicks(CAT) for number in range(2, 62)} | {99: clicks(DOG, DOG)}
    assert counts(Examples(encode, BYTES).elsewhere(INSTALLED, (), elsewhere)) == {CAT: MOST_IMAGES - 1, DOG: 2}


def test_no_more_images_are_read_than_that() -> None:
    read: list[int] = []

    def counted(image_id: int, installed: Installed) -> Encoding[object]:
        read.append(image_id)
        return encode(image_id, installed)

    elsewhere = {number: clicks(number, number) for number in range(1, 41)}
    found = Examples(counted, BYTES).elsewhere(INSTALLED, (), elsewhere)
    assert read == list(range(1, MOST_IMAGES + 1))
    assert counts(found) == dict.fromkeys(read, 2)


def test_an_image_that_cannot_be_read_is_left_out() -> None:
    def failing(image_id: int, installed: Installed) -> Encoding[object]:
        if image_id == 1:
            raise StorageError("no room for the levels of a large image")
        return encode(image_id, installed)

    elsewhere = {1: clicks(CAT), 2: clicks(CAT)}
    assert counts(Examples(failing, BYTES).elsewhere(INSTALLED, (), elsewhere)) == {CAT: 1}


def test_an_image_that_cannot_be_read_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    problems = ["the file is empty", "the file is empty", "cannot read the image"]

    def failing(image_id: int, installed: Installed) -> Encoding[object]:
        raise InputError(problems.pop(0), tmp_path / "a.jpg")

    examples = Examples(failing, BYTES)
    for _ in list(problems):
        assert examples.elsewhere(INSTALLED, (), {1: clicks(CAT, CAT)}) == ()
    assert [record.getMessage() for record in caplog.records] == [
        f"no examples from image 1: {tmp_path / 'a.jpg'}: {problem}"
        for problem in ("the file is empty", "cannot read the image")
    ]
