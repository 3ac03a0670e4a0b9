"""`fewclicks simulate partition`: IoU of all regions of an image against scribbles, over a data set."""

from collections.abc import Sequence
from typing import cast

import numpy as np

from fewclicks.answers import PartitionAnswer
from fewclicks.prompts import Scribble
from fewclicks.simulation.partition.figures import figures_of
from fewclicks.simulation.partition.images import read_partitions
from fewclicks.simulation.partition.session import ImageResult, first_prompt, partition_image
from fewclicks.simulation.partition.settings import PartitionSettings
from fewclicks.simulation.report import Column, Figures, JsonValue, Report
from fewclicks.simulation.spec import Subject, Watch

COLUMNS = {
    "spend_by_scribbles": Column("spent", "scribbles spent a region", digits=2, role="effort"),
    "seconds_by_scribbles": Column("seconds", "seconds an image", digits=0, role="effort"),
    "miou_by_scribbles": Column("miou", "mean IoU"),
    "stderr_by_scribbles": Column("stderr", "standard error", role="error"),
    "things": Column("things", "things"),
    "stuff": Column("stuff", "stuff"),
}
STEP = Column("scribbles", "scribbles a region", digits=0, role="step")


def run(subject: Subject[PartitionAnswer], settings: PartitionSettings, watch: Watch) -> Report:
    """Partition every image of `settings.data`: first prompts on all regions, then rounds of scribbles.

    A model that takes no scribbles is measured after the first prompts alone. Raises InputError for data that cannot be
    read, and for a model that takes neither extreme points nor boxes.
    """
    first_prompt(subject.takes)
    results = _results(subject, settings, watch)
    figures: Figures = {
        "allocation": settings.allocation,
        "seed": settings.seed,
        **figures_of(results),
        "data": str(settings.data),
    }
    info = subject.model.info
    title = f"{figures['regions']} regions in {figures['images']} images of {settings.data}"
    columns, rows = _table(figures)
    lines = tuple(_lines(figures, Scribble in subject.takes))
    return Report(title, info.role, info.version, columns, rows, figures, lines)


def _results(subject: Subject[PartitionAnswer], settings: PartitionSettings, watch: Watch) -> list[ImageResult]:
    images = read_partitions(settings.data, settings.limit)
    watch.start(subject.model.info.role, len(images))
    results = []
    for number, image in enumerate(images):
        rng = np.random.default_rng([settings.seed, number])
        results.append(partition_image(subject, image, settings.allocation, settings.scribbles, rng))
        watch.advance()
    return results


def _table(figures: Figures) -> tuple[tuple[Column, ...], tuple[tuple[float | None, ...], ...]]:
    """Return a column for each series of `figures` that is known, and a row for each number of scribbles."""
    series = {key: cast(Sequence[float], figures[key]) for key in COLUMNS if figures[key] is not None}
    values = zip(*series.values(), strict=True)
    rows = tuple((float(number), *row) for number, row in enumerate(values))
    return (STEP, *(COLUMNS[key] for key in series)), rows


def _lines(figures: Figures, takes_scribbles: bool) -> list[str]:
    times = [_time(figures[key], what) for key, what in (("encode_ms", "encode"), ("scribble_ms", "scribble"))]
    lines = ["; ".join(time for time in times if time)]
    return lines if takes_scribbles else [*lines, "measured without corrections: this model takes no scribbles"]


def _time(found: JsonValue, what: str) -> str:
    if not isinstance(found, dict):
        return ""
    return f"{what} {found['median']:.1f} ms (95%: {found['p95']:.1f})"
