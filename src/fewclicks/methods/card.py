"""Cards of model versions: summary, licence, training data, metrics and command."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fewclicks.errors import InputError
from fewclicks.files import read_json, write_text


@dataclass(frozen=True)
class Card:
    """The card NAME.json of a version NAME.onnx.

    figures: its measured metrics. files: how many files it was trained on, and the list of them. code: the version of
    fewclicks that trained it. Both are empty for versions of earlier programs.
    """

    name: str
    method: str
    summary: str
    licence: str
    data: tuple[str, ...]
    command: str
    settings: dict[str, Any]
    figures: dict[str, Any] = field(default_factory=dict)
    files: str = ""
    code: str = ""


def card_text(card: Mapping[str, object]) -> str:
    """Return the text of a card's file."""
    return json.dumps(dict(card), indent=2) + "\n"


def write_card(card: Card, weights: Path) -> None:
    """Write the card of the main file `weights`, completely or not at all. Raises StorageError."""
    write_text(weights.with_suffix(".json"), card_text(asdict(card)))


def read_card(weights: Path, suffix: str = ".onnx") -> Card:
    """Read the card of `weights`, whose name ends in `suffix`. Raises InputError when it is missing or not a card."""
    path = weights.with_name(f"{weights.name.removesuffix(suffix)}.json")
    try:
        content = read_json(path)
        return Card(**{**content, "data": tuple(content["data"])})
    except (KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"not the card of {weights.name} ({reason}); fix or delete it", path) from error
