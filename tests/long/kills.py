"""Kill servers and imports at random moments: `python tests/long/kills.py [--cycles N] [--seed N] [--report FILE]`.

Each cycle kills one process with `kill -9`, then checks that everything acknowledged is there, and there once. The
report counts the requests; it is written only if all cycles pass.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "end_to_end")]

from killing import VERBS, Killing, Record  # noqa: E402

CYCLES_OF_A_PROJECT = 25  # each check reads the whole log
REPORT = Path(__file__).parent / "reports" / "kills.md"
TEXT = """# Kills

{cycles} processes were killed with `kill -9` at random moments, in {minutes:.0f} minutes. No acknowledged request was lost, none had two effects, and `fewclicks check` found no problem after any of the kills.

Each cycle starts a server, or `fewclicks import`, and kills it during a request of one kind, while a second client works too. Then the cycle checks the project. The next cycle repeats the requests that the kill cut off, with the same ids. Seed: {seed}. Command: `python tests/long/kills.py --cycles {cycles} --seed {seed}`.

{table}

*Cut off*: the client got no response. *Of these stored*: the change was on the disk all the same; its repetition changed nothing. *Refused*: the response was 409, for example to an undo without a change before it.
"""  # noqa: E501


def main(cycles: int, seed: int, report: Path) -> None:
    """Run the cycles and write the report."""
    random, record, start = Random(seed), Record(), time.monotonic()
    verbs = [VERBS[number % len(VERBS)] for number in range(cycles)]
    random.shuffle(verbs)
    for first in range(0, cycles, CYCLES_OF_A_PROJECT):
        # A job whose server was killed may still be writing its last file.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            killing = Killing.new(Path(folder), random, record)
            for verb in verbs[first : first + CYCLES_OF_A_PROJECT]:
                killing.kill_during(verb)
        done, minutes = min(first + CYCLES_OF_A_PROJECT, cycles), (time.monotonic() - start) / 60
        print(f"{done} of {cycles} kills after {minutes:.1f} minutes", flush=True)
    report.parent.mkdir(exist_ok=True)
    report.write_text(TEXT.format(cycles=cycles, seed=seed, minutes=minutes, table=record.table()))
    print(f"wrote {report}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=500)
    parser.add_argument("--seed", type=int, default=33)
    parser.add_argument("--report", type=Path, default=REPORT)
    given = parser.parse_args()
    main(given.cycles, given.seed, given.report)
