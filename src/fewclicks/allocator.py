"""What freed memory does: kept for what comes next (else much of a click is page faults), not once for each thread."""

import ctypes
from collections.abc import Callable

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -3, -4, -8  # of glibc's malloc.h
LARGEST_KEPT = 32 << 20  # bytes; what an answer allocates is smaller, an image of 10 megapixels as large
FREE_KEPT = 128 << 20
ALL = (1 << 31) - 1


def keep_memory() -> None:
    """Let the allocator reuse what answers free instead of giving it back each time. Does nothing without glibc."""
    mallopt = _mallopt()
    mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
    mallopt(M_TRIM_THRESHOLD, FREE_KEPT)


def keep_all_memory() -> None:
    """The same for a process that allocates tensors of any size again and again, and ends when it has done so."""
    mallopt = _mallopt()
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, ALL)


def share_memory(arenas: int) -> None:
    """Let threads beyond so many reuse what others free. Left alone, each gets an arena of its own."""
    _mallopt()(M_ARENA_MAX, arenas)


def _mallopt() -> Callable[[int, int], object]:
    try:
        found: Callable[[int, int], object] = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return lambda parameter, value: None
    return found
