"""Frozen rows that the repository returns, independent of the database."""

from dataclasses import dataclass

from fewclicks.images.files import is_large


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project: `uid` is unique, `images` is its image folder, relative to the project or absolute."""

    uid: str
    name: str
    images: str


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image of the project; `file_name` is relative to the image folder, `problem` is why it cannot be opened."""

    id: int
    file_name: str
    position: int
    width: int
    height: int
    bytes: int
    mtime_ns: int
    content_hash: str
    problem: str | None = None

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.height, self.width)


@dataclass(frozen=True, slots=True)
class ImageStatus:
    """The status of an image, "todo" or "done"; `version` is the id of the request that set it, "" before the first."""

    status: str = "todo"
    version: str = ""


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """A row of the image list: counts without deleted annotations, and the clicks and seconds spent."""

    id: int
    file_name: str
    width: int
    height: int
    status: str
    status_version: str
    annotations: int
    proposed: int
    clicks: int
    seconds: float
    worst_quality: float | None
    problem: str | None

    @property
    def large(self) -> bool:
        """Whether the page shows the image in tiles."""
        return is_large((self.height, self.width))


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class; `policy` is the text shown beside the image, `color` "#rrggbb".

    overlaps: answers about its objects may cover pixels of other accepted objects, and the other way round.
    """

    id: int
    name: str
    color: str
    policy: str = ""
    overlaps: bool = False


Classes = tuple[ClassRow, ...]
