"""The trace log, line by line: what each call says of what a program read, looked for, listed, ran and changed."""

from __future__ import annotations

import pytest

from azos_shell.cache.trace_log import Accesses, parse

END = "10 +++ exited with 0 +++"


def seen(*lines: str, directory: str = "/w", ends: tuple[str, ...] = (END,)) -> Accesses:
    """What the log of these lines says."""
    return parse("\n".join((*lines, *ends, "")).encode("utf-8", "surrogateescape"), directory)


def one(call: str) -> dict[str, set[str]]:
    """All that one call says: the sets that are not empty."""
    found = seen(f"10 {call}")
    assert found.is_whole, found.problem
    names = [name for name in Accesses.__slots__ if name not in ("processes", "problem")]
    return {name: set(getattr(found, name)) for name in names if getattr(found, name)}


ABSENT = "-1 ENOENT (No such file or directory)"
DENIED = "-1 EACCES (Permission denied)"
DIRECTORY = "{st_mode=S_IFDIR|0755, st_size=4096, ...}"
FILE = "{st_mode=S_IFREG|0644, st_size=4, ...}"


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ('openat(AT_FDCWD</w>, "a", O_RDONLY|O_CLOEXEC) = 3</w/a>', {"read": {"/w/a"}}),
        ('open("a", O_RDONLY) = 3</w/a>', {"read": {"/w/a"}}),
        ('open("/x//y/./z", O_RDONLY) = 3</x/y/z>', {"read": {"/x/y/z"}}),
        ('openat(5</d>, "a", O_RDONLY) = 3</d/a>', {"read": {"/d/a"}}),
        ('openat(5</d>, "/a", O_RDONLY) = 3</a>', {"read": {"/a"}}),
        ('openat2(AT_FDCWD</w>, "a", {flags=O_RDONLY, resolve=0}, 24) = 3</w/a>', {"read": {"/w/a"}}),
        (f'openat(AT_FDCWD</w>, "a", O_RDONLY) = {ABSENT}', {"absent": {"/w/a"}}),
        ('openat(AT_FDCWD</w>, "a/b", O_RDONLY) = -1 ENOTDIR (Not a directory)', {"absent": {"/w/a/b"}}),
        (f'openat(AT_FDCWD</w>, "a", O_RDONLY) = {DENIED}', {"denied": {"/w/a"}}),
        ('openat(AT_FDCWD</w>, "a", O_RDONLY) = -1 EINTR (Interrupted system call)', {}),
        ('openat(AT_FDCWD</w>, "a", O_RDONLY) = -1 ELOOP (Too many levels)', {"denied": {"/w/a"}}),
        (
            'openat(AT_FDCWD</w>, "a", O_WRONLY|O_CREAT|O_EXCL, 0666) = -1 EEXIST (File exists)',
            {"accessible": {"/w/a"}},
        ),
        ('openat(AT_FDCWD</w>, "d", O_RDONLY|O_DIRECTORY) = 3</w/d>', {"accessible": {"/w/d"}}),
        ('openat(AT_FDCWD</w>, "d", O_RDONLY|O_PATH) = 3</w/d>', {"accessible": {"/w/d"}}),
        (
            'openat(AT_FDCWD</w>, "a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</w/a>',
            {"written": {"/w/a"}, "made": {"/w/a"}},
        ),
        ('openat(AT_FDCWD</w>, "a", O_WRONLY|O_CREAT|O_APPEND, 0666) = 3</w/a>', {"written": {"/w/a"}}),
        ('openat(AT_FDCWD</w>, "a", O_RDWR) = 3</w/a>', {"written": {"/w/a"}, "read": {"/w/a"}}),
        (
            'openat(AT_FDCWD</w>, "a", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3</w/a>',
            {"written": {"/w/a"}, "made": {"/w/a"}},
        ),
        ('openat(AT_FDCWD</w>, "/t", O_RDWR|O_EXCL|O_TMPFILE, 0600) = 3</t/#1 (deleted)>', {}),
        ('creat("a", 0666) = 3</w/a>', {"written": {"/w/a"}, "made": {"/w/a"}}),
        (
            'openat(AT_FDCWD</w>, "/dev/tty", O_RDONLY) = 3</dev/tty>',
            {"read": {"/dev/tty"}, "terminal": {"it opened /dev/tty"}},
        ),
        (f'stat("a", {FILE}) = 0', {"looked_at": {"/w/a"}}),
        (f'newfstatat(AT_FDCWD</w>, "a", {FILE}, 0) = 0', {"looked_at": {"/w/a"}}),
        (f'newfstatat(AT_FDCWD</w>, "a", {FILE}, AT_SYMLINK_NOFOLLOW) = 0', {"lstat": {"/w/a"}}),
        (f'lstat("a", {FILE}) = 0', {"lstat": {"/w/a"}}),
        (
            'statx(AT_FDCWD</w>, "a", AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW, STATX_ALL, '
            "{stx_mask=STATX_ALL, stx_mode=S_IFREG|0644, ...}) = 0",
            {"lstat": {"/w/a"}},
        ),
        (f'newfstatat(3</w/a>, "", {FILE}, AT_EMPTY_PATH) = 0', {}),
        (f'stat(".", {DIRECTORY}) = 0', {"looked_at": {"/w"}}),
        ('getxattr("a", "security.selinux", 0x1, 255) = -1 ENODATA (No data)', {"accessible": {"/w/a"}}),
        ('access("a", R_OK) = 0', {"accessible": {"/w/a"}}),
        (f'faccessat2(AT_FDCWD</w>, "a", X_OK, AT_EACCESS) = {DENIED}', {"denied": {"/w/a"}}),
        ('readlink("l", "target", 4095) = 6', {"readlink": {"/w/l"}}),
        ('readlinkat(AT_FDCWD</w>, "l", "target", 4095) = 6', {"readlink": {"/w/l"}}),
        (
            'readlink("a", 0x7ffd, 4095) = -1 EINVAL (Invalid argument)',
            {"accessible": {"/w/a"}},
        ),
        ("getdents64(3</w/d>, 0x55 /* 4 entries */, 32768) = 104", {"listed": {"/w/d"}}),
        ("getdents64(3</w/d>, 0x55, 32768) = -1 ENOTDIR (Not a directory)", {}),
        ('execve("/bin/x", ["x", "b c"], 0x7ffe /* 3 vars */) = 0', {"executed": {"/bin/x"}}),
        (f'execve("/no/x", ["x"], 0x7ffe /* 3 vars */) = {ABSENT}', {"absent": {"/no/x"}}),
        ('unlink("a") = 0', {"written": {"/w/a"}}),
        ('unlinkat(5</d>, "a", AT_REMOVEDIR) = 0', {"written": {"/d/a"}}),
        ('rmdir("a") = 0', {"written": {"/w/a"}}),
        ('fchmodat(AT_FDCWD</w>, "a", 0600) = 0', {"written": {"/w/a"}}),
        ('truncate("a", 3) = 0', {"written": {"/w/a"}}),
        ('utimensat(AT_FDCWD</w>, "a", NULL, 0) = 0', {"written": {"/w/a"}}),
        ('mkdir("d", 0777) = 0', {"written": {"/w/d"}, "made": {"/w/d"}}),
        ('mkdir("d", 0777) = -1 EEXIST (File exists)', {"accessible": {"/w/d"}}),
        ('mknodat(AT_FDCWD</w>, "p", S_IFIFO|0644) = 0', {"written": {"/w/p"}, "made": {"/w/p"}}),
        ('symlink("to", "l") = 0', {"written": {"/w/l"}, "made": {"/w/l"}}),
        (
            'linkat(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", 0) = 0',
            {"written": {"/w/b"}, "made": {"/w/b"}},
        ),
        ('rename("a", "b") = 0', {"written": {"/w/a", "/w/b"}, "made": {"/w/b"}}),
        (
            'renameat2(5</d>, "a", AT_FDCWD</w>, "b", RENAME_NOREPLACE) = 0',
            {"written": {"/d/a", "/w/b"}, "made": {"/w/b"}},
        ),
        ('chdir("sub") = 0', {"accessible": {"/w/sub"}}),
        (f'chdir("sub") = {ABSENT}', {"absent": {"/w/sub"}}),
        (
            "connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), "
            'sin_addr=inet_addr("10.0.0.1")}, 16) = -1 EINPROGRESS (Operation now in progress)',
            {"network": {"10.0.0.1:80"}},
        ),
        (
            "connect(3<TCPv6:[1]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
            {"network": {"::1:443"}},
        ),
        (
            'connect(3<UNIX:[1]>, {sa_family=AF_UNIX, sun_path="/run/bus"}, 110) = 0',
            {"network": {"unix:/run/bus"}},
        ),
        (
            f'connect(3<UNIX:[1]>, {{sa_family=AF_UNIX, sun_path="/run/nscd"}}, 110) = {ABSENT}',
            {"absent": {"/run/nscd"}},
        ),
        ("connect(3<NETLINK:[1]>, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0", {}),
        ("accept4(3<TCP:[1]>, NULL, NULL, 0) = 4", {"network": {"a connection that it accepted"}}),
        ("accept4(3<TCP:[1]>, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)", {}),
        (
            "clock_gettime(CLOCK_REALTIME, {tv_sec=1, tv_nsec=2}) = 0",
            {"clock": {"the time of day"}},
        ),
        ("clock_gettime(CLOCK_MONOTONIC, {tv_sec=1, tv_nsec=2}) = 0", {}),
        ("gettimeofday({tv_sec=1, tv_usec=2}, NULL) = 0", {"clock": {"the time of day"}}),
        ('statfs("/w", {f_type=EXT2, ...}) = 0', {"volatile": {"the free space of /w"}}),
        ('statfs("/proc", {f_type=PROC, ...}) = 0', {}),
        ("exit_group(0) = ?", {}),
        ("read(3, 0x1, 2) = 2", {}),
    ],
)  # fmt: skip
def test_what_one_call_says(call: str, wanted: dict[str, set[str]]) -> None:
    assert one(call) == wanted


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"a\"b", 'a"b'),
        (r"a\\b", "a\\b"),
        (r"a\nb\tc", "a\nb\tc"),
        (r"a\0", "a\0"),
        (r"\303\244", "ä"),
        (r"\3770", "\udcff0"),
        (r"\x1b[", "\x1b["),
        (r"a) = 3<b", "a) = 3<b"),
        ("a, (b", "a, (b"),
    ],
)
def test_names_are_read_as_they_are_escaped(written: str, name: str) -> None:
    assert seen(f'10 openat(AT_FDCWD</w>, "{written}", O_RDONLY) = 3').read == {f"/w/{name}"}


