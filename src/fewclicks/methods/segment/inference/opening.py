"""Opening a version of `segment` from its files."""

from fewclicks.errors import InputError
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.ranker import Ranker
from fewclicks.methods.segment.inference.runtime import load_runtime
from fewclicks.methods.segment.options import DEFAULT_OPTIONS, SegmentOptions
from fewclicks.methods.spec import Files, Resources


def open_model(files: Files, resources: Resources | None = None, options: SegmentOptions | None = None) -> SegmentModel:
    """Open a version. The eight-bit copy of the head answers where there is one.

    Raises InputError for a file that is not one of a `segment` model, or not the one that `options` expect.
    """
    options, resources = options or DEFAULT_OPTIONS, resources or Resources()
    head = files[".int8.onnx"] if ".int8.onnx" in files else files[".onnx"]
    runtime = load_runtime(head, files[".encoder.onnx"], resources.threads)
    encoding, expected = runtime.network.encoding, options.expect_encoding
    if expected is not None and encoding != expected:
        raise InputError(
            f"expected weights trained with {expected} clicks, got weights trained with {encoding}", files[".onnx"]
        )
    ranker = Ranker(files["_ranker.onnx"]) if "_ranker.onnx" in files else None
    return SegmentModel(runtime, ranker, options)
