"""The card of a model that a command has just trained."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from fewclicks.methods.card import Card, write_card

LICENCE = "Apache-2.0 (weights; the data have licences of their own)"


@runtime_checkable
class TrainedOn(Protocol):
    """A data set that a model was trained on."""

    @property
    def name(self) -> str: ...

    @property
    def images(self) -> Sequence[object]: ...


def write_trained_card(
    weights: Path,
    method: str,
    summary: str,
    sources: Sequence[TrainedOn],
    settings: Mapping[str, object],
    figures: Mapping[str, object] | None = None,
) -> None:
    """Write the card of `weights`, which the present command trained on `sources`. Raises StorageError."""
    card = Card(
        name=weights.stem,
        method=method,
        summary=summary,
        licence=LICENCE,
        data=tuple(f"{source.name}: {len(source.images)} images" for source in sources),
        command="fewclicks " + shlex.join(sys.argv[1:]),
        settings=dict(settings),
        figures=dict(figures or {}),
    )
    write_card(card, weights)