def test_a_directory_of_a_descriptor_may_have_any_name() -> None:
    assert seen(r'10 openat(3</a \76\"x\303\244>, "b", O_RDONLY) = 4').read == {'/a >"xä/b'}


def test_two_halves_are_one_call() -> None:
    found = seen(
        '10 openat(AT_FDCWD</w>, "a", O_RDONLY <unfinished ...>',
        '11 openat(AT_FDCWD</w>, "b", O_RDONLY) = 4</w/b>',
        "10 <... openat resumed>) = 3</w/a>",
        ends=(END, "11 +++ exited with 0 +++"),
    )
    assert (found.read, found.processes, found.problem) == ({"/w/a", "/w/b"}, 2, "")


def test_a_half_whose_other_half_failed_is_absent() -> None:
    found = seen('10 open("a", O_RDONLY <unfinished ...>', f"10 <... open resumed>) = {ABSENT}")
    assert (found.read, found.absent) == (set(), {"/w/a"})


@pytest.mark.parametrize("call", ["newfstatat", "statx"])
def test_what_a_descriptor_is_of_was_looked_at_already(call: str) -> None:
    arguments = f'{call}(3</w/a>, "", '
    rest = f"{FILE}, AT_EMPTY_PATH) = 0" if call == "newfstatat" else "AT_EMPTY_PATH, STATX_ALL, {...}) = 0"
    whole = seen(f"10 {arguments}{rest}")
    halves = seen(f"10 {arguments}<unfinished ...>", f"10 <... {call} resumed>{rest}")
    for found in (whole, halves):
        assert (found.looked_at, found.lstat, found.problem) == (set(), set(), "")


