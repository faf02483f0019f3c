"""Row 11: scripts that no one writes. Each works or is refused with status 2: no traceback, no hang, bounded memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from harness.processes import Ran, run_process, shell_under_test

if TYPE_CHECKING:
    from harness.processes import Azos

DEEP = 10_000
ARGUMENT_LIMIT_BYTES = 128 * 1024  # of Linux, for one argument of exec
MEMORY_LIMIT_BYTES = 500 * 1024 * 1024

WORKS = frozenset({0})
REFUSED = frozenset({2})
EITHER = frozenset({0, 2})
EXPANDED = EITHER | {1}  # an expansion that fails: 1 as bash has it, 2 as dash has it
NOT_FOUND = frozenset({126, 127})


@dataclass(frozen=True, slots=True)
class Nasty:
    """A script, the statuses that are right for it, and (if it works) its output."""

    title: str
    script: bytes
    statuses: frozenset[int] = EITHER
    stdout: bytes | None = None


TABLE = [
    Nasty("nested subshells", b"( " * DEEP + b"echo hi" + b")" * DEEP),
    Nasty("nested parentheses", b"(" * DEEP + b"echo hi" + b")" * DEEP, EXPANDED),
    Nasty("nested groups", b"{ " * DEEP + b"echo hi" + b"; }" * DEEP),
    Nasty("nested substitutions", b"echo " + b"$(echo " * DEEP + b"hi" + b")" * DEEP),
    Nasty("nested arithmetic", b"echo $((" + b"(" * DEEP + b"1" + b")" * DEEP + b"))", EXPANDED, b"1\n"),
    Nasty("nested arithmetic expansions", b"echo " + b"$((1+" * DEEP + b"1" + b"))" * DEEP, EXPANDED),
    Nasty("nested parameter expansions", b"echo " + b"${u:-" * DEEP + b"hi" + b"}" * DEEP, EITHER, b"hi\n"),
    Nasty("nested conditions", b"if true; then " * DEEP + b"echo hi" + b"; fi" * DEEP),
    Nasty("nested loops", b"while true; do " * DEEP + b"exit 0" + b"; done" * DEEP),
    Nasty("nested quotes", b'echo "' + b'$(echo "' * 1000 + b"hi" + b'")' * 1000 + b'"'),
    Nasty("nested backquotes that never end", b"`" * (DEEP + 1), EITHER | NOT_FOUND),
    Nasty("unclosed parentheses", b"(" * DEEP, REFUSED),
    Nasty("unclosed substitutions", b"echo " + b"$(" * DEEP, REFUSED),
    Nasty("unclosed braces", b"echo " + b"${a:-" * DEEP, REFUSED),
    Nasty("parentheses that close nothing", b")" * DEEP, REFUSED),
    Nasty("unary operators", b"echo $((" + b"- " * DEEP + b"1))", EXPANDED, b"1\n"),
    Nasty("conditions in arithmetic", b"echo $((" + b"1?" * DEEP + b"7" + b":0" * DEEP + b"))", EXPANDED),
    Nasty("a power beyond all memory", b"echo $((7**123456789)) >/dev/null", EXPANDED),
    Nasty("a shift beyond all memory", b"echo $((1<<123456789012)) >/dev/null", EXPANDED),
    Nasty("many negations", b"! " * DEEP + b"true"),
    Nasty("a long list", b"true && " * 100_000 + b"echo hi", EITHER, b"hi\n"),
    Nasty("many commands on a line", b":;" * 100_000 + b"echo hi", EITHER, b"hi\n"),
    Nasty("many lines", b":\n" * 20_000 + b"echo hi", WORKS, b"hi\n"),
    Nasty("a long pipeline", b": | " * 300 + b"echo hi", EITHER, b"hi\n"),
    Nasty("a long word", b"echo " + b"x" * 1_000_000, WORKS, b"x" * 1_000_000 + b"\n"),
    Nasty("a long comment", b"# " + b"x" * 1_000_000 + b"\necho hi", WORKS, b"hi\n"),
    Nasty("a long quotation", b"echo '" + b"ab\n" * 300_000 + b"' | wc -l", WORKS),
    Nasty("a long line without sense", b"a)b(c" * 200_000, REFUSED),
    Nasty("many words", b"echo " + b"a " * 100_000, WORKS, b"a " * 99_999 + b"a\n"),
    Nasty("many words for a program", b"/bin/echo " + b"a " * 100_000, WORKS, b"a " * 99_999 + b"a\n"),
    Nasty("more words than exec takes", b"/bin/true " + b"abcdefgh " * 500_000, frozenset({126, 1})),
    Nasty(
        "many assignments",
        b" ".join(b"v%d=%d" % (n, n) for n in range(20_000)) + b"\necho $v999",
        WORKS,
        b"999\n",
    ),
    Nasty("many redirections", b"echo hi" + b" >f" * 2_000 + b"\ncat f", WORKS, b"hi\n"),
    Nasty("a long here-document", b"cat <<E | wc -c\n" + b"line\n" * 200_000 + b"E\n", WORKS),
    Nasty(
        "many here-documents", b": <<E; " * 1_000 + b"\n" + b"text\nE\n" * 1_000 + b"echo hi", WORKS, b"hi\n"
    ),
    Nasty("many continued lines", b"\\\n" * 50_000 + b"echo hi", WORKS, b"hi\n"),
    Nasty("many stars", b"echo " + b"*" * DEEP + b"x", WORKS, b"*" * DEEP + b"x\n"),
    Nasty(
        "a pattern that backtracks",
        b"x=" + b"a" * 60 + b"; echo ${x#" + b"*a" * 30 + b"b}",
        WORKS,
        b"a" * 60 + b"\n",
    ),
    Nasty("an expression without end", b'x=\'eval "$x"\'; eval "$x" 2>/dev/null; echo alive', EXPANDED),
    Nasty("a recursion without end", b"f() { f; }; f 2>/dev/null; echo alive", EXPANDED),
    Nasty("a variable that means itself", b"x=x; echo $((x))", EXPANDED),
    Nasty("NUL bytes", b"echo a\0b\n", EITHER | NOT_FOUND),
    Nasty("bytes that are no UTF-8", b"echo a\xff\xfeb '\x80' \"\xc3\"", WORKS, b"a\xff\xfeb \x80 \xc3\n"),
    Nasty("an encoded surrogate", b"echo \xed\xa0\x80 | cat", WORKS, b"\xed\xa0\x80\n"),
    Nasty("a command that is no UTF-8", b"\xff\xfe", NOT_FOUND),
    Nasty(
        "a variable's value that is no UTF-8", b"x=\xff; export x; sh -c 'printf %s \"$x\"'", WORKS, b"\xff"
    ),
    Nasty("a file's name that is no UTF-8", b"echo hi >\xff; ls | cat; echo *", WORKS, b"\xff\n\xff\n"),
    Nasty("carriage returns", b"echo hi\r\n\r\n", EITHER | NOT_FOUND),
    Nasty("a byte order mark", b"\xef\xbb\xbfecho hi", EITHER | NOT_FOUND),
    Nasty("control bytes", bytes(range(1, 9)) + b"\x1b]0;x\x07", NOT_FOUND | REFUSED),
]
FORMS = ("-c", "file", "stdin")


def run_nasty(azos: Azos, nasty: Nasty, form: str) -> Ran:
    """The script in this form, its memory limited."""
    limit = [f"--data={MEMORY_LIMIT_BYTES}"]
    argv: list[str | bytes] = ["prlimit", *limit] if shutil.which("prlimit") else []
    argv += shell_under_test()
    stdin = b""
    if form == "-c":
        argv += [b"-c", nasty.script]
    elif form == "file":
        path = azos.home / "script"
        path.write_bytes(nasty.script)
        argv.append(str(path))
    else:
        stdin = nasty.script
    return run_process(argv, cwd=azos.cwd, env=azos.environment, stdin=stdin, timeout_seconds=30)


RUNS = [
    pytest.param(nasty, form, id=f"{nasty.title} {form}")
    for nasty in TABLE
    for form in FORMS
    if form != "-c" or (len(nasty.script) < ARGUMENT_LIMIT_BYTES and b"\0" not in nasty.script)
]


@pytest.mark.parametrize(("nasty", "form"), RUNS)
def test_it_works_or_is_refused(azos: Azos, nasty: Nasty, form: str) -> None:
    ran = run_nasty(azos, nasty, form)
    for sign in ("Traceback", "RecursionError", "MemoryError"):
        assert sign not in ran.errors, ran.errors[-2000:]
    statuses = nasty.statuses | ({126} if form == "file" and b"\0" in nasty.script else set())
    assert ran.status in statuses, ran.errors[-2000:]
    if ran.status == 0 and nasty.stdout is not None:
        assert ran.stdout == nasty.stdout
    if ran.status == 2:
        assert ran.errors
        assert len(ran.errors) < 10_000, "a message, not the script again"
