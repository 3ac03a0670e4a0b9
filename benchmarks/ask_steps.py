"""How long the training runs of `ask` must be: the mAP of detectors trained on all labels, by input size and steps.

    python benchmarks/ask_steps.py --data pcb/train.json --backbone mobilenet_v2.safetensors --side 448 640

Name one split, such as bccd@trainval, or a file without splits: the script then trains on three quarters of the images
and measures on every fourth one, so the test split plays no part. Each training run is one small file in --work; a
second call skips those that exist.
"""

import argparse
from pathlib import Path

import numpy as np
from trends import table

from fewclicks.ask.queries.sets import read_sets
from fewclicks.ask.queries.settings import QueriesSettings
from fewclicks.ask.training.run import Experiment, plan_of
from fewclicks.cli.progress import progress_bar


def maps_of(settings: QueriesSettings, seeds: int) -> list[float]:
    """Return the mAP at IoU 0.5 of a detector trained on all labels, for each seed."""
    sets = read_sets(settings.data, settings.test, settings.oriented)
    with progress_bar() as bar:
        experiment = Experiment(settings, plan_of(settings), sets, bar)
        return [experiment.full_map50(seed) for seed in range(seeds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="images with boxes, as for `fewclicks simulate ask`")
    parser.add_argument("--test", help="images to measure on; by default the split `test`, or every fourth image")
    parser.add_argument("--backbone", type=Path, required=True, help="weights from which each training run starts")
    parser.add_argument("--side", type=int, nargs="+", default=[448], help="pixels of the longer side of an image")
    parser.add_argument("--steps", type=int, nargs="+", default=[250, 500, 1000], help="training steps")
    parser.add_argument("--seeds", type=int, default=1, help="training runs of each row")
    parser.add_argument("--work", type=Path, required=True, help="folder of finished runs")
    options = parser.parse_args()
    given = {name: getattr(options, name) for name in ("data", "test", "backbone")}
    rows = []
    for side in options.side:
        for steps in options.steps:
            settings = QueriesSettings(**given, side=side, steps=steps, runs=options.work)
            found = maps_of(settings, options.seeds)
            spread = f" ± {np.std(found):.3f}" if options.seeds > 1 else ""
            rows.append([f"{side}", f"{steps:,}", f"{np.mean(found):.3f}{spread}"])
            print(*rows[-1], flush=True)
    table("All labels", ("side", "steps", "mAP50"), rows)


if __name__ == "__main__":
    main()
