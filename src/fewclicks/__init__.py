"""fewclicks: annotate images with models that turn clicks into masks and boxes. `fewclicks.load` opens a model."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewclicks.api import load as load

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> object:
    """Import the Python interface when it is first used: the command line does not need it."""
    if name == "load":
        from fewclicks.api import load

        return load
    raise AttributeError(f"module 'fewclicks' has no attribute {name!r}")
