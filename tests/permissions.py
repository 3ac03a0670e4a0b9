"""Files without permission to write, for tests that may run as root."""

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
VERSION, DAC_OVERRIDE = 0x20080522, 1 << 1  # of linux/capability.h


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def obey_permissions() -> None:
    """Take root's right to write to every file from this thread and those that it starts; Linux only."""
    if os.geteuid() != 0:
        return
    libc, header, sets = ctypes.CDLL(None, use_errno=True), _Header(VERSION, 0), (_Set * 2)()
    assert libc.capget(ctypes.byref(header), sets) == 0
    sets[0].effective &= ~DAC_OVERRIDE
    sets[0].permitted &= ~DAC_OVERRIDE
    assert libc.capset(ctypes.byref(header), sets) == 0


def obeying_permissions(work: Callable[[], T]) -> T:
    """Return the result of `work` in a thread that obeys permissions."""
    with ThreadPoolExecutor(1, initializer=obey_permissions) as pool:
        return pool.submit(work).result()


def make_read_only(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
