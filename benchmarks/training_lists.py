"""The lists NAME.sha256 of shipped weights that were trained before `fewclicks train` wrote such lists.

    python benchmarks/training_lists.py --data DIR

DIR holds the sets as the commands in the cards name them. A list has all images and annotation files of these sets,
except the photos that are kept for tests. The card says where a run used only a part of a set. Made-up images have no
list: the card gives the command that makes them.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from fewclicks.datasets.boxed_images import BoxedSource, read_boxes
from fewclicks.datasets.masked_images import Source, read_source
from fewclicks.datasets.specs import split_weight
from fewclicks.methods.card import read_card, write_card
from fewclicks.methods.shared.training.trained_card import training_files
from fewclicks.methods.shared.training.training_files import write_training_files

WEIGHTS = Path(__file__).parents[1] / "src" / "fewclicks" / "methods" / "weights"
TEST_PHOTOS = {"cats": 60}  # the last ones by name, which no run has used
READERS: dict[str, Callable[[str], BoxedSource | Source]] = {
    "segment": read_source,
    "detect": read_boxes,
    "regions": read_source,
}
SPEC = re.compile(r"--data (\S+)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    folder = parser.parse_args().data
    for name, read in READERS.items():
        weights = WEIGHTS / f"{name}.onnx"
        card = read_card(weights)
        specs = list(sets_of(card.command, folder))
        files = training_files([read(spec) for spec in specs], specs)
        listed = write_training_files(without_tests(files), weights)
        write_card(replace(card, files=f"{listed}: all files of these sets"), weights)
        print(f"{name}: {listed}")


def without_tests(files: Iterable[Path]) -> list[Path]:
    """Return the files without the photos that are kept for tests."""
    kept = sorted(files)
    for name, count in TEST_PHOTOS.items():
        photos = [path for path in kept if name in path.parts and path.suffix != ".json"]
        kept = [path for path in kept if path not in photos[-count:]]
    return kept


def sets_of(command: str, folder: Path) -> Iterator[str]:
    """Yield each set of a training command once, with its path in `folder`."""
    for spec in dict.fromkeys(split_weight(found)[0] for found in SPEC.findall(command)):
        if spec.startswith("synthetic/"):
            print(f"left out: {spec}, which is made up")
        else:
            yield str(folder / spec)


if __name__ == "__main__":
    main()
