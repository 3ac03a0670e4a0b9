"""Time and memory of greedy coreset selection: 200,000 boxes x 1,000 picks.

    python benchmarks/coreset.py [--boxes 200000] [--picks 1000] [--known 1000] [--size 128]

The features are random; time and memory do not depend on their values. The table has the seconds of the clock and of
the processor, and the largest memory of the process in MB, features included.
"""

import argparse
import resource
import time

import numpy as np
from trends import table

from fewclicks.ask.strategies.coreset import farthest


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=200_000)
    parser.add_argument("--picks", type=int, default=1000)
    parser.add_argument("--known", type=int, default=1000, help="Boxes that were judged before.")
    parser.add_argument("--size", type=int, default=128, help="Values of a feature.")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    features, known = (
        rng.standard_normal((count, arguments.size), np.float32) for count in (arguments.boxes, arguments.known)
    )
    clock, processor = time.perf_counter(), time.process_time()
    picked = farthest(features, known, arguments.picks)
    seconds = time.perf_counter() - clock, time.process_time() - processor
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    columns = ("boxes", "picks", "known", "clock, s", "processor, s", "memory, MB")
    counts = [f"{count:,}" for count in (arguments.boxes, len(picked), arguments.known)]
    table("Greedy coreset", columns, [[*counts, *(f"{each:.1f}" for each in seconds), f"{megabytes:.0f}"]])


if __name__ == "__main__":
    main()
