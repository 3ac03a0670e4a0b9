"""What can go wrong, said in one line that a user can act on."""

from pathlib import Path
from unicodedata import category

UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, halves of a character, breaks of lines


def printable(text: str) -> str:
    """`text` on one line of a terminal: what cannot be printed as an escape, bytes that are no UTF-8 like \\xff."""
    return "".join(_escaped(each) if category(each) in UNPRINTABLE else each for each in text)


def _escaped(character: str) -> str:
    byte = ord(character) - 0xDC00  # as Python keeps a byte of a file name that is not UTF-8
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else character.encode("unicode_escape").decode("ascii")


class FewclicksError(Exception):
    """Base of every error a user may see; its text is one line that says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.splitlines())))


class InputError(FewclicksError):
    """A file or a value from outside is not what it should be.

    `path` names the file, `place` the spot in it (a line, a record, a key), `problem` what was
    expected and what came.
    """

    def __init__(self, problem: str, path: Path | str | None = None, place: str | None = None) -> None:
        self.problem = printable(" ".join(str(problem).split()))
        self.path = path
        self.place = place
        super().__init__(": ".join(printable(str(part)) for part in (path, place, self.problem) if part))


class NotFoundError(FewclicksError):
    """Something that was asked for by name or id does not exist."""


class ConflictError(FewclicksError):
    """The request does not fit the present state (an id used twice, a project that is open elsewhere)."""


class ModelError(FewclicksError):
    """A model could not answer."""


class StorageError(FewclicksError):
    """The project could not be read or written (disk full, no permission, damaged file)."""
