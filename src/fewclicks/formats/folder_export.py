"""Writing a folder of labels: nothing that could not be read again, and what gets lost."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fewclicks.formats.label_folder import LabelFolder, replace_folder
from fewclicks.formats.per_image import held, losses
from fewclicks.formats.spec import FormatSpec
from fewclicks.labels import Dataset


def write_labels(
    dataset: Dataset,
    path: Path,
    spec: FormatSpec,
    texts_of: Callable[[Dataset], Mapping[str, str]],
    dataset_of: Callable[[LabelFolder], Dataset],
) -> list[str]:
    """Write the folder `path` and return what it could not hold.

    `texts_of` gives the files of a data set by name, and `dataset_of` reads them. Raises InputError when the data set
    contradicts itself; StorageError when the folder cannot be written, or holds anything else.
    """
    kept, lines = held(dataset, spec, path)
    texts = texts_of(kept)
    again = dataset_of(LabelFolder(path, texts))
    replace_folder(path, texts)
    return [*lines, *losses(kept, again)]
