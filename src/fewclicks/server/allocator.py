"""Keeping freed memory in the process: with glibc's defaults a click spent a quarter of its time on page faults."""

import ctypes
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
LARGEST_KEPT = 32 << 20  # bytes; what an answer allocates is smaller, an image of 10 megapixels as large
FREE_KEPT = 128 << 20


def keep_memory() -> None:
    """Let the allocator reuse what answers free instead of giving it back each time. Does nothing without glibc."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(M_TRIM_THRESHOLD, FREE_KEPT)
