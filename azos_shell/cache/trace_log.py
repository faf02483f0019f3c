"""The trace log: from what strace(1) wrote to what a program read, looked for, listed, ran and changed.

Pure: bytes in, a frozen value out. A line is one call of one thread, ``PID name(arguments) = result``, or half of one
where calls of several threads overlap. With ``-y`` every descriptor carries its path, ``3</etc/passwd>``, and so does
the directory that a relative path starts from, but for the calls that are older than ``openat``: for those the
directory of each process is followed through chdir, fork and clone.

What can't be seen here: calls that need no kernel (the vDSO: the time of day), memory shared with others, and the
interpreter of a script, which the kernel opens itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACE_OR_STRING = re.compile(rb'(?:AT_FDCWD|-?[0-9]+)<((?:[^>\\]|\\.)*)>|"((?:[^"\\]|\\.)*)"')
"""Read from left to right: quotes in a place and places in quotes are parts of names."""
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)", re.DOTALL)
_PLACE = re.compile(rb"(?:AT_FDCWD|-?[0-9]+)<((?:[^>\\]|\\.)*)>")
_OF_DESCRIPTOR = re.compile(rb'(?:[a-z0-9]+\()?-?[0-9]+<(?:[^>\\]|\\.)*>, "",').match
_RESULT = re.compile(rb"\) += (-?[0-9]+|\?)([^()]*(?:\([^()]*\))?[^()]*)$")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b"}
_MISSING = (b"ENOENT", b"ENOTDIR")
_IN_VAIN = (b"EINTR", b"EAGAIN", b"ERESTART", b"EFAULT", b"EBADF", b"ENOSYS")
_TERMINALS = (b"/dev/pts/", b"/dev/tty", b"/dev/console")
_WALL_CLOCKS = (b"CLOCK_REALTIME", b"CLOCK_TAI")


@dataclass(frozen=True, slots=True)
class Accesses:
    """What a program and its children did, by absolute path as they gave it (``..`` and links are left as they are).

    ``read``: opened for reading. ``looked_at`` and ``lstat``: asked for all that stat(2) says, links followed or not.
    ``passed``: directories that a process merely passed on its way to something below them, as one does that resolves a
    path: those above the first directory, and that itself where a shell compared it with PWD. ``accessible``: only
    asked whether it is there and may be used. ``readlink``: links read. ``absent``: looked for in vain; ``denied``:
    refused for another reason. ``listed``: directories read. ``executed``: programs run. ``written``: whatever was
    changed; ``made``, of those, what was made from nothing or emptied before anything else was done with it.
    ``network``, ``terminal``, ``clock`` and ``volatile`` say in words what else was used. ``problem`` is why it is not
    ``is_whole``.
    """

    read: frozenset[str]
    looked_at: frozenset[str]
    lstat: frozenset[str]
    passed: frozenset[str]
    accessible: frozenset[str]
    readlink: frozenset[str]
    absent: frozenset[str]
    denied: frozenset[str]
    listed: frozenset[str]
    executed: frozenset[str]
    written: frozenset[str]
    made: frozenset[str]
    network: frozenset[str]
    terminal: frozenset[str]
    clock: frozenset[str]
    volatile: frozenset[str]
    processes: int
    problem: str

    @property
    def is_whole(self) -> bool:
        """Whether everything that the program did is here."""
        return not self.problem


def parse(log: bytes, directory: str, *, from_the_middle: bool = False) -> Accesses:
    """What the log says of a program that was started in ``directory``.

    ``from_the_middle``: it is the end of a log, cut at the beginning of a line.
    """
    reader = _Reader(directory, from_the_middle)
    for line in log.split(b"\n"):
        if line:
            reader.take(line)
    return reader.accesses()


class _Directory:
    """The working directory of a process, shared by those that share it (CLONE_FS)."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