def test_a_second_half_without_a_first_is_only_in_order_where_the_log_was_cut() -> None:
    log = f"10 <... openat resumed>) = 3\n{END}\n".encode()
    assert parse(log, "/w").problem == "half a call is missing"
    assert parse(log, "/w", from_the_middle=True).is_whole


def test_a_log_that_ends_too_early_is_not_whole() -> None:
    assert "ends while 1" in seen('10 open("a", O_RDONLY) = 3', ends=()).problem
    assert seen('10 open("a", O_RDONLY) = 3').is_whole
    two = ("10 fork() = 11", '11 open("a", O_RDONLY) = 3')
    assert "ends while 1" in seen(*two).problem
    assert seen(*two, ends=(END, "11 +++ killed by SIGKILL +++")).is_whole
    assert parse(b"", "/w").processes == 0


def test_a_line_that_can_not_be_understood_is_a_problem() -> None:
    assert "can't be understood" in seen('10 openat(AT_FDCWD</w>, "a", O_RDO').problem
    assert seen("10 nonsense").is_whole  # no call that is of interest


@pytest.mark.parametrize(
    "call", ["io_uring_setup(8, {})", "ptrace(PTRACE_TRACEME)", "open_by_handle_at(3, {}, 0)"]
)
def test_ways_around_the_trace_are_a_problem_unless_they_fail(call: str) -> None:
    assert not seen(f"10 {call} = 3").is_whole
    assert seen(f"10 {call} = -1 EPERM (Operation not permitted)").is_whole


