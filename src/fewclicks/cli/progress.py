"""What a person sees while they wait: a line on stderr that goes away by itself, and nothing in a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show `what` with a turning sign for as long as the block runs."""
    from rich.console import Console

    with Console(stderr=True, highlight=False).status(what):
        yield
