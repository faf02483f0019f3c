"""What a plugin author may import, and all of it: azos's own commands are written against this face, too.

    from azos_shell.plugin import Call, command

    @command("greet", usage="greet NAME")
    def greet(call: Call, name: str) -> int:
        \"\"\"Say hello.\"\"\"
        call.write(f"hello {name}\\n")
        return 0

A plugin gives its commands to azos by the hook ``azos_commands`` (see ``azos_shell.plugin.hooks``).
"""

from azos_shell.bus.call import Call, Input, Output, ShellView
from azos_shell.bus.command import Argument, CachePolicy, Command, Option, Plan, command
from azos_shell.bus.services import Services
from azos_shell.core.drive import ensure_loop, loop_running
from azos_shell.core.errors import (
    AzosError,
    BusyError,
    DependencyError,
    NotExecutableError,
    NotFoundError,
    TimeLimitError,
    UnavailableError,
    UsageError,
)
from azos_shell.core.values import Chunk, LaneName, Priority, Records

__all__ = [
    "Argument",
    "AzosError",
    "BusyError",
    "CachePolicy",
    "Call",
    "Chunk",
    "Command",
    "DependencyError",
    "Input",
    "LaneName",
    "NotExecutableError",
    "NotFoundError",
    "Option",
    "Output",
    "Plan",
    "Priority",
    "Records",
    "Services",
    "ShellView",
    "TimeLimitError",
    "UnavailableError",
    "UsageError",
    "command",
    "ensure_loop",
    "loop_running",
]
