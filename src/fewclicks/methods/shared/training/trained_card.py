"""The card of a model that a command has just trained."""

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from fewclicks.datasets.specs import OnDisk, split_weight
from fewclicks.methods.card import Card, write_card
from fewclicks.methods.shared.training.training_files import code_version, write_training_files

LICENCE = "Apache-2.0 (weights; the data have licences of their own)"


@runtime_checkable
class TrainedOn(Protocol):
    """A data set that a model was trained on."""

    @property
    def name(self) -> str: ...

    @property
    def images(self) -> Sequence[OnDisk]: ...


def write_trained_card(
    weights: Path,
    method: str,
    summary: str,
    sources: Sequence[TrainedOn],
    files: Iterable[Path],
    settings: Mapping[str, object],
    figures: Mapping[str, object] | None = None,
) -> None:
    """Write the card of `weights`, which the present command trained on `sources`, and the list of `files`.

    files: see `training_files`. Raises StorageError.
    """
    card = Card(
        name=weights.stem,
        method=method,
        summary=summary,
        licence=LICENCE,
        data=tuple(f"{source.name}: {len(source.images)} images" for source in sources),
        command="fewclicks " + shlex.join(sys.argv[1:]),
        settings=dict(settings),
        figures=dict(figures or {}),
        files=write_training_files(files, weights),
        code=code_version(),
    )
    write_card(card, weights)


def training_files(sources: Iterable[TrainedOn], data: Iterable[str]) -> Iterator[Path]:
    """Yield the images of `sources`, and those of the specs `data` that are files of annotations."""
    for source in sources:
        yield from (image.path for image in source.images)
    for spec in data:
        path = Path(split_weight(spec)[0].partition("@")[0])
        if path.is_file():
            yield path
