"""Blobs: all of it or nothing under its own name, private, and a damaged one is moved aside."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from azos_shell.cache import blobs as module
from azos_shell.cache.blobs import BlobStore, blob_name


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(str(tmp_path / "deep" / "blobs"))


def files(blobs: BlobStore) -> list[str]:
    return sorted(name for _, _, names in os.walk(blobs.directory) for name in names)


def test_a_blob_comes_back_and_is_kept_once(blobs):
    data = os.urandom(100_000)
    name = blobs.write(data)
    assert blobs.write(data) == name == blob_name(data)
    assert blobs.read(name) == data
    assert blobs.is_whole(name)
    assert files(blobs) == [name]
    assert list(blobs.names()) == [name]


def test_nothing_is_there_before_the_first_writing(blobs):
    assert blobs.read("ab" * 20) is None
    assert not blobs.is_whole("ab" * 20)
    assert list(blobs.names()) == []
    assert blobs.sweep(1e10) == 0
    blobs.remove("ab" * 20)
    blobs.set_aside("ab" * 20)


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_blobs_are_private_under_any_umask(blobs, umask):
    old = os.umask(umask)
    try:
        name = blobs.write(b"secret")
    finally:
        os.umask(old)
    path = blobs.path(name)
    modes = [stat.S_IMODE(os.stat(place).st_mode) for place in (path, os.path.dirname(path), blobs.directory)]
    assert modes == [0o600, 0o700, 0o700]


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 1000, b"longer" * 1000])
def test_a_damaged_blob_is_not_there_and_is_kept_aside(blobs, damage):
    name = blobs.write(b"y" * 1000)
    with open(blobs.path(name), "wb") as file:
        file.write(damage)
    assert not blobs.is_whole(name)
    assert files(blobs) == [name]
    assert blobs.read(name) is None
    assert files(blobs) == [f"{name}.corrupt"]
    assert list(blobs.names()) == []


def test_a_damaged_blob_of_the_right_size_is_written_anew(blobs):
    name = blobs.write(b"y" * 1000)
    with open(blobs.path(name), "wb") as file:
        file.write(b"x" * 1000)
    blobs.write(b"y" * 1000)
    assert blobs.read(name) == b"y" * 1000


def test_a_writing_that_fails_leaves_nothing(blobs, monkeypatch):
    def full(descriptor, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module.os, "write", full)
    with pytest.raises(OSError, match="No space"):
        blobs.write(b"data")
    assert files(blobs) == []


def test_a_writing_in_small_portions_is_whole(blobs, monkeypatch):
    write = os.write
    monkeypatch.setattr(module.os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    assert blobs.read(blobs.write(b"0123456789" * 10)) == b"0123456789" * 10


def test_what_dead_writers_left_is_swept_when_it_is_old(blobs):
    name = blobs.write(b"data")
    path = blobs.path(name)
    for left in (f"{path}.part-1-aa", f"{path}.corrupt"):
        with open(left, "wb") as file:
            file.write(b"dat")
        os.utime(left, (1000.0, 1000.0))
    assert blobs.sweep(1000.0 + 3599.0) == 0
    assert blobs.sweep(1000.0 + 3601.0) == 2
    assert files(blobs) == [name]


def test_a_doomed_blob_stays_until_someone_takes_it_away(blobs):
    name = blobs.write(b"data")
    blobs.doom(name)
    blobs.doom(name)
    assert blobs.read(name) == b"data"
    assert blobs.take_doomed() == [name]
    assert blobs.take_doomed() == []
