"""The state of one shell: what a subshell gets a copy of (POSIX XCU 2.13, Shell Execution Environment)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from azos_shell.shell.files import FileTable
from azos_shell.shell.variables import Variables

if TYPE_CHECKING:
    from random import Random

    from azos_shell.language.tree import FunctionDefinition
    from azos_shell.shell.kept_programs import KeptPrograms

OPTION_LETTERS: Mapping[str, str] = {
    "a": "allexport",
    "b": "notify",
    "B": "braceexpand",
    "C": "noclobber",
    "E": "errtrace",
    "H": "histexpand",
    "P": "physical",
    "T": "functrace",
    "e": "errexit",
    "f": "noglob",
    "h": "hashall",
    "m": "monitor",
    "n": "noexec",
    "t": "onecmd",
    "u": "nounset",
    "v": "verbose",
    "x": "xtrace",
}
"""The options of ``set`` that have a letter (POSIX XCU set)."""

OPTION_NAMES = (*OPTION_LETTERS.values(), "ignoreeof", "pipefail", "vi", "emacs", "posix", "nolog", "history")


DEFAULT_SHOPTS = frozenset({"expand_aliases", "inherit_errexit", "sourcepath"})
"""The options of ``shopt`` that are on at first: what POSIX says is so."""


class Options:
    """The options of ``set``, each an attribute of its name, and the names of those of ``shopt`` that are on."""

    __slots__ = (*OPTION_NAMES, "interactive", "shopts")

    allexport: bool
    braceexpand: bool
    histexpand: bool
    physical: bool
    onecmd: bool
    posix: bool
    nolog: bool
    history: bool
    shopts: frozenset[str]
    errexit: bool
    errtrace: bool
    functrace: bool
    hashall: bool
    ignoreeof: bool
    interactive: bool
    monitor: bool
    noclobber: bool
    noexec: bool
    noglob: bool
    nounset: bool
    pipefail: bool
    verbose: bool
    xtrace: bool
    notify: bool
    vi: bool
    emacs: bool
    shopt: frozenset[str]
    """The options of ``shopt`` that are on."""

    def __init__(self) -> None:
        for name in self.__slots__:
            setattr(self, name, False)
        self.braceexpand = True
        self.shopts = DEFAULT_SHOPTS

    def copy(self) -> Options:
        """An independent copy."""
        twin = Options.__new__(Options)
        twin.take(self)
        return twin

    def take(self, other: Options) -> None:
        """Become what ``other`` is."""
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))

    def letters(self) -> str:
        """What ``$-`` says."""
        on = "".join(letter for letter, name in OPTION_LETTERS.items() if getattr(self, name))
        return on + ("i" if self.interactive else "")

    def __repr__(self) -> str:
        return f"<Options {' '.join(name for name in OPTION_NAMES if getattr(self, name))}>"


class ShellState:
    """Variables, options, functions, files and directory of one shell or subshell."""

    __slots__ = (
        "aliases",
        "background_pid",
        "cwd",
        "directories",
        "file_mask",
        "files",
        "function_files",
        "functions",
        "getopts_index",
        "getopts_position",
        "is_subshell",
        "kept_programs",
        "last_argument",
        "last_status",
        "limits",
        "line",
        "listed_traps",
        "name",
        "options",
        "pipe_statuses",
        "plain_names",
        "positional",
        "random",
        "seconds_from",
        "subshell_depth",
        "substitution_status",
        "traps",
        "variables",
    )

    def __init__(self, environment: Mapping[str, str], *, name: str, files: FileTable | None = None) -> None:
        self.variables = Variables(environment)
        self.positional: list[str] = []
        self.name = name
        self.options = Options()
        self.functions: dict[str, FunctionDefinition] = {}
        self.function_files: dict[str, str] = {}
        """The files that functions are from, where that is known."""
        self.aliases: dict[str, str] = {}
        self.traps: dict[str, str] = {}
        self.listed_traps: dict[str, str] | None = None
        """What ``trap`` lists in a subshell that has set none: its parent's (POSIX XCU trap, for ``$(trap)``)."""
        self.files = files if files is not None else FileTable.standard()
        self.cwd = logical_directory(environment.get("PWD"))
        self.is_subshell = False
        self.subshell_depth = 0
        self.last_argument = ""
        self.plain_names: frozenset[str] = frozenset()
        """Dynamic variables that were unset and are ordinary ones since."""
        self.random: Random | None = None
        """What ``RANDOM`` takes its numbers from, once it was asked for."""
        self.seconds_from: float | None = None
        """The moment that ``SECONDS`` counts from, where it was set."""
        self.last_status = 0
        self.pipe_statuses: list[int] | None = None
        self.substitution_status: int | None = None
        self.background_pid: int | None = None
        self.line = 0
        self.getopts_index = 1
        self.getopts_position = 0
        self.directories: list[str] = []
        """The directory stack under the working directory."""
        self.limits: dict[int, tuple[int, int]] | None = None
        """What ``ulimit`` set: soft and hard limit of the programs started."""
        self.kept_programs: KeptPrograms | None = None
        """The programs whose output is kept (``keep``)."""
        self.file_mask: int | None = None
        """The umask of a subshell that set one; None: the process's."""

    def subshell(self) -> ShellState:
        """A copy that changes on its own. Whoever asked for it releases its files at the end."""
        twin = ShellState.__new__(ShellState)
        twin.variables = self.variables.copy()
        twin.positional = self.positional.copy()
        twin.name = self.name
        twin.options = self.options.copy()
        twin.functions = self.functions.copy()
        twin.function_files = self.function_files
        twin.aliases = self.aliases.copy()
        twin.traps = inherited_traps(self) if self.traps else {}
        twin.listed_traps = (self.traps or None) if self.listed_traps is None else self.listed_traps
        twin.files = self.files.fork()
        twin.cwd = self.cwd
        twin.directories = self.directories  # lists and dicts here are replaced, never changed
        twin.limits = self.limits
        twin.kept_programs = self.kept_programs
        twin.is_subshell = True
        twin.subshell_depth = self.subshell_depth + 1
        twin.last_argument = self.last_argument
        twin.plain_names = self.plain_names
        twin.random = None
        twin.seconds_from = self.seconds_from
        twin.last_status = self.last_status
        twin.pipe_statuses = self.pipe_statuses
        twin.substitution_status = None
        twin.background_pid = self.background_pid
        twin.line = self.line
        twin.getopts_index = self.getopts_index
        twin.getopts_position = self.getopts_position
        twin.file_mask = self.file_mask
        return twin

    def alias(self, name: str) -> str | None:
        """The text of an alias, where they are expanded."""
        return self.aliases.get(name) if "expand_aliases" in self.options.shopts else None

    def __repr__(self) -> str:
        kind = "subshell" if self.is_subshell else "shell"
        return f"<ShellState {kind} {self.name!r} in {self.cwd!r} status {self.last_status}>"


def inherited_traps(state: ShellState) -> dict[str, str]:
    """The traps that a subshell keeps: what is ignored, and with ``set -E`` and ``set -T`` the moments."""
    options = state.options
    kept = {"ERR": options.errtrace, "DEBUG": options.functrace, "RETURN": options.functrace}
    return {
        name: action
        for name, action in state.traps.items()
        if (action == "" and name != "EXIT") or kept.get(name, False)
    }


def logical_directory(pwd: str | None) -> str:
    """The working directory: ``PWD`` where it is right (POSIX XCU pwd -L), else the physical one."""
    try:
        physical = os.getcwdb().decode("utf-8", "surrogateescape")
    except OSError:  # it was removed
        return pwd if pwd and pwd.startswith("/") else "/"
    if pwd and pwd.startswith("/") and not {".", ".."} & set(pwd.split("/")):
        try:
            if os.path.samefile(pwd, "."):
                return pwd
        except OSError:
            pass
    return physical
