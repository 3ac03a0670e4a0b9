"""`python -m fewclicks.methods.locate.training.prior DATA BACKBONE OUT --steps N` writes the shipped refiner again.

DATA: the folder of data sets (sets.py). BACKBONE: MobileNetV2's pretrained weights. OUT: a folder for refine.onnx, its
card and the checkpoint, from which an interrupted run resumes. --minutes N instead of --steps depends on the machine.
"""

import argparse
import sys
from pathlib import Path

from fewclicks.errors import FewclicksError
from fewclicks.methods.locate.training.prior.train import train_prior
from fewclicks.training.loop import Budget

INTERRUPTED = 130


def main() -> None:
    """Train, and exit with one line on stderr for an error that the user can fix."""
    parser = argparse.ArgumentParser(prog="python -m fewclicks.methods.locate.training.prior", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("backbone", type=Path)
    parser.add_argument("out", type=Path)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, help="training steps, including those of resumed runs")
    length.add_argument("--minutes", type=float, help="training time, including that of resumed runs")
    given = parser.parse_args()
    try:
        train_prior(given.data, given.backbone, given.out, Budget(given.steps, given.minutes))
    except FewclicksError as error:
        sys.exit(f"fewclicks: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
