"""What can go wrong, said in one line that a user can act on."""

from pathlib import Path


class FewclicksError(Exception):
    """Base of every error a user may see; its text is one line that says what to do."""


class InputError(FewclicksError):
    """A file or a value from outside is not what it should be.

    `path` names the file, `place` the spot in it (a line, a record, a key), `problem` what was
    expected and what came.
    """

    def __init__(self, problem: str, path: Path | str | None = None, place: str | None = None) -> None:
        self.problem = " ".join(str(problem).split())
        self.path = path
        self.place = place
        super().__init__(": ".join(str(part) for part in (path, place, self.problem) if part))


class NotFoundError(FewclicksError):
    """Something that was asked for by name or id does not exist."""


class ConflictError(FewclicksError):
    """The request does not fit the present state (an id used twice, a project that is open elsewhere)."""


class AssistError(FewclicksError):
    """A model could not answer."""


class StorageError(FewclicksError):
    """The project could not be read or written (disk full, no permission, damaged file)."""
