"""The one line that a user sees."""

from pathlib import Path

import pytest

from fewclicks.errors import InputError, StorageError, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Straße 日本 👩‍🚀 a\u00a0b", "Straße 日本 👩‍🚀 a\u00a0b"),
        ("a\nb\tc\x00d\x1b[31m\x7f", r"a\nb\tc\x00d\x1b[31m\x7f"),
        ("bad\udcff.png", r"bad\xff.png"),
        ("\ud800 \udc00", r"\ud800 \udc00"),
        ("a\u2028b", r"a\u2028b"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_message_is_one_line_that_every_terminal_and_every_answer_can_hold() -> None:
    error = InputError("no\n image:\x00", Path("imgs/a\nb\udcff.png"), "key\x1b")
    assert str(error) == r"imgs/a\nb\xff.png: key\x1b: no image:\x00"
    assert error.problem == r"no image:\x00"
    assert str(StorageError("a\x00:\ntwo lines\udcff")) == r"a\x00: two lines\xff"
