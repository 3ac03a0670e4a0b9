"""Opening ONNX files and reading their metadata, with errors that name the file."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import onnxruntime

from fewclicks.errors import InputError

Info = TypeVar("Info")
SPIN_US = 1000  # microseconds: longer than the pauses within a run; left alone, threads spin long after it


def open_onnx(
    path: Path, threads: int = 0, spin: bool = True, plans_memory: bool = True
) -> onnxruntime.InferenceSession:
    """A session on the CPU; `threads` 0 uses all cores. Raises InputError when there is no such model.

    spin: whether idle threads wait for more at full speed for SPIN_US, which slows down what other sessions do then.
    plans_memory: whether the session allocates one block for each shape of input, which it keeps; for inputs of many
    shapes, this takes memory and saves no time.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or _limited_cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spin)))
    options.add_session_config_entry("session.intra_op.spin_duration_us", str(SPIN_US))
    options.enable_mem_pattern = plans_memory
    options.log_severity_level = 3
    if not path.is_file():
        raise InputError("file not found; choose another file", path)
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises types of its own that share no public base
        raise InputError("not a readable ONNX file; choose another file", path) from error


def read_info(session: onnxruntime.InferenceSession, make: Callable[..., Info], method: str, path: Path) -> Info:
    """Return what `make` makes of the values that `export_onnx` stored in the file; lists become tuples.

    Raises InputError for a file that is not of `method`.
    """
    try:
        values = json.loads(session.get_modelmeta().custom_metadata_map["fewclicks"])
        return make(**{name: tuple(each) if isinstance(each, list) else each for name, each in values.items()})
    except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        problem = f"not a `{method}` model of fewclicks ({type(error).__name__}); choose another file"
        raise InputError(problem, path) from error


def _limited_cores() -> int:
    """How many cores this process may use if it may not use all, else 0, which ONNX Runtime takes for all.

    Left alone it starts a thread for every core there is, and threads that share a core spin against each other.
    """
    if not hasattr(os, "sched_getaffinity"):  # not everywhere
        return 0
    allowed = len(os.sched_getaffinity(0))
    return allowed if allowed < (os.cpu_count() or allowed) else 0
