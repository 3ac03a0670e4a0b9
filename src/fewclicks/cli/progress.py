"""Progress on stderr, which disappears at the end and is not shown in a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show `what` and a spinner while the block runs."""
    from rich.console import Console

    with Console(stderr=True, highlight=False).status(what):
        yield


class Bar:
    """A progress bar on stderr, the `Watch` of simulations and training runs."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def start(self, what: str, total: int) -> None:
        """Start a new bar of `total` steps, which replaces the previous one."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def advance(self) -> None:
        """Count one step."""
        if self._task is not None:
            self._progress.advance(self._task)


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """Show a bar in a terminal while the block runs."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, transient=True, console=console, disable=not console.is_terminal) as progress:
        yield Bar(progress)
