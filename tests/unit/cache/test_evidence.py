"""Evidence: what a traced run rests on, and each reason why its answer can't be kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from azos_shell.cache.dependencies import Dependency, from_row
from azos_shell.cache.evidence import TICK_NS, Gathered, NotKept, Permitted, Surroundings, gather
from azos_shell.cache.trace_log import Accesses

SETS = tuple(name for name in Accesses.__slots__ if name not in ("processes", "problem"))
HOUR_NS = 3_600_000_000_000


def accesses(problem: str = "", **sets: set[str]) -> Accesses:
    """What a program did, all else being nothing."""
    return Accesses(**{name: frozenset(sets.get(name, set())) for name in SETS}, processes=1, problem=problem)


class Desk:
    """A working directory whose files are old, and a run that began now."""

    def __init__(self, directory: Path) -> None:
        self.cwd = directory / "work"
        self.temporary = directory / "tmp"
        self.own = directory / "own"
        for path in (self.cwd, self.temporary, self.own):
            path.mkdir()
        self.listings: dict[str, list[str]] = {}
        self.since_ns = HOUR_NS

    def file(self, name: str, text: str = "x\n") -> str:
        """A file; its path."""
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def gather(self, permitted: Permitted | None = None, **sets: set[str]) -> Gathered:
        """What it rests on if it began an hour hence, or when ``began`` was called."""
        around = Surroundings(
            started_wall_ns=time.time_ns() + HOUR_NS if self.since_ns == HOUR_NS else self.since_ns,
            temporary=str(self.temporary),
            cwd=str(self.cwd),
            own=(str(self.own),),
            listings=self.listings,
        )
        return gather(accesses(**sets), around, permitted or Permitted())

    def begin(self) -> None:
        """The run begins now; what was made before is older than a tick."""
        time.sleep(2 * TICK_NS / 1e9)
        self.since_ns = time.time_ns()

    def refusal(self, permitted: Permitted | None = None, **sets: set[str]) -> str:
        """Why it is not kept."""
        with pytest.raises(NotKept) as caught:
            self.gather(permitted, **sets)
        return str(caught.value)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def broken(dependencies: tuple[Dependency, ...]) -> list[str]:
    """What of it is no longer so, also after it was written down and read back."""
    reasons = [dependency.compare()[0] for dependency in dependencies]
    again = [from_row(dependency.row()).compare()[0] for dependency in dependencies]
    assert reasons == again
    return [reason for reason in reasons if reason is not None]


# -- what can't be kept


def test_a_trace_that_is_not_whole_is_refused(desk: Desk) -> None:
    with pytest.raises(NotKept, match="half a call"):
        gather(
            accesses("half a call"), Surroundings(started_wall_ns=0, temporary="/tmp", cwd="/"), Permitted()
        )


@pytest.mark.parametrize(
    ("name", "said", "message"),
    [
        ("network", "10.0.0.1:80", "it used the network (10.0.0.1:80)"),
        ("terminal", "it opened /dev/tty", "it read the terminal"),
        ("clock", "the time of day", "it asked for the time"),
        ("volatile", "the free space of /", "it asked for what changes all the time"),
    ],
)
def test_what_is_no_file_is_refused_unless_it_is_allowed(
    desk: Desk, name: str, said: str, message: str
) -> None:
    assert message in desk.refusal(**{name: {said}})
    if name != "volatile":
        assert desk.gather(Permitted(**{name: True}), **{name: {said}}) == Gathered(())


def test_a_program_that_tells_the_time_is_refused(desk: Desk) -> None:
    assert "tells the time" in desk.refusal(executed={"/no/such/date"})
    assert "gone now" in desk.refusal(Permitted(clock=True), executed={"/no/such/date"})


def test_what_was_written_is_refused_allowed_or_part_of_the_answer(desk: Desk) -> None:
    path = desk.file("made")
    assert f"it wrote {path}" in desk.refusal(written={path}, made={path})
    assert desk.gather(Permitted(writes=True), written={path}, made={path}).outputs == ()
    assert desk.gather(Permitted(outputs=True), written={path}, made={path}).outputs == (path,)


def test_temporary_files_devices_and_azos_own_may_be_written(desk: Desk) -> None:
    passing = {
        str(desk.temporary / "x"),
        str(desk.own / "cache.db"),
        "/dev/null",
        str(desk.cwd / "__pycache__" / "m.pyc"),
    }
    assert desk.gather(written=passing) == Gathered(())


def test_below_the_place_for_temporary_files_what_is_left_behind_counts(desk: Desk) -> None:
    desk.temporary = desk.cwd
    left = desk.file("left")
    assert "it wrote" in desk.refusal(written={left}, made={left})
    gone = str(desk.cwd / "gone")
    assert desk.gather(written={gone}, made={gone}) == Gathered(())


def test_what_is_read_and_changed_is_refused(desk: Desk) -> None:
    path = desk.file("data")
    reason = desk.refusal(Permitted(writes=True), read={path}, written={path})
    assert reason == f"it reads {path} and changes it"


def test_what_it_made_itself_may_be_read(desk: Desk) -> None:
    path = desk.file("made")
    assert desk.gather(Permitted(writes=True), read={path}, written={path}, made={path}).dependencies == ()


def test_what_it_looked_for_and_then_made_is_refused(desk: Desk) -> None:
    path = desk.file("made")
    assert "the next run will find it" in desk.refusal(Permitted(writes=True), absent={path}, written={path})


def test_what_is_no_file_that_can_be_read_again_is_refused(desk: Desk) -> None:
    fifo = desk.cwd / "fifo"
    os.mkfifo(fifo)
    assert desk.refusal(read={str(fifo)}) == f"it read {fifo}, which is no regular file"
    assert "gone now" in desk.refusal(read={str(desk.cwd / "gone")})
    assert "appeared while it ran" in desk.refusal(absent={desk.file("came")})
    assert "can't be looked at" in desk.refusal(looked_at={str(desk.cwd / "gone")})
    assert "can't be looked at" in desk.refusal(readlink={desk.file("no link")})
    assert "can't be listed" in desk.refusal(listed={str(desk.cwd / "gone")})


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/urandom", "--allow random"),
        ("/dev/random", "--allow random"),
        ("/dev/sda", "gives something else every time"),
        ("/proc/self/stat", "gives something else every time"),
    ],
)
def test_devices_and_what_the_kernel_says_of_a_process_are_refused(
    desk: Desk, path: str, reason: str
) -> None:
    assert reason in desk.refusal(read={path})


def test_what_does_no_harm_leaves_no_trace(desk: Desk) -> None:
    harmless = {"/dev/null", "/dev/zero", "/dev/tty", "/proc/self/exe", "/proc/self/fd/3", "/proc/self/maps"}
    assert desk.gather(read=harmless, listed={"/proc/self/fd"}).dependencies == ()
    assert desk.gather(Permitted(random=True), read={"/dev/urandom"}).dependencies == ()
    assert "changes all the time" in desk.refusal(listed={"/proc/1"})


# -- what changed while it ran


def test_a_file_that_changed_since_the_beginning_is_refused(desk: Desk) -> None:
    path = desk.file("data")
    desk.begin()
    assert desk.gather(read={path}).dependencies
    desk.file("data", "y\n")
    for name in ("read", "looked_at", "lstat", "executed"):
        assert desk.refusal(**{name: {path}}) == f"{path} changed while it ran"


def test_a_time_of_change_that_was_put_back_does_not_hide_a_change(desk: Desk) -> None:
    path = desk.file("data")
    desk.begin()
    os.utime(path, ns=(0, 0))
    assert "changed while it ran" in desk.refusal(read={path})


def test_a_listing_that_changed_is_refused_unless_it_did_so_itself(desk: Desk) -> None:
    desk.file("a")
    desk.listings[str(desk.cwd)] = ["a"]
    desk.begin()
    own = desk.file("own")
    permitted = Permitted(writes=True)
    assert desk.gather(permitted, listed={str(desk.cwd)}, written={own}, made={own}).dependencies
    desk.file("of another")
    assert "files came or went" in desk.refusal(permitted, listed={str(desk.cwd)}, written={own}, made={own})


def test_a_listing_of_which_nobody_knows_what_it_was_is_refused(desk: Desk) -> None:
    desk.begin()
    own = desk.file("own")
    reason = desk.refusal(Permitted(writes=True), listed={str(desk.cwd)}, written={own}, made={own})
    assert "files came or went" in reason


def test_a_directory_where_a_module_was_compiled_is_the_same(desk: Desk) -> None:
    source = desk.file("m.py")
    desk.listings[str(desk.cwd)] = ["m.py"]
    desk.begin()
    compiled = desk.file("__pycache__/m.cpython-311.pyc")
    found = desk.gather(
        read={source},
        listed={str(desk.cwd)},
        written={compiled, str(desk.cwd / "__pycache__")},
        absent={compiled},
    )
    assert broken(found.dependencies) == []
    for path in (desk.cwd / "__pycache__").iterdir():
        path.unlink()
    (desk.cwd / "__pycache__").rmdir()
    assert broken(found.dependencies) == []


# -- what it rests on


def test_content_counts_and_times_do_not_for_what_was_only_read(desk: Desk) -> None:
    path = desk.file("data", "one\n")
    found = desk.gather(read={path}).dependencies
    os.utime(path, (1, 1))
    assert broken(found) == []
    desk.file("data", "two\n")
    assert broken(found) == [f"{path} has changed"]
    Path(path).unlink()
    assert broken(found) == [f"{path} is gone"]


@pytest.mark.parametrize("name", ["looked_at", "lstat"])
def test_times_count_for_what_was_looked_at_unless_they_are_not_to(desk: Desk, name: str) -> None:
    path = desk.file("data")
    with_times = desk.gather(**{name: {path}}).dependencies
    without = desk.gather(Permitted(times=False), **{name: {path}}).dependencies
    os.utime(path, (1, 1))
    assert len(broken(with_times)) == 1
    assert broken(without) == []
    os.chmod(path, 0o600)
    assert len(broken(without)) == 1


def test_a_directory_that_was_passed_counts_by_its_place_and_permissions(desk: Desk) -> None:
    path = desk.cwd / "sub"
    path.mkdir()
    found = desk.gather(passed={str(path)}).dependencies
    (path / "new").touch()
    assert broken(found) == []
    path.rename(desk.cwd / "other")
    path.mkdir()
    assert len(broken(found)) == 1


def test_listings_links_absences_and_refusals_count(desk: Desk) -> None:
    desk.file("sub/a")
    link = desk.cwd / "link"
    link.symlink_to("a")
    loop = desk.cwd / "loop"
    loop.symlink_to("loop")
    absent = str(desk.cwd / "absent")
    found = desk.gather(
        listed={str(desk.cwd / "sub")}, readlink={str(link)}, absent={absent}, denied={str(loop)}
    ).dependencies
    assert len(found) == 4
    assert broken(found) == []
    desk.file("sub/b")
    assert len(broken(found)) == 1
    link.unlink()
    link.symlink_to("b")
    assert len(broken(found)) == 2
    desk.file("absent")
    assert len(broken(found)) == 3
    loop.unlink()
    loop.write_text("")
    assert len(broken(found)) == 4


def test_the_interpreter_of_a_script_counts(desk: Desk) -> None:
    interpreter = desk.file("interpreter", "binary")
    script = desk.file("script", f"#!{interpreter} -x\n")
    found = desk.gather(executed={script}).dependencies
    desk.file("interpreter", "another")
    assert broken(found) == [f"{interpreter} has changed"]


def test_azos_own_files_are_no_evidence(desk: Desk) -> None:
    path = str(desk.own / "config")
    Path(path).touch()
    assert (
        desk.gather(read={path}, looked_at={path}, absent={f"{path}2"}, listed={str(desk.own)}).dependencies
        == ()
    )


def test_what_the_kernel_says_counts_by_its_content(desk: Desk) -> None:
    found = desk.gather(read={"/proc/version"}).dependencies
    assert (len(found), broken(found)) == (1, [])
