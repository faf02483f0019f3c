"""keep: whose output is kept for ``last``."""

from __future__ import annotations

from azos_shell.language.quoting import quote
from azos_shell.plugin import Call, command, ensure_loop
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.kept_programs import KeptPrograms
from azos_shell.shell.simple import Invocation, invoke

_USAGE = "keep on|off|list | keep only|except PATTERN… | keep [--] COMMAND [ARGUMENT…]"


@command("keep", raw=True, usage=_USAGE, category="Caching")
async def keep(call: Call) -> int:
    """Say whether the output of programs is kept for `last`, or run one command and keep its output.

    Off, as it is at first, programs write to the terminal themselves. On, those that would write to the
    shell's standard output write into a pipe, from which the shell keeps the output and writes it on as it
    comes. Standard input and standard error stay the terminal, and Ctrl-C, Ctrl-Z and `fg` work; but a
    program sees that its output is no terminal: an editor or a pager can't be used so, and colours and
    columns may be missing. That is for you to say: `only` and `except` take patterns of program names.
    What is piped or redirected elsewhere, or runs in the background, is never kept. Built-in commands need
    none of this.

    Options:
        on                the output of programs is kept from now on
        off               it is not
        only PATTERN…     that of these programs is
        except PATTERN…   that of all programs but these is
        list              show which of these holds
        [--] COMMAND …    run this command with its output kept, whatever holds

    Examples:
        $ keep only 'g*' ls; keep list
        only 'g*' ls
        $ keep -- uname -s
        > last
        Linux
        Linux

    Exit status:
        0; with COMMAND that of the command; 1 if nothing is kept in this shell; 2 if it was called wrongly.
    """
    shell: Interpreter = call.shell
    what, *words = call.args or [""]
    if what == "--" and words:
        return await _kept(call, words)
    if what not in _WORDS and what[:1] not in ("", "-"):
        return await _kept(call, call.args)
    if what not in _WORDS or (what in ("only", "except")) is not bool(words):
        return call.error(f"usage: {_USAGE}", 2)
    if what == "list":
        call.write(f"{_described(shell.state.kept_programs)}\n")
        return 0
    if what == "off":
        shell.state.kept_programs = None
        return 0
    if shell.runtime.kept is None:
        return _not_here(call)
    await ensure_loop()  # something must read while programs write
    shell.state.kept_programs = KeptPrograms(
        only=tuple(words) if what == "only" else (), excepted=tuple(words) if what == "except" else ()
    )
    return 0


_WORDS = frozenset({"on", "off", "list", "only", "except"})


async def _kept(call: Call, words: list[str]) -> int:
    shell: Interpreter = call.shell
    if shell.runtime.kept is None:
        return _not_here(call)
    await ensure_loop()
    return await invoke(shell, Invocation(list(words), shell.state.files, is_kept=True))


def _not_here(call: Call) -> int:
    return call.error("nothing is kept: the script's text has neither `last` nor `keep` in it", 1)


def _described(programs: KeptPrograms | None) -> str:
    """The setting, in words that ``keep`` would take."""
    if programs is None:
        return "off"
    if programs.only:
        return "only " + " ".join(map(quote, programs.only))
    if programs.excepted:
        return "except " + " ".join(map(quote, programs.excepted))
    return "on"


COMMANDS = (keep,)
