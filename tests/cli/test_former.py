"""Options under the names that they had before."""

import pytest

from fewclicks.cli.former import in_present_words


@pytest.mark.parametrize(
    ("former", "present"),
    [
        ("simulate segment --encoding disk --noise 1", "simulate segment --expect-encoding disk --noise 1"),
        ("simulate regions --model=single", "simulate regions --expect single"),
        ("simulate detect --variant late --data a", "simulate detect --expect-variant late --data a"),
        ("simulate detect --data a --variant passthrough", "simulate detect --data a --passthrough"),
        ("simulate detect --data a --variant=template-matching", "simulate template-matching --data a"),
        ("train detect --variant late", "train detect --variant late"),
        ("simulate mask --model sam", "simulate mask --model sam"),
        ("simulate", "simulate"),
        ("", ""),
    ],
)
def test_former_words(former: str, present: str) -> None:
    assert in_present_words(former.split()) == present.split()
