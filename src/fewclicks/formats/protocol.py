"""What every file format is: it reads a data set, and writes one and says what it could not hold."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from fewclicks.labels import Dataset


@runtime_checkable
class Format(Protocol):
    """A format as the server and the command line see it."""

    @property
    def name(self) -> str:
        """The name a person gives to `--format`."""
        ...

    @property
    def description(self) -> str:
        """One line: what it is and what kinds of label it holds."""
        ...

    @property
    def suffix(self) -> str:
        """How its file ends, with the dot; with several files, the one that a person names; "" for a folder."""
        ...

    @property
    def media_type(self) -> str:
        """What a browser calls that file; of a folder, the zip that it is packed into."""
        ...

    def read(self, path: Path) -> Dataset:
        """The data set at `path`. Raises InputError that names the file and the place in it."""
        ...

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write `dataset` to `path` at once or not at all.

        A format of several files puts the others into a folder beside `path` that has its name without the
        ending, and replaces that folder only where it holds nothing else. So does one that is a folder as a whole.

        Returns one line for each kind of thing that the format could not hold; none when reading the
        file again gives an equal data set. The same data set gives the same bytes. Raises InputError
        when the data set contradicts itself, StorageError when the file cannot be written; then what was
        there before is still there.
        """
        ...
