"""echo: write the words, as bash does."""

from __future__ import annotations

from azos_shell.plugin import Call, command


@command("echo", raw=True, usage="echo [-neE] [WORD…]", category="Input and output")
def echo(call: Call) -> int:
    r"""Write the words, separated by blanks, and a newline.

    Backslashes are left alone unless `-e` is given; `printf` is the portable way to write special characters.
    The first word that is not made of the option letters alone, and all after it, are written: `echo --`
    writes `--`.

    With `-e` these are read: `\a \b \e \f \n \r \t \v \\`, `\c` (write nothing more), `\0NNN` (up to three
    octal digits), `\xHH`, `\uHHHH` and `\UHHHHHHHH` (hexadecimal).

    Options:
        -n  write no newline at the end
        -e  read backslash escapes
        -E  leave backslashes alone (the default)

    Examples:
        $ echo hello   world
        hello world
        $ echo -e 'one\ntwo'
        one
        two
        $ echo -n "no newline"; echo
        no newline

    Exit status:
        0, or 1 when the output can't be written.
    """
    args = call.args
    text = " ".join(args)
    if text[:1] != "-" and "\\" not in text:
        call.stdout.write((text + "\n").encode("utf-8", "surrogateescape"))
        return 0
    call.stdout.write(_with_options(args, escapes=call.shell.has_option("xpg_echo")))
    return 0


def _with_options(args: list[str], *, escapes: bool) -> bytes:
    newline, index = b"\n", 0
    while index < len(args) and _is_options(args[index]):
        for letter in args[index][1:]:
            if letter == "n":
                newline = b""
            else:
                escapes = letter == "e"
        index += 1
    text = " ".join(args[index:])
    if not escapes:
        return text.encode("utf-8", "surrogateescape") + newline
    from azos_shell.commands.echo_escapes import ECHO, unescape

    data, stopped = unescape(text, ECHO)
    return data if stopped else data + newline


def _is_options(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and not word[1:].strip("neE")


COMMANDS = (echo,)
