"""Validators: they hold while nothing changed, and say in words what did."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azos_shell.cache import stamp as stamp_module
from azos_shell.cache.dependencies import FileContent
from azos_shell.cache.stamp import FileStamp
from azos_shell.cache.validators import Evidence, TtlValidator

LONG_AGO_NS = 1_600_000_000_000_000_000


def age(path: Path, ns: int = LONG_AGO_NS) -> None:
    """Set the modification time; the change time stays that of the call."""
    os.utime(path, ns=(ns, ns))


def settled(path: Path) -> FileStamp:
    """A stamp as one taken long after the last change is: its times are to be trusted."""
    return FileStamp.take(str(path), wall_ns=2 * LONG_AGO_NS)


def test_a_time_to_live_holds_until_its_very_end() -> None:
    validator = TtlValidator(expires_at=10.0)
    assert validator.reason(9.99) is None
    assert validator.reason(10.0) == "it expired 0.0 s ago"
    assert validator.reason(12.5) == "it expired 2.5 s ago"


def test_an_untouched_file_holds_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    validator = Evidence([FileContent(settled(file))])
    monkeypatch.setattr(stamp_module, "_hash_content", lambda path, size: pytest.fail("the file was read"))
    assert validator.reason(0.0) is None


def test_a_changed_file_fails_by_its_size(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    validator = Evidence([FileContent(settled(file))])
    file.write_text("three")
    assert validator.reason(0.0) == f"{file} has changed"


def test_a_change_of_equal_size_fails_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    validator = Evidence([FileContent(settled(file))])
    file.write_text("two")
    assert validator.reason(0.0) == f"{file} has changed"


def test_a_change_that_puts_the_old_modification_time_back_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    age(file)
    validator = Evidence([FileContent(settled(file))])
    file.write_text("two")
    age(file)
    assert validator.reason(0.0) == f"{file} has changed"


def test_a_touched_file_with_the_same_content_holds_and_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    age(file)
    validator = Evidence([FileContent(settled(file))])
    age(file, LONG_AGO_NS + 5)
    monkeypatch.setattr(stamp_module.time, "time_ns", lambda: 2 * LONG_AGO_NS)
    assert validator.reason(0.0) is None
    monkeypatch.setattr(
        stamp_module, "_hash_content", lambda path, size: pytest.fail("the file was read again")
    )
    assert validator.reason(0.0) is None


def test_a_file_replaced_by_one_of_equal_content_holds(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    validator = Evidence([FileContent(settled(file))])
    (tmp_path / "new").write_text("one")
    (tmp_path / "new").rename(file)
    assert validator.reason(0.0) is None


def test_without_a_hash_a_touched_file_fails(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    validator = Evidence([FileContent(FileStamp.take(str(file), hashing=False, wall_ns=2 * LONG_AGO_NS))])
    assert validator.dependencies[0].stamp.content_hash is None
    age(file)
    assert validator.reason(0.0) == f"{file} has changed"


def test_a_file_above_the_limit_is_not_hashed(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    assert FileStamp.take(str(file), hashed_up_to_bytes=2).content_hash is None


def test_a_second_change_in_the_same_tick_is_noticed_by_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data"
    file.write_text("one")
    validator = Evidence.of_files([str(file)])  # looked at right after the change: its times can't be trusted
    look = stamp_module._look

    def same_tick(path: str, wall_ns: int) -> FileStamp:
        return first if path == str(file) else look(path, wall_ns)

    first = look(str(file), validator.dependencies[0].stamp.seen_wall_ns)
    monkeypatch.setattr(stamp_module, "_look", same_tick)
    assert validator.reason(0.0) is None
    file.write_text("two")
    assert validator.reason(0.0) == f"{file} has changed"


def test_a_file_changed_just_now_that_can_not_be_hashed_is_never_trusted(tmp_path: Path) -> None:
    directory = tmp_path / "just made"
    directory.mkdir()
    reason = Evidence.of_files([str(directory)]).reason(0.0)
    assert reason == f"{directory} was being changed when it was looked at"


def test_a_directory_holds_until_its_entries_change(tmp_path: Path) -> None:
    validator = Evidence([FileContent(settled(tmp_path))])
    assert validator.reason(0.0) is None
    (tmp_path / "new").touch()
    assert validator.reason(0.0) is not None


def test_a_missing_file_is_known_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "data"
    validator = Evidence.of_files([str(file)])
    assert validator.reason(0.0) is None
    file.touch()
    assert validator.reason(0.0) == f"{file} has appeared"


def test_a_file_that_is_gone_fails(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.touch()
    validator = Evidence.of_files([str(file)])
    file.unlink()
    assert validator.reason(0.0) == f"{file} is gone"
    file.mkdir()
    assert validator.reason(0.0) is not None


def test_what_is_no_file_may_change_at_any_time() -> None:
    reason = Evidence.of_files(["/dev/null"]).reason(0.0)
    assert reason is not None
    assert "no regular file" in reason


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(ValueError, match="absolute"):
        Evidence.of_files(["data"])
