"""Opening a version of `locate`."""

from fewclicks.methods.locate.inference.refine import RefineModel
from fewclicks.methods.locate.inference.suggest import SuggestModel
from fewclicks.methods.locate.options import RefineOptions
from fewclicks.methods.spec import Files, Resources

AS_SHIPPED = RefineOptions()


def open_refine(files: Files, resources: Resources, options: RefineOptions = AS_SHIPPED) -> RefineModel:
    """Open a refiner. Raises InputError for files of another model."""
    return RefineModel(files, resources.threads, options)


def open_suggest(files: Files, resources: Resources) -> SuggestModel:
    """Open a localiser. Raises InputError for files of another model."""
    return SuggestModel(files, resources.threads)
