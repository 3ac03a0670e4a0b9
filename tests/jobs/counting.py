"""A job that counts, for tests: `python counting.py FOLDER`, where `plan.json` says how far and how it ends."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from fewclicks.jobs.reports import Reporter
from fewclicks.jobs.worker import run_job
from fewclicks.store.snapshots import Json


def count(folder: Path, reporter: Reporter) -> Json:
    """Counts to `to`, a number each `seconds`; what it has counted is in `counted` when it is stopped."""
    plan, kept = json.loads((folder / "plan.json").read_text()), folder / "counted"
    number = int(kept.read_text()) if kept.exists() else 0
    print("this is no report", flush=True)
    try:
        while number < plan["to"]:
            number += 1
            if number <= plan.get("silent_from", plan["to"]):
                reporter.step(number / plan["to"], f"counted to {number}", number, 1 / number)
            if number == plan.get("raise_at"):
                raise ValueError(f"{number} is\nunlucky")
            if number == plan.get("die_at"):
                print("the last words", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            if number == plan.get("deaf_at"):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(plan["seconds"])
    finally:
        kept.write_text(str(number))
    return {"counted": number, "nice": os.nice(0)}


if __name__ == "__main__":
    run_job(count)