def test_calls_without_a_place_start_from_where_the_process_is() -> None:
    found = seen(
        '10 chdir("sub") = 0',
        '10 open("a", O_RDONLY) = 3',
        "10 fchdir(5</other>) = 0",
        '10 open("b", O_RDONLY) = 3',
        f'10 chdir("gone") = {ABSENT}',
        '10 open("../c", O_RDONLY) = 3',
    )
    assert found.read == {"/w/sub/a", "/other/b", "/other/../c"}


def test_a_child_starts_where_its_parent_is_and_goes_its_own_way() -> None:
    found = seen(
        '10 chdir("/p") = 0',
        "10 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 11",
        '11 open("a", O_RDONLY) = 3',
        '11 chdir("/c") = 0',
        '10 open("b", O_RDONLY) = 3',
        '11 open("c", O_RDONLY) = 3',
        ends=(END, "11 +++ exited with 0 +++"),
    )
    assert found.read == {"/p/a", "/p/b", "/c/c"}


def test_a_child_may_be_heard_of_before_its_fork_has_returned() -> None:
    found = seen(
        '10 chdir("/p") = 0',
        "10 vfork( <unfinished ...>",
        '11 open("a", O_RDONLY) = 3',
        "10 <... vfork resumed>) = 11",
        ends=(END, "11 +++ exited with 0 +++"),
    )
    assert (found.read, found.problem) == ({"/p/a"}, "")


def test_where_a_child_began_must_be_known() -> None:
    found = seen(
        "10 fork() = 11",
        '11 chdir("/other") = 0',
        "10 vfork( <unfinished ...>",
        "11 vfork( <unfinished ...>",
        '12 open("a", O_RDONLY) = 3',
        "10 <... vfork resumed>) = 12",
        "11 <... vfork resumed>) = 13",
        ends=(END, *(f"{pid} +++ exited with 0 +++" for pid in (11, 12, 13))),
    )
    assert found.problem == "it is not known where a process began"


def test_threads_share_one_directory() -> None:
    found = seen(
        "10 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD, exit_signal=0}, 88) = 11",
        '11 chdir("/t") = 0',
        '10 open("a", O_RDONLY) = 3',
        ends=(END, "11 +++ exited with 0 +++"),
    )
    assert found.read == {"/t/a"}


def test_a_number_of_a_process_may_come_again() -> None:
    found = seen("10 fork() = 11", "11 +++ exited with 0 +++", '11 open("a", O_RDONLY) = 3')
    assert "ends while 1" in found.problem


