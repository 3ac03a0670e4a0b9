"""How a version of `regions` is opened."""

from fewclicks.methods.regions.inference.metadata import check_expected, open_with_metadata
from fewclicks.methods.regions.inference.model import RegionsModel
from fewclicks.methods.regions.options import RegionsOptions
from fewclicks.methods.spec import Files, Resources

HEAD, ENCODER = ".onnx", ".encoder.onnx"
QUANTISED_HEAD, QUANTISED_ENCODER = ".int8.onnx", ".encoder.int8.onnx"


def open_regions(files: Files, resources: Resources, options: RegionsOptions | None = None) -> RegionsModel:
    """Open the head and the encoder, of each its 8-bit copy if there is one.

    Raises InputError when a file is not one of this model, or not of the kind that `options` expects.
    """
    chosen = options or RegionsOptions()
    head, metadata = open_with_metadata(files.get(QUANTISED_HEAD, files[HEAD]), resources.threads)
    check_expected(metadata, chosen.expect, files[HEAD])
    encoder, _ = open_with_metadata(files.get(QUANTISED_ENCODER, files[ENCODER]), resources.threads)
    shared = metadata.shared if chosen.shared_points is None else chosen.shared_points == "yes"
    return RegionsModel(head, encoder, metadata.weights, shared)
