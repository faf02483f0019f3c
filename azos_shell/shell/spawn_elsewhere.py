"""Starting a program in another directory than this process's, where a subshell stands that has done ``cd``.

The process's own directory is never changed for a subshell: its tasks and threads would all move with it. posix_spawn
can change the directory of the child alone (POSIX.1-2024 posix_spawn_file_actions_addchdir; glibc 2.29, musl 1.1.24 and
macOS 10.15 have it as ``…_np``), but ``os.posix_spawn`` does not offer that, so libc is called directly.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Mapping, Sequence

_SETPGROUP = 0x02
_SETSIGDEF = 0x04
_OPAQUE_BYTES = 1024
"""Room for posix_spawnattr_t (336 bytes in glibc), posix_spawn_file_actions_t (80) and sigset_t (128)."""


def spawn_elsewhere(
    program: bytes,
    words: Sequence[bytes],
    environment: Mapping[bytes, bytes],
    *,
    directory: bytes,
    duplicates: Iterable[tuple[int, int]],
    closed: Iterable[int],
    defaults: Iterable[int],
    group: int | None,
) -> int:
    """Start the program in ``directory`` and return its process id. Raises OSError.

    ``duplicates`` are (descriptor, number it gets), in order; ``closed`` the numbers to close; ``defaults`` the signals
    to set back to their default; ``group`` the process group to join, 0 for a new one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    actions, attributes, signals = (ctypes.create_string_buffer(_OPAQUE_BYTES) for _ in range(3))
    pid = ctypes.c_int()
    _check(libc.posix_spawn_file_actions_init(actions))
    _check(libc.posix_spawnattr_init(attributes))
    try:
        _check(libc.posix_spawn_file_actions_addchdir_np(actions, directory))
        for descriptor, number in duplicates:
            _check(libc.posix_spawn_file_actions_adddup2(actions, descriptor, number))
        for number in closed:
            _check(libc.posix_spawn_file_actions_addclose(actions, number))
        libc.sigemptyset(signals)
        for signal_number in defaults:
            libc.sigaddset(signals, int(signal_number))
        _check(libc.posix_spawnattr_setsigdefault(attributes, signals))
        flags = _SETSIGDEF if group is None else _SETSIGDEF | _SETPGROUP
        if group is not None:
            _check(libc.posix_spawnattr_setpgroup(attributes, group))
        _check(libc.posix_spawnattr_setflags(attributes, ctypes.c_short(flags)))
        _check(
            libc.posix_spawn(
                ctypes.byref(pid),
                program,
                actions,
                attributes,
                _strings(words),
                _strings([name + b"=" + value for name, value in environment.items()]),
            )
        )
    finally:
        libc.posix_spawn_file_actions_destroy(actions)
        libc.posix_spawnattr_destroy(attributes)
    return pid.value


def _check(error: int) -> None:
    if error:
        raise OSError(error, os.strerror(error))


def _strings(values: Sequence[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    """A C array of strings that ends with NULL."""
    return (ctypes.c_char_p * (len(values) + 1))(*values, None)
