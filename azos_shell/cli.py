"""The command line's rarer forms, by typer: ``--help``, ``--version`` and ``history import``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from azos_shell.app import version

app = typer.Typer(
    name="azos",
    add_completion=False,
    no_args_is_help=False,
    help="An interactive terminal shell in which slow commands become fast.",
    epilog="azos alone starts the prompt, or runs standard input as a script if that is no terminal. "
    "azos FILE [ARGUMENTS] runs a script; azos -c COMMAND [NAME [ARGUMENTS]] is azos run COMMAND with parameters. "
    "Options of set may be given, too: -e -u -x -n -f -C, -o NAME; -i forces a prompt, -s reads standard input.",
)
history = typer.Typer(help="Lines typed at the prompt.", no_args_is_help=True)
app.add_typer(history, name="history")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(version())
        raise typer.Exit


@app.callback()
def _top(
    version_: Annotated[
        bool, typer.Option("--version", "-V", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """An interactive terminal shell in which slow commands become fast."""


@app.command("run", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def _run(command: Annotated[str, typer.Argument(help="A command line.")]) -> None:
    """Run one command line and exit with its status."""
    raise typer.Exit(
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-m", "azos_shell", "run", command])
    )


@history.command("import")
def _import(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="One command a line.")],
) -> None:
    """Add every line of a file to the history, the oldest first."""
    from azos_shell.bus.services import Services

    environment = {os.fsdecode(name): os.fsdecode(value) for name, value in os.environb.items()}
    services = Services(environment, warn=lambda message: typer.echo(f"azos: {message}", err=True))
    lines = [line.decode("utf-8", "surrogateescape") for line in file.read().splitlines() if line.strip()]
    count = services.history.import_lines(lines)
    services.close()
    typer.echo(f"{count} lines imported")


def run(arguments: list[str]) -> int:
    """Run the typer application and return the exit status."""
    try:
        result = app(arguments, prog_name="azos", standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as end:
        return int(end.exit_code)
    except typer.Abort:
        return 130
    except Exception as error:
        import click

        if isinstance(error, click.ClickException):
            error.show()
            return error.exit_code
        raise
    return int(result) if isinstance(result, int) else 0
