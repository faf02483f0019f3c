"""Random changes of files, databases, variables and directories between cached commands: every answer is the one that
an uncached run gives at that moment.

Two azos share one cache, so that answers come from memory and from disk, and either may be killed. How many sequences
are tried: CACHE_SEQUENCES.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness.sessions import Session
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

SEQUENCES = int(os.environ.get("CACHE_SEQUENCES", "100"))
NAMES = ("a", "b", "c", "sub/x", "sub/y")
CONTENTS = ("", "foo\n", "bar\n", "foo\nbar\nfoo\n", "quux\n" * 3)

COMMANDS = (
    "memo -q -- cat a b",
    "memo -q -- cat sub/x",
    "memo -q -- wc -c a b c",
    "memo -q -- ls",
    "memo -q -- ls -l sub",
    "memo -q -- ls -la",
    "memo -q -- stat -c '%n %s %Y %h %f' a sub",
    "memo -q -- sh -c 'test -e c && cat c; cat a'",
    "memo -q -- sh -c 'test a -nt b && echo newer; test -s b && echo some'",
    "memo -q -- sh -c 'for f in sub/*; do echo $f; done; cat b'",
    "memo -q -- find . -name '*[xy]' -size -1k",
    "memo -q -- grep -r foo .",
    "memo -q -- readlink link",
    "memo -q -- cat link",
    "memo -q -- head -c 5 <a",
    "memo -q -- sh -c 'read x; echo got $x' <b",
    "memo -q -- printenv X",
    "memo -q -- sh -c 'echo $X $HOME; pwd'",
    "memo -q 'sort a b | uniq -c; echo $y ${z-none}'",
    "memo -q 'greet; [ -f c ] && echo c'",
    "memo -q 'cat a | memo -q -- tr a-z A-Z'",
    "cat a | memo -q -- tr a-z A-Z",
    "memo -q --codes 0,1 -- cmp a b",
    "memo -q --no-trace -- cat a",
    "memo -q --no-trace --on 'sub/*' -- sh -c 'cat sub/*'",
    "memo -q -- ./script a",
    "sql data.db 'select count(*) as n, sum(v) as s from t'",
    "sql data.db 'select v from t order by v desc limit 3'",
    "memo -q -- python3 -c \"import sqlite3; print(sqlite3.connect('file:data.db?mode=ro', uri=True)"
    ".execute('select max(v) from t').fetchall())\"",
)
QUICK = COMMANDS[:-1]

step = st.one_of(
    st.tuples(st.just("run"), st.sampled_from(QUICK), st.integers(0, 1)),
    st.tuples(st.just("run"), st.sampled_from(QUICK), st.integers(0, 1)),
    st.tuples(st.just("again"), st.integers(0, 1)),
    st.tuples(st.just("again"), st.integers(0, 1)),
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(CONTENTS)),
    st.tuples(st.just("swap"), st.sampled_from(NAMES)),
    st.tuples(st.just("touch"), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("link"), st.sampled_from(NAMES)),
    st.tuples(st.just("mode"), st.sampled_from(NAMES), st.sampled_from((0o644, 0o600, 0o755))),
    st.tuples(st.just("program"), st.sampled_from(("cat", "wc -l"))),
    st.tuples(st.just("commit"), st.integers(-3, 9)),
    st.tuples(st.just("journal"), st.sampled_from(("wal", "delete"))),
    st.tuples(st.just("database"), st.integers(0, 3)),
    st.tuples(
        st.just("say"),
        st.sampled_from(
            ("export X=1", "export X=2", "unset X", "y=1", "y=2", "z=3", "unset z", "greet() { echo hi; }",
             "greet() { cat a; }", "unset -f greet", "cd sub", "cd \"$BASE\"", "umask 022", "umask 077",
             "set -o pipefail", "set +o pipefail")
        ),
    ),
    st.tuples(st.just("kill"), st.integers(0, 1)),
)  # fmt: skip


class World:
    """A directory that is changed, two azos that answer, and a place for what they say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base = root / "work"
        self.said = root / "said"
        self.said.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "LC_ALL": "C.UTF-8",
            "BASE": str(self.base),
        }
        self.sessions: list[Session | None] = [None, None]
        self.lines: list[str] = []
        self.runs = 0

    def begin(self) -> None:
        """A new sequence, in the same cache: files as they are at first, shells with nothing set."""
        self.lines = ["greet() { echo hello; }"]
        shutil.rmtree(self.base, ignore_errors=True)
        (self.base / "sub").mkdir(parents=True)
        for name in NAMES[:4]:
            (self.base / name).write_text("foo\n")
        (self.base / "link").symlink_to("a")
        self.program("cat")
        self.database(1)
        for session in self.sessions:
            if session is not None:
                session.send('cd "$BASE" && unset X y z; umask 022; set +o pipefail; greet() { echo hello; }')

    def session(self, number: int) -> Session:
        """The azos of that number, started if need be, where the others are."""
        session = self.sessions[number]
        if session is None:
            session = self.sessions[number] = Session(self.base, self.environment)
            for line in self.lines:
                session.send(line)
        return session

    def say(self, line: str) -> None:
        """A line for both, now or when they start."""
        self.lines.append(line)
        for session in self.sessions:
            if session is not None:
                session.send(line)

    def program(self, words: str) -> None:
        """The program that ``./script`` is."""
        script = self.base / "script"
        script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        script.chmod(0o755)

    def database(self, rows: int) -> None:
        """Another file under the database's name."""
        other = self.root / "other.db"
        for path in self.root.glob("other.db*"):
            path.unlink()
        with closing(sqlite3.connect(other)) as connection:
            connection.execute("create table t (v integer)")
            connection.executemany("insert into t values (?)", [(row,) for row in range(rows)])
            connection.commit()
        for suffix in ("-wal", "-shm", "-journal"):
            (self.base / f"data.db{suffix}").unlink(missing_ok=True)
        other.rename(self.base / "data.db")

    def change(self, kind: str, arguments: tuple[object, ...]) -> None:
        """One change from outside."""
        path = self.base / str(arguments[0]) if arguments else self.base
        if kind == "write":
            path.write_text(str(arguments[1]))
        elif kind == "swap" and path.is_file():  # other content, same size, same time of change
            before = path.stat()
            path.write_bytes(bytes(byte ^ 1 if byte != 10 else byte for byte in path.read_bytes()))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        elif kind == "touch" and path.exists():
            path.touch()
        elif kind == "delete":
            path.unlink(missing_ok=True)
        elif kind == "rename" and path.is_file():
            path.rename(self.base / str(arguments[1]))
        elif kind == "link":
            (self.base / "link").unlink()
            (self.base / "link").symlink_to(str(arguments[0]))
        elif kind == "mode" and path.exists():
            path.chmod(int(str(arguments[1])))
        elif kind == "program":
            self.program(str(arguments[0]))
        elif kind == "database":
            self.database(int(str(arguments[0])))
        elif kind in ("commit", "journal"):
            with closing(sqlite3.connect(self.base / "data.db", isolation_level=None)) as connection:
                if kind == "commit":
                    connection.execute("insert into t values (?)", arguments)
                else:
                    connection.execute(f"pragma journal_mode = {arguments[0]}")

    def check(self, command: str, number: int) -> None:
        """The answer, and what an uncached run says right after it."""
        session = self.session(number)
        plain = command.replace("memo -q --no-trace --on 'sub/*' -- ", "").replace(
            "memo -q --no-trace -- ", ""
        )
        plain = plain.replace("--codes 0,1 ", "").replace("memo -q -- ", "").replace("memo -q ", "eval ")
        plain = plain.replace("sql ", "\\sql ")
        outer = {"cached": command, "plain": f"( {plain} )"}
        for name, line in outer.items():
            to = self.said / name
            session.send(f"{{ {line}\n}} >{to}.out 2>{to}.err </dev/null; echo $? >{to}.status")
        self.runs += 1
        told = [
            re.sub(rb"line [0-9]+: ", b"", (self.said / f"{name}.{end}").read_bytes())
            for name in outer
            for end in ("out", "err", "status")
        ]
        if told[:3] != told[3:]:
            raise AssertionError(f"{command}\n  cached: {told[:3]}\n   plain: {told[3:]}")

    def close(self) -> None:
        """End the shells."""
        for session in self.sessions:
            if session is not None:
                session.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.mark.timeout(3600)
def test_every_answer_is_that_of_an_uncached_run(world: World) -> None:
    @settings(
        max_examples=SEQUENCES,
        deadline=None,
        database=None,
        derandomize="CACHE_SEED" not in os.environ,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(step, min_size=8, max_size=24))
    def sequence(steps: list[tuple[object, ...]]) -> None:
        world.begin()
        last = QUICK[0]
        for kind, *arguments in steps:
            if kind == "run":
                last = str(arguments[0])
                world.check(last, int(str(arguments[1])))
            elif kind == "again":
                world.check(last, int(str(arguments[0])))
            elif kind == "say":
                world.say(str(arguments[0]))
            elif kind == "kill":
                session = world.sessions[int(str(arguments[0]))]
                if session is not None:
                    session.kill()
                    world.sessions[int(str(arguments[0]))] = None
            else:
                world.change(str(kind), tuple(arguments))

    sequence()
    stats = world.session(0).send("cd /; cache stats --csv").decode().splitlines()
    hits, misses = (int(figure) for figure in stats[1].split(",")[1:3])
    print(f"{world.runs} answers, {hits} hits, {misses} misses", file=sys.stderr)
    assert hits >= world.runs // 10, f"{hits} hits in {world.runs} answers: that proves little"
