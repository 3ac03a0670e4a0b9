"""`python -m fewclicks.methods.locate.training.prior DATA BACKBONE OUT --minutes N` writes the shipped refiner again.

DATA: the folder of data sets (sets.py). BACKBONE: MobileNetV2's pretrained weights. OUT: a folder for refine.onnx, its
card and the checkpoint, from which an interrupted run resumes.
"""

import argparse
from pathlib import Path

from fewclicks.methods.locate.training.prior.train import train_prior


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fewclicks.methods.locate.training.prior", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("backbone", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    given = parser.parse_args()
    train_prior(given.data, given.backbone, given.out, given.minutes)


if __name__ == "__main__":
    main()
