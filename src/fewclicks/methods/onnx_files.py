"""Opening ONNX files with errors that name the file."""

from pathlib import Path

import onnxruntime

from fewclicks.errors import InputError


def open_onnx(path: Path, threads: int = 0) -> onnxruntime.InferenceSession:
    """A session on the CPU; `threads` 0 uses all cores. Raises InputError when there is no such model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if not path.is_file():
        raise InputError("no such weights file", path)
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises types of its own that share no public base
        raise InputError("not an ONNX file that can be loaded", path) from error
