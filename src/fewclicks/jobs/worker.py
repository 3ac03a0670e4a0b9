"""The main function of job programs: reports, stopping, and errors in one line."""

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
    """Do `work` in the folder of the last argument, report its result and end the process.

    SIGTERM and an output that is no longer read raise KeyboardInterrupt in `work`.
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
        reporter.failed("out of memory; close other programs, then resume")
    except Exception as error:
        traceback.print_exc()
        reporter.failed(f"{type(error).__name__}: {error}")
    sys.stderr.flush()
    os._exit(status)  # threads of libraries must not hold up the end
