"""The parser beside dash and bash: what both accept it accepts, and what it writes again means the same to bash."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from snippets import snippets

from azos_shell.language.errors import ShellSyntaxError
from azos_shell.language.parser import parse
from azos_shell.language.unparse import unparse

needs_shells = pytest.mark.skipif(
    not (shutil.which("dash") and shutil.which("bash")), reason="dash and bash are not both installed"
)

# Here dash and bash agree to accept, but not on what it means; azos refuses.
DELIBERATE = {"[[ ]]", "$(cat <<A)\na\nA"}


def accepted_by(shell: str, text: str) -> bool:
    """bash says some errors (of ``[[``) on standard error only."""
    done = subprocess.run([shell, "-n", "-c", text], capture_output=True, check=False, timeout=10)
    return done.returncode == 0 and not re.search(rb"rror|unexpected|conditional", done.stderr)


def accepted_here(text: str) -> bool:
    try:
        parse(text, final=True)
    except ShellSyntaxError:
        return False
    return True


@needs_shells
def test_what_dash_and_bash_agree_on_is_accepted_or_refused_alike() -> None:
    texts = snippets()
    with ThreadPoolExecutor(4) as pool:
        dash = list(pool.map(lambda text: accepted_by("dash", text), texts))
        bash = list(pool.map(lambda text: accepted_by("bash", text), texts))
    agreed = [
        (text, theirs) for text, theirs, other in zip(texts, dash, bash, strict=True) if theirs == other
    ]
    assert len(agreed) > 550
    assert [text for text, theirs in agreed if accepted_here(text) != theirs and text not in DELIBERATE] == []


MEANINGS = [
    "echo a 'b  c' \"d  $HOME\" \\e\\ f",
    "echo $((1+2*3)) $(( (1+2)*3 ))",
    'x=1; y=${x:-2}${z:-\'a b\'}${z:-"c  d"}; echo "$y" ${z:-e f}',
    'x=a/b/c; echo ${x##*/} ${x%/*} "${x#*"/"}" ${#x}',
    'echo "$(echo "a  b" | tr a-z A-Z)" `echo \\`echo c\\``',
    "for i in {1..3} x{a,b}; do echo $i; done | sort -r",
    "i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done",
    "case abc in x) echo no;; a*|b) echo yes;; esac; case 'a b' in 'a b') echo quoted; esac",
    "f() { local x=$1; echo \"<$x>\"; return 3; }; f 'a b' || echo $?",
    "if false; then echo a; elif true; then echo b; else echo c; fi",
    "{ echo a; echo b >&2; } 2>&1 | cat -n",
    "(x=2; echo $x); echo ${x-unset}",
    'cat <<E\na $((1+1)) `echo b` "c" \\$d\nE',
    "cat <<'E'\n$x \\ `\nE",
    "cat <<-E\n\ta\n\t\tb\n\tE",
    "! true || echo no; ! false && echo yes",
    'a=(x \'y z\' $((1+1))); echo "${a[1]}" ${#a[@]} "${a[@]}"',
    "a[2]=b; a+=(c); echo ${!a[@]} ${a[@]}",
    "[[ abc == a* && ! x -eq 1 || ( a < b ) ]] && echo ok",
    "[[ 'a1' =~ ^([a-z])([0-9]+)$ ]] && echo ${BASH_REMATCH[1]}-${BASH_REMATCH[2]}",
    "((x=3, y=x*2)); echo $x $y; for ((i=0;i<3;i++)); do echo $i; done",
    "x=hello; echo ${x^} ${x^^} ${x/l/L} ${x//l/L} ${x:1:3} ${x: -2} ${x/#h/J} ${x/%o/0}",
    "echo $'a\\tb\\x41\\u00e9\\'' \"$'x'\"",
    'x=\'a b\'; set -- $x "$x"; echo $#; echo "$*" "${@:2}"',
    "echo a;echo b&wait;echo c",
    'echo "a\\\\b\\"c\\$d\\`e\\f"',
    "x='*'; echo \"$x\" '*' \\* \"[a]\"",
    "until true; do :; done; echo $?",
    "cat <(echo a) <(echo b)",
    "echo 'it'\\''s' \"it's\" $'it\\'s'",
    "x=ref; ref=val; echo ${!x}",
    "f() if [ $1 = a ]; then echo A; fi; f a",
    "echo ~root ~ a~ \"~\" '~'; x=~:~root; echo $x",
    'cat <<< "a  $((2))" ; cat <<<b',
    "echo a >/dev/null 2>&1; echo b 1>&2 2>/dev/null",
    "x=(); x+=(a); x[0]+=b; echo ${x[0]}",
    "echo ${x:=d} ${y:+e} ${x:+e} $x",
    "echo \"${x:-a \"b  c\" 'd'}\" ${x:-'e  f'}",
    "x='a\\b'; echo \"${x//\\\\//}\"",
    "echo $(case x in x) echo y;; esac) $( (echo sub) )",
]


@needs_shells
@pytest.mark.parametrize("text", MEANINGS)
def test_what_was_written_again_means_the_same_to_bash(text: str) -> None:
    again = unparse(parse(text))
    before, after = (
        subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=10)
        for script in (text, again)
    )
    assert (after.stdout, after.returncode) == (before.stdout, before.returncode), again
    assert after.stderr.replace(b"\n", b"") == before.stderr.replace(b"\n", b""), again
