"""How a file format describes itself. The spec is the only place that names a format outside its own modules.

Packages announce a `FormatSpec` under the entry-point group `fewclicks.formats`; the built-in formats do the same.
Importing a spec must be fast: it names its class as "module:class", which is imported when it is first used.
"""

from dataclasses import dataclass
from typing import Literal

ShapeKind = Literal["box", "oriented_box", "polygons", "mask", "point"]  # as the stored shapes have it


@dataclass(frozen=True, slots=True)
class FormatSpec:
    """A file format for import and export.

    name: unique among all formats; the name on the command line and in the API.
    title: the name in the page. summary: one line on what a file of this format holds, shown in the page, in the
    help of commands and in the docs.
    suffix: the ending of the file that a user names, with the dot; of several files, of the main one; "" for a folder.
    media_type: the media type of that file; for a folder, of the ZIP file that it is packed into.
    open: "module:class" of a `Format`, which is made without arguments.
    has_image_ids: whether a file gives its images ids. If not, the ids of a data set are made by the reader.
    lacks: the kinds of shapes that a file has no place for. An export leaves them out, and says so before it writes.
    position: its place in lists; lower comes first, equal ones by name.
    """

    name: str
    title: str
    summary: str
    suffix: str
    media_type: str
    open: str
    has_image_ids: bool = False
    lacks: tuple[ShapeKind, ...] = ()
    position: int = 100
