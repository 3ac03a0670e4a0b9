"""The frame of a program that does a job: it tells what it does, stops when asked to, and fails in one line."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from fewclicks.errors import FewclicksError
from fewclicks.jobs.reports import Reporter
from fewclicks.store.snapshots import Json

STOPPED = 130
PATIENCE_SECONDS = 20  # for the process of an earlier run of this job to write its checkpoint and end


def run_job(work: Callable[[Path, Reporter], Json]) -> None:
    """Do `work` in the folder that the command line names last, report its result, and end the process.

    To be asked to stop, by SIGTERM or because nobody listens any more, is a KeyboardInterrupt.
    """
    folder, reporter = Path(sys.argv[-1]), Reporter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    status = 1
    try:
        with FileLock(folder / "worker.lock", timeout=PATIENCE_SECONDS):
            reporter.done(work(folder, reporter))
        status = 0
    except KeyboardInterrupt:
        status = STOPPED
    except Timeout:
        reporter.failed("an earlier process of this job is still ending; try again in a moment")
    except FewclicksError as error:
        reporter.failed(str(error))
    except MemoryError:
        reporter.failed("the memory of this machine is not enough")
    except Exception as error:
        traceback.print_exc()
        reporter.failed(f"{type(error).__name__}: {error}")
    sys.stderr.flush()
    os._exit(status)  # threads of libraries must not hold up the end
