"""Tracing: ``trace COMMAND`` shows the stages of one dispatch."""

from __future__ import annotations

from azos_shell.plugin import Call, command
from azos_shell.shell.interpreter import Interpreter
from azos_shell.shell.simple import Invocation, invoke


@command("trace", raw=True, usage="trace COMMAND [ARGUMENT…]", category="Measuring")
async def trace(call: Call) -> int:
    """Run a command and show, on standard error, what the bus did with it and how long each stage took.

    The stages are resolve, plan, cache, admit, guard, run, record and deliver; the exit status is the command's.
    """
    from azos_shell.bus.delivery import colour_wanted, terminal_width
    from azos_shell.bus.trace import Trace
    from azos_shell.rendering.tree import trace_tree

    shell: Interpreter = call.shell
    if not call.args:
        return call.error("usage: trace COMMAND [ARGUMENT…]", 2)
    traced = Trace(shell.runtime.services.clock)
    name = call.args[0]
    with traced.stage("resolve") as note:
        note.detail = _meaning(shell, name)
    try:
        return await invoke(shell, Invocation(list(call.args), shell.state.files, trace=traced))
    finally:
        tree = trace_tree(
            traced.stages,
            width=terminal_width(call.stderr),
            colour=colour_wanted(call.stderr, shell),
        )
        call.stderr.write(tree)


def _meaning(shell: Interpreter, name: str) -> str:
    if name in shell.state.functions:
        return f"{name}: function"
    found = shell.runtime.registry.get(name)
    if found is not None:
        return f"{name}: built-in, lane {found.lane.value}"
    path = shell.runtime.programs.find(name, shell.state.variables.get("PATH"), shell.cwd)
    return f"{name}: {path or 'not found'}"


COMMANDS = (trace,)