def test_directories_above_are_passed_and_others_are_looked_at() -> None:
    lstat = "newfstatat(AT_FDCWD</h/me/w>, {0!r}, {1}, AT_SYMLINK_NOFOLLOW) = 0".replace("{0!r}", '"{0}"')
    lines = [
        "10 " + lstat.format(path, DIRECTORY) for path in ("/h", "/h/me", "/h/me/w", "/h/me/w/sub", "/usr")
    ]
    opened = ['10 open("/h/me/w/sub/a", O_RDONLY) = 3', '10 open("/usr/b", O_RDONLY) = 3']
    found = seen(*lines, *opened, directory="/h/me/w")
    assert found.passed == {"/h", "/h/me"}
    assert found.lstat == {"/h/me/w", "/h/me/w/sub", "/usr"}


def test_a_directory_that_nothing_below_was_used_of_was_not_passed() -> None:
    found = seen(f'10 stat("/h", {DIRECTORY}) = 0', directory="/h/me")
    assert (found.passed, found.looked_at) == (set(), {"/h"})
    found = seen(
        f'10 stat("/h", {DIRECTORY}) = 0',
        "10 getdents64(3</h>, 0x1 /* 2 entries */, 32768) = 48",
        '10 open("/h/x", O_RDONLY) = 3',
        directory="/h/me",
    )
    assert (found.passed, found.looked_at, found.listed) == (set(), {"/h"}, {"/h"})


def test_what_was_looked_at_before_it_was_made_is_not_made_from_nothing() -> None:
    written = '10 open("a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3'
    assert seen(written).made == {"/w/a"}
    assert seen(f'10 stat("a", {FILE}) = 0', written).made == set()
    assert seen(f'10 stat("a", 0x7ffe) = {ABSENT}', written).made == set()


def test_signals_are_passed_over() -> None:
    found = seen("10 --- SIGCHLD {si_signo=SIGCHLD, si_pid=11} ---", '10 open("a", O_RDONLY) = 3')
    assert (found.read, found.problem) == ({"/w/a"}, "")


def test_a_call_that_the_end_cut_short_says_nothing() -> None:
    found = seen('10 openat(AT_FDCWD</w>, "a", O_RDONLY) = ?')
    assert (found.read, found.problem) == (set(), "")


def test_reading_a_terminal_that_was_given_is_seen_also_where_it_ends() -> None:
    assert one('read(0</dev/pts/3>, ""..., 1) = 1') == {"terminal": {"its standard input"}}
    assert one('read(0</dev/pts/3>, "", 1) = 0') == {"terminal": {"its standard input"}}
    assert one('read(0</w/file>, ""..., 1) = 1') == {}
    assert one("read(0</dev/pts/3>, 0x7ffd, 1) = -1 EAGAIN (Resource temporarily unavailable)") == {}


def test_asking_for_the_size_of_the_terminal_is_using_it() -> None:
    assert one("ioctl(0</dev/pts/3>, TIOCGWINSZ, {ws_row=24}) = 0") == {"terminal": {"its size"}}
    assert one("ioctl(0</w/file>, TIOCGWINSZ, 0x7ff) = -1 ENOTTY (Inappropriate ioctl for device)") == {}
    assert one("ioctl(0</dev/pts/3>, TCGETS, {c_iflag=0}) = 0") == {}


def test_a_signal_to_another_process_is_told_from_one_to_itself() -> None:
    assert one("kill(10, SIGTERM) = 0") == {}
    assert one("kill(0, SIGTERM) = 0") == {}
    assert one("kill(99, 0) = 0") == {"volatile": {"another process, by a signal"}}


def test_memory_shared_with_others_makes_a_trace_not_whole() -> None:
    assert not seen("10 shmget(0x1, 4096, 0) = 3").is_whole


def test_a_shell_that_compares_its_directory_with_PWD_only_passes_it() -> None:  # noqa: N802
    by_path = f'10 newfstatat(AT_FDCWD</w>, "/w", {DIRECTORY}, 0) = 0'
    as_dot = f'10 newfstatat(AT_FDCWD</w>, ".", {DIRECTORY}, 0) = 0'
    read = '10 openat(AT_FDCWD</w>, "a", O_RDONLY) = 3</w/a>'
    assert seen(by_path, as_dot, read).passed == {"/w"}
    assert seen(as_dot, read).looked_at == {"/w"}
    assert seen(by_path, as_dot, as_dot, read).looked_at == {"/w"}
    assert seen(by_path, as_dot).looked_at == {"/w"}
