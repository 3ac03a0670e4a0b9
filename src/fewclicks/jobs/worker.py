"""The main function of job programs: reports, stopping, and errors in one line."""

import os
import signal
import stat
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from filelock import FileLock, Timeout

from fewclicks.errors import FewclicksError
from fewclicks.jobs.process import GRACE_SECONDS
from fewclicks.jobs.reports import Reporter
from fewclicks.store.snapshots import Json

STOPPED = 130
PATIENCE_SECONDS = 20  # for the process of an earlier run of this job to write its checkpoint and end


def run_job(work: Callable[[Path, Reporter], Json]) -> None:
    """Do `work` in the folder of the last argument, report its result and end the process.

    SIGTERM, the end of the server and an output that is no longer read raise KeyboardInterrupt in `work`.
    """
    folder, reporter = Path(sys.argv[-1]), Reporter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        Thread(target=_end_with_the_server, args=(sys.stdin.fileno(),), daemon=True).start()
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


def _end_with_the_server(pipe: int) -> None:
    """Stop the work when the server, which holds the other end of the pipe, is gone; end the process soon after."""
    while os.read(pipe, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(STOPPED)
