"""The call: what one command is given when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from azos_shell.language.visible import visible

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

    from azos_shell.bus.services import Services
    from azos_shell.bus.trace import Trace
    from azos_shell.core.values import Records
    from azos_shell.records.reading import Reading


class Output(Protocol):
    """Where bytes go: a descriptor, or the memory of a command substitution."""

    def write(self, data: bytes) -> None:
        """Write all of ``data`` or queue what a full pipe does not take. Raises OSError (BrokenPipeError too)."""

    async def drain(self) -> None:
        """Wait until nothing is queued; costs nothing when nothing is."""

    def fileno(self) -> int:
        """The descriptor, made if there is none yet."""
        ...

    def is_terminal(self) -> bool:
        """Whether a person looks at it."""
        ...


class Input(Protocol):
    """Where bytes come from."""

    async def read(self, size: int = 65536) -> bytes:
        """Up to ``size`` bytes, at least one unless at the end. Never reads ahead of what it returns."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """All that is left, as it comes."""
        ...

    def fileno(self) -> int:
        """The descriptor."""
        ...

    def is_terminal(self) -> bool:
        """Whether a person types it."""
        ...


class Reader(Protocol):
    """A program that shows to a person what is written to it (a pager)."""

    def write(self, data: bytes) -> None:
        """Write all of it, or queue it. Raises BrokenPipeError once the program has ended."""

    async def drain(self) -> None:
        """Wait until it has taken what was written."""

    def when_reader_leaves(self, act: Callable[[], None]) -> Callable[[], None]:
        """Call ``act`` when it has ended; returns what ends the watch."""
        ...

    async def close(self) -> None:
        """There is no more: wait for its end."""


class ShellView(Protocol):
    """What a command may know of, and do to, the shell that calls it. Built-ins of the shell see more of it."""

    @property
    def cwd(self) -> str:
        """The working directory of this shell (of a subshell: its own), absolute."""
        ...

    @property
    def origin(self) -> str:
        """How messages begin: ``azos: script: line 3: ``, or just ``azos: `` at a prompt."""
        ...

    @property
    def is_interactive(self) -> bool:
        """Whether a person is at a prompt."""
        ...

    def get(self, name: str) -> str | None:
        """The value of a variable."""
        ...

    def has_option(self, name: str) -> bool:
        """Whether an option of ``shopt`` is on."""
        ...

    def set(self, name: str, value: str) -> None:
        """Set a variable, or an element by ``name[subscript]``; raises AzosError if it is read-only."""

    def environment(self) -> Mapping[str, str]:
        """The exported variables."""
        ...

    def resolve_path(self, path: str) -> str:
        """``path`` as the shell's working directory has it (the process may stand elsewhere)."""
        ...

    async def open_pager(self) -> Reader | None:
        """A pager for what is longer than the screen; None where there is none to be had."""
        ...


class Call:
    """One command called once: its name and arguments, its three files, the shell and the services.

    ``status`` is the exit status that a command which yields its output ends with; commands that return take the
    status they return. ``fresh`` asks to go round the cache. A command that ends normally although what it depends on
    failed (a server's 5xx) sets ``dependency_failed``, which counts against its circuit.
    """

    __slots__ = (
        "args",
        "dependency_failed",
        "format",
        "fresh",
        "input_is_given",
        "is_fed",
        "name",
        "services",
        "shell",
        "status",
        "stderr",
        "stdin",
        "stdout",
        "trace",
    )

    def __init__(
        self,
        name: str,
        args: list[str],
        *,
        stdin: Input,
        stdout: Output,
        stderr: Output,
        shell: Any,
        services: Services,
        trace: Trace | None = None,
        fresh: bool = False,
    ) -> None:
        self.name = name
        self.args = args
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.shell = shell
        self.services = services
        self.status = 0
        self.trace = trace
        self.fresh = fresh
        self.dependency_failed = False
        self.is_fed = False
        """Whether another command of the pipeline feeds it, and goes on only as it does."""
        self.input_is_given = False
        """Whether standard input was made for this command alone: it stands behind a pipe, or is redirected."""
        self.format: str | None = None
        """The format that was asked for (``--json`` and kin), of a command of records."""

    def write(self, text: str) -> None:
        """Write text to standard output; bytes that were no UTF-8 leave as they came."""
        self.stdout.write(text.encode("utf-8", "surrogateescape"))

    def write_names(self, text: str) -> None:
        """Write text that holds names which others gave: as ``write``, but nothing that a terminal would obey to one.

        Lines stay lines.
        """
        if not text.isprintable() and self.stdout.is_terminal():
            text = "\n".join(map(visible, text.split("\n")))
        self.write(text)

    def records(self, reading: Reading | None = None) -> AsyncGenerator[Records, None]:
        """The records that come in: as they are from a command of azos, else read from the bytes of standard input.

        ``reading`` says how bytes are to be read; without it that is told from their beginning. Raises AzosError for
        bytes that are no records. A command that calls this says so: ``@command(…, reads_records=True)``.
        """
        from azos_shell.bus.intake import records_of

        return records_of(self.stdin, reading)

    def error(self, message: str, status: int = 1) -> int:
        """Tell ``azos: NAME: message``, and where in a script that is, on standard error.

        Returns ``status``, for ``return call.error(…)``. Control characters of names and of others' messages are shown
        escaped, passwords in addresses not at all.
        """
        if "://" in message:
            from azos_shell.language.credentials import without_credentials_in_addresses

            message = without_credentials_in_addresses(message)
        self.stderr.write(f"{visible(self.shell.origin)}{visible(self.name)}: {visible(message)}\n".encode())
        return status

    def __repr__(self) -> str:
        return f"<Call {self.name} {self.args!r}>"
