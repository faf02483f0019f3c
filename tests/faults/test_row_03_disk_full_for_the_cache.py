"""Row 3, the result cache: a full or failing disk costs the new answer, in words, and none of the earlier ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from faults.cache_writer import close_tier, is_right, key_of, open_tier
from faults.test_row_03_disk_full import can_inject

WRITER = Path(__file__).with_name("cache_writer.py")
EARLIER = 12
FAULTS = (
    "write:error=ENOSPC",
    "pwrite64:error=ENOSPC",
    "pwrite64:error=EIO",
    "fsync,fdatasync:error=EIO",
    "ftruncate:error=ENOSPC",
    "rename:error=EIO",
    "openat:error=EMFILE",
)
TENTH = 5


def write_answers(directory: Path, prefix: str, count: int, *before: str) -> tuple[list[str], list[str], str]:
    """What a writer acknowledged, for which reasons it did not, and what it said on standard error."""
    argv = [*before, sys.executable, str(WRITER), str(directory), prefix, "0", str(count)]
    ran = subprocess.run(argv, capture_output=True, check=False)
    lines = ran.stdout.decode().splitlines()
    said = [line for line in lines if not line.startswith("!")]
    return said, [line for line in lines if line.startswith("!")], ran.stderr.decode()


def all_are_there(directory: Path, names: list[str], place: str) -> None:
    """Each is there and right, and nothing else is damaged."""
    tier = open_tier(str(directory))
    assert tier.verify(mend=False).bad == (), place
    for name in names:
        kept = tier.lookup(key_of(name))
        assert kept is not None, f"{place}: {name} is lost"
        assert is_right(kept.result, name), f"{place}: {name}"
    close_tier(tier)


def survives(directory: Path, fault: str, places: range, log: Path) -> None:
    """Let one call of a writer fail at each place, until a run meets no such call any more."""
    earlier, refused, _ = write_answers(directory, "earlier", EARLIER)
    assert (len(earlier), refused) == (EARLIER, [])
    calls = fault.partition(":")[0]
    for place in places:
        tracer = ["strace", "-fy", "-o", str(log), "-P", str(directory / "cache.db")]
        for name in ("cache.db-wal", "cache.db-shm", "blobs"):
            tracer += ["-P", str(directory / name)]
        tracer += ["-e", f"trace={calls}", "-e", f"inject={fault}:when={place}"]
        where = f"{fault} at {place}"
        if calls in ("write", "rename", "openat"):  # of blobs, whose names only the process knows: any path
            tracer = [*tracer[:4], *tracer[-4:]]
        said, _, errors = write_answers(directory, f"during{place}", 6, *tracer)
        hit = "(INJECTED)" in log.read_text()
        # Of faults on any path some hit the interpreter, as it starts or as it tells us: those tell nothing.
        ours = [
            line for line in log.read_text().splitlines() if "INJECTED" in line and str(directory) in line
        ]
        if calls not in ("write", "rename", "openat") or ours:
            assert "Traceback" not in errors, f"{where}: {errors}"
        all_are_there(directory, [*earlier, *said], where)
        if not hit:
            return


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_call_costs_no_earlier_answer(tmp_path: Path, fault: str) -> None:
    if not can_inject():
        pytest.skip("strace cannot inject faults here")
    survives(tmp_path / "cache", fault, range(1, TENTH + 1), tmp_path / "strace.log")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if not fault.startswith("openat")])
def test_a_failing_call_at_every_place_costs_no_earlier_answer(tmp_path: Path, fault: str) -> None:
    if not can_inject():
        pytest.skip("strace cannot inject faults here")
    survives(tmp_path / "cache", fault, range(1, 300), tmp_path / "strace.log")


def test_a_full_disk_is_told_in_words_and_costs_no_earlier_answer(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here")
    place, kept = tmp_path / "small", tmp_path / "kept"
    place.mkdir()
    script = f"""
        mount -t tmpfs -o size=3m tmpfs {place} || exit 77
        "$@"
        cp -r {place} {kept}
    """
    before = ["unshare", "-m", "sh", "-c", script, "sh"]
    said, reasons, errors = write_answers(place, "answer", 60, *before)
    if not said:
        pytest.skip(f"no mounts here: {errors}")
    assert errors == ""
    assert reasons, "it was never full"
    assert any("No space left" in reason or "full" in reason for reason in reasons), reasons
    all_are_there(kept, said, "full")
