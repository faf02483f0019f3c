"""Overlays: redirections are taken back number by number."""

from __future__ import annotations

import os

from azos_shell.shell.files import CLOSED, FileTable, OpenFile, Overlay


def null() -> OpenFile:
    return OpenFile(os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC))


def test_undoing_puts_back_what_was_there() -> None:
    table = FileTable()
    first, second = null(), null()
    table.assign(1, first)
    overlay = Overlay(table)
    overlay.assign(1, second)
    overlay.assign(3, second)
    overlay.close(1)
    overlay.undo()
    assert (table.get(1), table.get(3)) == (first, CLOSED)
    table.release()


def test_what_changes_meanwhile_at_other_numbers_stays() -> None:
    table = FileTable()
    first, second, third = null(), null(), null()
    table.assign(1, first)
    table.assign(4, first)
    overlay = Overlay(table)
    overlay.assign(1, second)
    table.assign(3, third)
    table.close(4)
    overlay.undo()
    assert (table.get(1), table.get(3), table.get(4)) == (first, third, CLOSED)
    table.release()


def test_every_file_is_closed_once_when_all_let_go() -> None:
    before = os.listdir("/proc/self/fd")
    table = FileTable()
    table.assign(1, null())
    overlay = Overlay(table)
    overlay.assign(1, null())
    overlay.assign(1, null())
    overlay.close(1)
    overlay.undo()
    assert len(os.listdir("/proc/self/fd")) == len(before) + 1
    table.release()
    assert os.listdir("/proc/self/fd") == before
