"""The interface of a file format: it reads a data set, writes one, and returns what it could not hold."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from fewclicks.labels import Dataset


@runtime_checkable
class Format(Protocol):
    """What `open` of a `FormatSpec` names: a class that is made without arguments."""

    def read(self, path: Path) -> Dataset:
        """Return the data set at `path`. Raises InputError that names the file and the place in it."""
        ...

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write all of `dataset` to `path`, or nothing. The same data set gives the same bytes.

        Return one line for each kind of thing that the file cannot hold; none when reading the file again gives an
        equal data set.

        A format with several files writes the others into a folder beside `path`, named like it without the ending.
        A folder is replaced only when it contains nothing but files of an earlier export.

        Raises InputError when the data set contradicts itself, StorageError when the file cannot be written or would
        replace something else. Then the old file is unchanged.
        """
        ...
