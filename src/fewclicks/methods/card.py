"""The card beside a weights file: what it is, what it was trained on, how good it is, how to make it again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fewclicks.errors import InputError
from fewclicks.files import read_json, write_text


@dataclass(frozen=True)
class Card:
    """Written as NAME.json beside NAME.onnx; `figures` are filled in by who measured them."""

    name: str
    method: str
    summary: str
    licence: str
    data: tuple[str, ...]
    command: str
    settings: dict[str, Any]
    figures: dict[str, Any] = field(default_factory=dict)


def card_text(card: Mapping[str, object]) -> str:
    """The text of a card's file."""
    return json.dumps(dict(card), indent=2) + "\n"


def write_card(card: Card, weights: Path) -> None:
    """Write the card of `weights`, whole or not at all. Raises StorageError."""
    write_text(weights.with_suffix(".json"), card_text(asdict(card)))


def read_card(weights: Path, suffix: str = ".onnx") -> Card:
    """The card of `weights`, whose name ends in `suffix`. Raises InputError when it is absent or not a card."""
    path = weights.with_name(f"{weights.name.removesuffix(suffix)}.json")
    try:
        content = read_json(path)
        return Card(**{**content, "data": tuple(content["data"])})
    except (KeyError, TypeError) as error:
        raise InputError(f"expected the card of {weights.name} ({type(error).__name__})", path) from error
