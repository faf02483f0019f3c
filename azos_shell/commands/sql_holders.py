"""Who may hold a locked database: processes that have locks on its files, else those that have them open.

Best effort, as lsof(8) does it: /proc tells only of processes that this user may look at. Locks are those of
proc_locks(5); in a container their process numbers may mean nothing here, which is why a name is asked for, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

_MOST_SHOWN = 3


def told_holders(path: str, *, proc: str = "/proc", own_pid: int | None = None) -> str:
    """``: python3 (pid 123) has locked it``, or an empty text where nothing is to be seen."""
    files = _files_of(path)
    own = os.getpid() if own_pid is None else own_pid
    locking = _named(_locking(files, proc), proc)
    if locking:
        return f": {_list(locking, own)} {'has' if len(locking) == 1 else 'have'} locked it"
    opened = _named((pid for pid in _opening(files, proc) if pid != own), proc)
    if opened:
        return (
            f": {_list(opened, own)} {'has' if len(opened) == 1 else 'have'} it open and may have locked it"
        )
    return ""


def _files_of(path: str) -> set[tuple[int, int]]:
    """Device and inode of the database, its log, its index and its journal."""
    found = set()
    for suffix in ("", "-shm", "-wal", "-journal"):
        try:
            seen = os.stat(path + suffix)
        except OSError:
            continue
        found.add((seen.st_dev, seen.st_ino))
    return found


def _locking(files: set[tuple[int, int]], proc: str) -> Iterator[int]:
    """``1: POSIX  ADVISORY  WRITE 812 08:02:1057 1073741825 1073741825``: who may write where we want to."""
    try:
        with open(f"{proc}/locks", encoding="ascii", errors="replace") as locks:
            lines = locks.read().splitlines()
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if len(fields) < 8 or "WRITE" not in fields:
            continue
        at = fields.index("WRITE")
        try:
            major, minor, inode = fields[at + 2].split(":")
            place = (os.makedev(int(major, 16), int(minor, 16)), int(inode))
            pid = int(fields[at + 1])
        except (ValueError, IndexError):
            continue
        if place in files and pid > 0:
            yield pid


def _opening(files: set[tuple[int, int]], proc: str) -> Iterator[int]:
    try:
        pids = [int(name) for name in os.listdir(proc) if name.isdecimal()]
    except OSError:
        return
    for pid in pids:
        try:
            descriptors = os.listdir(f"{proc}/{pid}/fd")
        except OSError:
            continue  # it has ended, or is another user's
        if any(_place(f"{proc}/{pid}/fd/{number}") in files for number in descriptors):
            yield pid


def _place(path: str) -> tuple[int, int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _named(pids: Iterator[int], proc: str) -> dict[int, str]:
    """Those processes that are there, by number."""
    named = {}
    for pid in dict.fromkeys(pids):
        try:
            with open(f"{proc}/{pid}/comm", "rb") as comm:
                named[pid] = comm.read().decode("utf-8", "replace").strip()
        except OSError:
            continue
    return named


def _list(named: dict[int, str], own: int) -> str:
    shown = [
        "another command of this shell" if pid == own else f"{name} (pid {pid})"
        for pid, name in list(named.items())[:_MOST_SHOWN]
    ]
    more = len(named) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
