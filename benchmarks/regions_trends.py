"""The trends of full-image-scribbles (Table 2 and Fig. 5), measured, and the agreement of two annotators.

    python benchmarks/regions_trends.py --data DIR --out runs/regions [--backbone mobilenet_v2.safetensors]

DIR holds the data sets as docs/regions_results.md names them: scenes, regions. Without --backbone only the shipped
model is measured. With it four models are trained with the same number of steps: loss mask by mask or over the pixels,
times annotations shared or not. Finished models and reports stay in --out; a second call resumes where the first
stopped.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from trends import fewclicks, table

from fewclicks.datasets.masked_images import MaskedImage
from fewclicks.geometry.partitions import FREE, merge
from fewclicks.simulation.partition.images import read_partitions

TRAIN_SETS = ("scenes/panoptic_train.json:1.5", "regions/train:1")
SCENES, PEOPLE = "scenes/panoptic_val.json", "regions/test"
VARIANTS: dict[str, list[str]] = {
    "mask": ["--loss", "mask", "--no-shared-points"],
    "mask-shared": ["--loss", "mask"],
    "pixel": ["--no-shared-points"],
    "pixel-shared": [],
}
TABLE_2 = {"mask": 0.758, "mask-shared": 0.760, "pixel": 0.784, "pixel-shared": 0.791}
FIGURE_5 = ("mask", "pixel-shared")
PAPER_5 = {  # the values of Fig. 5 in the paper's text, by scribbles a region
    "single region, one each": {0: 0.758, 4: 0.85, 8: 0.88},
    "full image, one each": {0: 0.791, 2: 0.85, 4: 0.88},
    "full image, free": {0: 0.791, 4: 0.90},
}


def trained(variant: str, options: argparse.Namespace) -> Path:
    """Return the weights of a variant; train them unless the file exists."""
    weights = options.out / variant / f"{variant}.onnx"
    if not weights.exists():
        data = [word for name in TRAIN_SETS for word in ("--data", str(options.data / name))]
        fewclicks(
            "train", "regions", *data, "--backbone", str(options.backbone), "--out", str(weights.parent),
            "--name", variant, "--steps", str(options.steps), *VARIANTS[variant],
        )  # fmt: skip
    return weights


def measured(
    name: str, test_set: str, options: argparse.Namespace, weights: Path | None, *arguments: str
) -> dict[str, Any]:
    """Return the report of one simulation; run it unless the file exists."""
    path = options.out / "reports" / f"{name}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        model = ["--weights", str(weights)] if weights else []
        kind = ["--expect", "single"] if weights and weights.stem == "mask" else []
        data = str(options.data / test_set)
        fewclicks("simulate", "partition", "--data", data, "--json", str(path), *model, *kind, *arguments)
    return json.loads(path.read_text())


def paired(report: dict[str, Any], other: dict[str, Any], step: int) -> str:
    """Format the mean difference over images and its standard error."""
    here, there = ([image["miou"][step] for image in each["by_image"]] for each in (report, other))
    differences = np.array(here) - np.array(there)
    return f"{differences.mean():+.3f} ± {differences.std(ddof=1) / np.sqrt(len(differences)):.3f}"


def curve(name: str, report: dict[str, Any]) -> list[list[str]]:
    """Return a row of mean IoU, the values of the paper where it has some, and a row of the scribbles spent."""
    said = PAPER_5.get(name)
    paper = [[f"*{name}, paper*", *(f"*{said[k]:.2f}*" if k in said else "" for k in range(10))]] if said else []
    return [
        [name, *(f"{miou:.3f}" for miou in report["miou_by_scribbles"])],
        *paper,
        ["spent a region", *(f"{spend:.2f}" for spend in report["spend_by_scribbles"])],
    ]


def shipped_tables(options: argparse.Namespace) -> None:
    rounds = ["--scribbles", "9"]
    free = measured("shipped-free", SCENES, options, None, *rounds)
    each = measured("shipped-one-each", SCENES, options, None, "--allocation", "one-each", *rounds)
    alone = measured("shipped-not-shared", SCENES, options, None, "--shared-points", "no", *rounds)
    columns = ["scribbles a region", *map(str, range(10))]
    rows = curve("free", free) + curve("one each", each) + curve("free, others not shown", alone)
    table("Shipped model on scenes/val", columns, rows)
    print(f"\nfree - one each at 4: {paired(free, each, 4)}")
    people = measured("shipped-people", PEOPLE, options, None, *rounds)
    table("Shipped model on BSDS500 test, against both people", columns, curve("free", people))
    print(f"\ntwo people agree with each other to {agreement(read_partitions(options.data / PEOPLE)):.3f}")


def agreement(partitions: tuple[MaskedImage, ...]) -> float:
    """Return the mean over one annotator's regions of the best IoU with a region of the other, both ways."""
    by_photo: dict[Path, list[MaskedImage]] = {}
    for image in partitions:
        by_photo.setdefault(image.path, []).append(image)
    found = []
    for people in by_photo.values():
        for a, b in ((0, 1), (1, 0)) if len(people) > 1 else ():
            found += _best_ious(*(merge(people[k].masks, people[k].masks[0].size_hw) - FREE for k in (a, b)))
    return float(np.mean(found))


def _best_ious(ours: np.ndarray, theirs: np.ndarray) -> list[float]:
    count = int(max(ours.max(), theirs.max())) + 1
    both = np.bincount((ours * count + theirs).ravel(), minlength=count * count).reshape(count, count)
    union = both.sum(1)[:, None] + both.sum(0)[None] - both
    ious = np.divide(both, union, out=np.zeros(both.shape), where=union > 0)[1:, 1:]
    return ious[both.sum(1)[1:] > 0].max(1).tolist()


def trained_tables(options: argparse.Namespace) -> None:
    weights = {variant: trained(variant, options) for variant in VARIANTS}
    each = {
        variant: measured(
            f"{variant}-one-each", SCENES, options, path, "--allocation", "one-each",
            "--scribbles", "9" if variant in FIGURE_5 else "0",
        )
        for variant, path in weights.items()
    }  # fmt: skip
    rows = [
        [variant, f"{TABLE_2[variant]:.3f}", f"{report['miou_by_scribbles'][0]:.3f}", paired(report, each["mask"], 0)]
        for variant, report in each.items()
    ]
    table("Extreme points alone (Table 2)", ["", "paper", "here", "difference to the first"], rows)
    free = measured("pixel-shared-free", SCENES, options, weights["pixel-shared"], "--scribbles", "9")
    columns = ["scribbles a region", *map(str, range(10))]
    rows = (
        curve("single region, one each", each["mask"])
        + curve("full image, one each", each["pixel-shared"])
        + curve("full image, free", free)
    )
    table("Scribbles (Fig. 5)", columns, rows)
    print(f"\nfull image, free - single region, one each at 4: {paired(free, each['mask'], 4)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, help="train the four models from these weights, too")
    parser.add_argument("--steps", type=int, default=1500, help="training of each")
    options = parser.parse_args()
    shipped_tables(options)
    if options.backbone:
        trained_tables(options)


if __name__ == "__main__":
    main()
