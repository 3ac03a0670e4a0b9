"""File formats: data sets from and to files of other programs. `registry` finds them through entry points."""

from fewclicks.formats.registry import formats, get_format, get_spec
from fewclicks.formats.spec import FormatSpec

__all__ = ["FormatSpec", "formats", "get_format", "get_spec"]
