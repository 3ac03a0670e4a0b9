"""Errors for users, in one line: what happened, where, and what to do."""

from pathlib import Path
from unicodedata import category

UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, surrogates, line breaks


def printable(text: str) -> str:
    """Return `text` on one line, with escapes for unprintable characters, and \\xff for bytes that are not UTF-8."""
    return "".join(_escaped(each) if category(each) in UNPRINTABLE else each for each in text)


def _escaped(character: str) -> str:
    byte = ord(character) - 0xDC00  # Python's surrogate for a byte that is not UTF-8
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else character.encode("unicode_escape").decode("ascii")


class FewclicksError(Exception):
    """Base class of all errors for users; the text is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.splitlines())))


class InputError(FewclicksError):
    """An error in a file or value from outside.

    path: the file. place: the place in it (a line, a record, a key) or the option. problem: what was expected and
    found, and what to do.
    """

    def __init__(self, problem: str, path: Path | str | None = None, place: str | None = None) -> None:
        self.problem = printable(" ".join(str(problem).split()))
        self.path = path
        self.place = place
        super().__init__(": ".join(printable(str(part)) for part in (path, place, self.problem) if part))


class NotFoundError(FewclicksError):
    """An unknown name or id in a request."""


class ConflictError(FewclicksError):
    """A request that conflicts with the present state, such as an id used twice or a project open elsewhere."""


class OutdatedError(ConflictError):
    """A change of something that another client has changed since."""


class ModelError(FewclicksError):
    """A failure of a model to answer."""


class StorageError(FewclicksError):
    """A failure to read or write a project (disk full, no permission, damaged file)."""
