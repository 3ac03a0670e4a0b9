"""Data in the classes of a model, by their names."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from fewclicks.datasets.boxed_images import BoxedSource


def in_classes_of(known: Mapping[str, int], source: BoxedSource) -> tuple[BoxedSource, list[str]]:
    """Return the data with the ids by which a model knows the names of classes, and the names that it does not know.

    Only unknown names of classes with objects are returned. Unknown classes get ids that the model does not use.
    """
    free = max(known.values(), default=0) + 1
    new_ids = {old: known.get(name, free + old) for old, name in source.class_names.items()}

    def renamed(ids: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "N"]:
        return np.array([new_ids[int(old)] for old in ids], np.int64)

    images = tuple(
        replace(image, class_ids=renamed(image.class_ids), ignored_class_ids=renamed(image.ignored_class_ids))
        for image in source.images
    )
    used = {int(old) for image in source.images for old in np.unique(image.class_ids)}
    unknown = [name for old, name in source.class_names.items() if name not in known and old in used]
    names = {new_ids[old]: name for old, name in source.class_names.items()}
    return replace(source, images=images, class_names=names), unknown
