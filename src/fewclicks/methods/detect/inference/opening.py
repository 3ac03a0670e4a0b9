"""Opening a version of `detect`."""

from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.large.tiled import TiledModel
from fewclicks.methods.detect.inference.model import Correlated, DetectModel, ReadImage
from fewclicks.methods.detect.inference.network.runtime import MAIN
from fewclicks.methods.detect.inference.pyramid import PyramidModel, Readable, Readings
from fewclicks.methods.detect.options import DetectOptions
from fewclicks.methods.spec import Files, Resources

OpenedModel = TiledModel[ReadImage, Correlated] | TiledModel[Readable, Readings]
AS_SHIPPED = DetectOptions()


def open_detect(files: Files, resources: Resources, options: DetectOptions = AS_SHIPPED) -> OpenedModel:
    """Open a version for images of any size. Raises InputError for files of another model or of another variant."""
    model = DetectModel(files, resources.threads)
    variant = model.network.design.variant
    if options.expect_variant not in (None, variant):
        raise InputError(
            f"expected weights of the variant {options.expect_variant}, these are of {variant}", files[MAIN]
        )
    if model.network.slots and not options.read_once:
        return TiledModel(PyramidModel(model), resources.cache_bytes)
    return TiledModel(model, resources.cache_bytes)