class _Reader:
    """Reads the log line by line."""

    def __init__(self, directory: str, from_the_middle: bool) -> None:
        self._first = directory
        self._from_the_middle = from_the_middle
        self._directories: dict[bytes, _Directory] = {}
        self._groups: dict[bytes, bytes] = {}
        self._halves: dict[bytes, bytes] = {}
        self._ended: set[bytes] = set()
        self._known: set[tuple[bytes, bytes]] = set()
        self._deeper: set[tuple[bytes, str]] = set()
        self._stat: set[tuple[bytes, str, bool, bool]] = set()
        self._touched: set[str] = set()
        self._looks_here: dict[bytes, list[bool]] = {}
        self._curious: set[bytes] = set()
        """Who looked at the first directory otherwise than a shell does that compares it with PWD when it starts."""
        self.sets: dict[str, set[str]] = {
            name: set()
            for name in (
                "read", "accessible", "readlink", "absent", "denied", "listed", "executed", "written", "made",
                "network", "terminal", "clock", "volatile",
            )
        }  # fmt: skip
        self.problem = ""

    def take(self, line: bytes) -> None:
        """One line."""
        pid, _, rest = line.partition(b" ")
        rest = rest.lstrip()
        is_half = rest.endswith(b"<unfinished ...>")
        if not is_half and (
            (rest.startswith((b"newfstatat(", b"statx(")) and _OF_DESCRIPTOR(rest))
            or (rest.startswith(b"read(") and b"</dev/" not in rest[:40])
        ):
            self._ended.discard(pid)
            self._directory_of(pid)
            return  # of a descriptor: what it is of was looked at when it was opened
        if rest.startswith(b"+++"):
            self._ended.add(pid)
            return
        if rest.startswith(b"---"):
            return
        if is_half:
            self._directory_of(pid)
            self._halves[pid] = rest[: -len(b"<unfinished ...>")].rstrip()
            return
        if rest.startswith(b"<..."):
            half = self._halves.pop(pid, None)
            if half is None:
                if not self._from_the_middle:
                    self._give_up("half a call is missing")
                return
            rest = half + rest.partition(b" resumed>")[2]
        self._call(pid, rest)

    def _call(self, pid: bytes, call: bytes) -> None:
        name, _, rest = call.partition(b"(")
        handler = _HANDLERS.get(name)
        self._ended.discard(pid)
        directory = self._directory_of(pid)
        if handler is None:
            return
        if name in _SIMPLE and b', ".",' not in call:  # most calls come again and again
            known = (
                self._groups.get(pid, pid),
                directory.path.encode("utf-8", "surrogateescape") + b"\0" + call,
            )
            if known in self._known:
                return
            self._known.add(known)
        found = _RESULT.search(call)
        if found is None:
            end = call.rfind(b") = ")
            if end < 0:
                if call.endswith(b"= ?") or b"exit" in name:
                    return
                self._give_up(f"a line can't be understood: {call[:80].decode('utf-8', 'replace')}")
                return
            result = call[end + 4 :].strip()
            arguments = rest[: end - len(name) - 1]
        else:
            result = found[1] + found[2]
            arguments = rest[: found.start() - len(name) - 1]
        if result.startswith(b"?"):
            return  # it ended before that returned
        handler(self, pid, arguments, result)

    def _settle_looks(self, group: bytes) -> None:
        """A shell that starts looks at the directory by its path and as ``.``, once each."""
        looks = self._looks_here.pop(group, [])
        if looks and sorted(looks) != [False, True]:
            self._curious.add(group)

    def accesses(self) -> Accesses:
        """All that was read."""
        for group in list(self._looks_here):
            self._settle_looks(group)
        if not self.problem and (left := set(self._directories) - self._ended):
            self.problem = f"the trace ends while {len(left)} of its processes run"
        sets = self.sets
        looked_at: set[str] = set()
        lstat: set[str] = set()
        passed: set[str] = set()
        for pid, path, follow, is_directory in self._stat:
            is_above = path == "/" or self._first.startswith(f"{path}/")
            is_passed = is_above or (path == self._first and pid not in self._curious)
            if is_directory and is_passed and (pid, path) in self._deeper and path not in sets["listed"]:
                passed.add(path)
            else:
                (looked_at if follow else lstat).add(path)
        return Accesses(
            looked_at=frozenset(looked_at),
            lstat=frozenset(lstat),
            passed=frozenset(passed),
            processes=len(self._directories),
            problem=self.problem,
            **{name: frozenset(paths) for name, paths in sets.items()},
        )

    # -- where a path begins ---------------------------------------------------------------------------------

    def _directory_of(self, pid: bytes) -> _Directory:
        directory = self._directories.get(pid)
        if directory is None:  # a child may be heard of before its parent's fork has returned
            forking = {
                self._directories[parent].path
                for parent, half in self._halves.items()
                if half.startswith((b"clone", b"fork", b"vfork")) and parent in self._directories
            }
            if len(forking) > 1:
                self._give_up("it is not known where a process began")
            path = forking.pop() if forking else self._first
            directory = self._directories[pid] = _Directory(path)
        return directory

    def path(self, pid: bytes, arguments: bytes, number: int = 0) -> str | None:
        """The path that is the string of that number, made absolute; None where there is no such string."""
        base = None
        for found in _PLACE_OR_STRING.finditer(arguments):
            if found[2] is None:
                base = found[1]
                continue
            if number:
                number -= 1
                continue
            text = _decoded(found[2])
            if not text and b"AT_EMPTY_PATH" not in arguments:
                return None  # that is never anything
            if text.startswith("/"):
                return _tidy(text)
            directory = _decoded(base) if base is not None else self._directory_of(pid).path
            return _tidy(f"{directory}/{text}") if text not in ("", ".") else directory
        return None

    def note(self, name: str, pid: bytes, path: str) -> None:
        """Note a path in one of the sets."""
        self.sets[name].add(path)
        self._touch(pid, path)

    def _touch(self, pid: bytes, path: str) -> None:
        self._touched.add(path)
        group = self._groups.get(pid, pid)
        parent = path.rpartition("/")[0]
        while parent and (group, parent) not in self._deeper:
            self._deeper.add((group, parent))
            parent = parent.rpartition("/")[0]
        self._deeper.add((group, "/"))

    def _give_up(self, problem: str) -> None:
        self.problem = self.problem or problem

    # -- calls -----------------------------------------------------------------------------------------------

    def failed(self, pid: bytes, path: str, result: bytes) -> bool:
        """Whether the call on that path failed, which is noted."""
        if not result.startswith(b"-"):
            return False
        if any(name in result for name in _MISSING):
            self.note("absent", pid, path)
        elif b"EEXIST" in result or b"EINVAL" in result or b"ENODATA" in result or b"ENOTSUP" in result:
            self.note("accessible", pid, path)
        elif not any(name in result for name in _IN_VAIN):
            self.note("denied", pid, path)
        return True

    def opened(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """open, openat, openat2, creat"""
        path = self.path(pid, arguments)
        if path is None or self.failed(pid, path, result):
            return
        flags = arguments[arguments.rfind(b'"') + 1 :]
        if path == "/dev/tty":
            self.sets["terminal"].add("it opened /dev/tty")
        is_new = path not in self._touched and (
            b"O_TRUNC" in flags or b"O_EXCL" in flags or b"O_TMPFILE" in flags
        )
        if b"O_WRONLY" in flags or b"O_RDWR" in flags or b"O_CREAT" in flags:
            if b"O_TMPFILE" in flags:
                return  # it has no name
            if is_new:
                self.sets["made"].add(path)
            if b"O_WRONLY" not in flags and not is_new:
                self.note("read", pid, path)
            self.note("written", pid, path)
        elif b"O_PATH" in flags or b"O_DIRECTORY" in flags:
            self.note("accessible", pid, path)
        else:
            self.note("read", pid, path)

    def created(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """creat"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            if path not in self._touched:
                self.sets["made"].add(path)
            self.note("written", pid, path)

    def stat(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """stat, newfstatat, statx"""
        self._stated(pid, arguments, result, follow=b"AT_SYMLINK_NOFOLLOW" not in arguments)

    def lstat(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """lstat"""
        self._stated(pid, arguments, result, follow=False)

    def _stated(self, pid: bytes, arguments: bytes, result: bytes, *, follow: bool) -> None:
        if _OF_DESCRIPTOR(arguments):
            return
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            group = self._groups.get(pid, pid)
            self._stat.add((group, path, follow, b"=S_IFDIR" in arguments))
            if path == self._first:
                self._looks_here.setdefault(group, []).append(b', ".",' in arguments)
            self._touch(pid, path)

    def asked(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """access, faccessat and kin"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            self.note("accessible", pid, path)

    def linked_to(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """readlink"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            self.note("readlink", pid, path)

    def listed(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """getdents"""
        place = _PLACE.match(arguments)
        if place is not None and not result.startswith(b"-"):
            self.note("listed", pid, _decoded(place[1]))

    def executed(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """execve"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            self._settle_looks(self._groups.get(pid, pid))  # another program begins
            self.note("executed", pid, path)

    def changed(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """unlink, chmod, truncate, utimensat and all else that changes what a path names"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            self.note("written", pid, path)

    def made(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """mkdir, mknod"""
        self._new(pid, arguments, result, 0)

    def made_second(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """symlink, link"""
        self._new(pid, arguments, result, 1)

    def renamed(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """rename"""
        self.changed(pid, arguments, result)
        self._new(pid, arguments, result, 1)

    def _new(self, pid: bytes, arguments: bytes, result: bytes, number: int) -> None:
        path = self.path(pid, arguments, number)
        if path is None or result.startswith(b"-"):
            if path is not None:
                self.failed(pid, path, result)
            return
        if path not in self._touched:
            self.sets["made"].add(path)
        self.note("written", pid, path)

    def moved(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """chdir"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result):
            self.note("accessible", pid, path)
            self._directory_of(pid).path = path

    def moved_to_descriptor(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """fchdir"""
        place = _PLACE.match(arguments)
        if place is not None and not result.startswith(b"-"):
            self._directory_of(pid).path = _decoded(place[1])

    def forked(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """fork, vfork, clone"""
        if result.startswith(b"-"):
            return
        child = result.split(b" ")[0].split(b"<")[0]
        parent = self._directory_of(pid)
        if b"CLONE_FS" in arguments:
            self._directories[child] = parent
        elif child not in self._directories:
            self._directories[child] = _Directory(parent.path)
        if b"CLONE_THREAD" in arguments:
            self._groups[child] = self._groups.get(pid, pid)

    def connected(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """connect, sendto, bind and kin, where they name an address"""
        if b"AF_INET" in arguments:
            port = re.search(rb"sin6?_port=htons\(([0-9]+)\)", arguments)
            host = re.search(rb'(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]*)"', arguments)
            words = [(part[1] if part else b"?").decode("ascii", "replace") for part in (host, port)]
            self.sets["network"].add(":".join(words))
        elif b"AF_UNIX" in arguments and b"sun_path=" in arguments:
            path = self.path(pid, arguments[arguments.find(b"sun_path=") :])
            if path is not None and not self.failed(pid, path, result):
                self.sets["network"].add(f"unix:{path}")

    def accepted(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """accept"""
        if not result.startswith(b"-"):
            self.sets["network"].add("a connection that it accepted")

    def timed(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """clock_gettime, gettimeofday, time, where the kernel is really called"""
        if not arguments.startswith(b"CLOCK_") or arguments.startswith(_WALL_CLOCKS):
            self.sets["clock"].add("the time of day")

    def measured(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """statfs"""
        path = self.path(pid, arguments)
        if path is not None and not self.failed(pid, path, result) and not path.startswith(("/proc", "/sys")):
            self.sets["volatile"].add(f"the free space of {path}")

    def signalled(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """kill"""
        target = arguments.partition(b",")[0].lstrip(b"-")
        if target not in (b"0", *self._directories) and not result.startswith(b"-"):
            self.sets["volatile"].add("another process, by a signal")

    def read_from(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """read, where a descriptor that was there before may be a terminal"""
        place = _PLACE.match(arguments)
        if place is not None and place[1].startswith(_TERMINALS) and not result.startswith(b"-1 EAGAIN"):
            self.sets["terminal"].add("its standard input")

    def controlled(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """ioctl"""
        if b"TIOCGWINSZ" in arguments and not result.startswith(b"-"):
            self.sets["terminal"].add("its size")

    def hidden(self, pid: bytes, arguments: bytes, result: bytes) -> None:
        """io_uring, ptrace, file handles, shared memory: what comes by them is not seen"""
        if not result.startswith(b"-"):
            self._give_up("it gets at data in a way that can't be traced")


def _decoded(text: bytes) -> str:
    if b"\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return text.decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code[:1] in b"01234567" and code[:1]:
        return bytes((int(code, 8) & 0xFF,))
    if code[:1] == b"x":
        return bytes.fromhex(code[1:].decode("ascii"))
    return _LETTERS.get(code, code)


def _tidy(path: str) -> str:
    """The same path without ``//`` and ``/./``; a last ``/.`` stays: it asks for the directory itself."""
    while "//" in path:
        path = path.replace("//", "/")
    while "/./" in path:
        path = path.replace("/./", "/")
    return path.rstrip("/") or "/" if not path.endswith("/.") else path


_BY_HANDLER = {
    _Reader.opened: "open openat openat2",
    _Reader.created: "creat",
    _Reader.stat: "stat stat64 newfstatat fstatat64 statx",
    _Reader.lstat: "lstat lstat64 lgetxattr llistxattr",
    _Reader.asked: "access faccessat faccessat2 inotify_add_watch fanotify_mark name_to_handle_at",
    _Reader.linked_to: "readlink readlinkat",
    _Reader.listed: "getdents getdents64",
    _Reader.executed: "execve execveat",
    _Reader.changed: "unlink unlinkat rmdir chmod fchmodat fchmodat2 chown lchown fchownat truncate truncate64 "
    "utime utimes futimesat utimensat setxattr lsetxattr removexattr lremovexattr "
    "mount umount umount2 pivot_root chroot acct "
    "swapon swapoff",
    _Reader.made: "mkdir mkdirat mknod mknodat",
    _Reader.made_second: "symlink symlinkat link linkat",
    _Reader.renamed: "rename renameat renameat2",
    _Reader.moved: "chdir",
    _Reader.moved_to_descriptor: "fchdir",
    _Reader.forked: "fork vfork clone clone3",
    _Reader.connected: "connect bind sendto sendmsg sendmmsg",
    _Reader.accepted: "accept accept4",
    _Reader.timed: "clock_gettime gettimeofday time",
    _Reader.measured: "statfs statfs64",
    _Reader.signalled: "kill",
    _Reader.controlled: "ioctl",
    _Reader.read_from: "read readv pread64",
    _Reader.hidden: "io_uring_setup ptrace open_by_handle_at shmget mq_open process_vm_readv "
    "fsopen open_tree move_mount",
}
_HANDLERS = {name.encode(): handler for handler, names in _BY_HANDLER.items() for name in names.split()}
_HANDLERS[b"getxattr"] = _HANDLERS[b"listxattr"] = _Reader.stat
_UNCHANGING = (
    "stat newfstatat statx lstat access faccessat faccessat2 readlink readlinkat getdents getdents64"
)
_SIMPLE = frozenset(_UNCHANGING.encode().split())
"""Calls that change nothing, so that the same line by the same process says nothing new."""
