"""The syntax tree of the command language: frozen nodes, each with its place in the source.

The shape follows the grammar of POSIX.1-2024, Shell Command Language, section 2.10, with bash's additions. A node
that would only wrap another is left out: a list of one command is that command's ``ListItem``, a pipeline of one
command that is not negated is the command itself, an and-or list of one pipeline is the pipeline.

``start`` and ``end`` are offsets into the text given to the parser (end exclusive).
"""

from __future__ import annotations

from azos_shell.core.frozen import frozen

# -- words ------------------------------------------------------------------------------------------------------


@frozen
class Literal:
    """Unquoted text: subject to pathname expansion, never to field splitting. Holds no backslash escapes."""

    text: str
    start: int
    end: int


@frozen
class Quoted:
    """Text that stands for itself: from ``'…'``, ``$'…'``, a backslash, or plain text inside double quotes."""

    text: str
    start: int
    end: int


@frozen
class DoubleQuoted:
    """``"…"``: its parts expand, but their results are neither split nor globbed. Plain runs are ``Quoted``."""

    parts: tuple[Part, ...]
    start: int
    end: int


@frozen
class Parameter:
    """``$name`` or ``${name…}``.

    ``operator`` is empty for the bare value, ``#`` with no argument for the length ``${#name}``, ``!`` for
    indirection, else one of ``:- - := = :? ? :+ + % %% # ## : / // /# /% ^ ^^ , ,, @``. ``argument`` is the word
    after the operator (for ``/`` forms the pattern and for ``:`` the offset, with ``second`` the replacement or the
    length). ``subscript`` is None, or the word inside ``[…]``; ``[@]`` and ``[*]`` are words of that literal text.
    ``is_length`` tells ``${#x}`` from ``${x#y}``. ``${!prefix*}`` has the argument ``*`` (or ``@``). With the operator
    ``bad`` the argument holds text that is no expansion, as it is written: an error, but not before it is expanded.
    """

    name: str
    operator: str
    argument: Word | None
    second: Word | None
    subscript: Word | None
    is_length: bool
    start: int
    end: int


@frozen
class CommandSubstitution:
    """``$(…)`` or backquotes; the body is parsed where it stands, so that its errors are the line's errors."""

    body: CommandList
    start: int
    end: int


@frozen
class ArithmeticExpansion:
    """``$((…))``: the expression's text as a word; it is expanded like a double-quoted one, then evaluated."""

    expression: Word
    start: int
    end: int


@frozen
class Tilde:
    """An unquoted ``~`` or ``~user`` where tilde expansion applies; ``user`` is empty for the own home."""

    user: str
    start: int
    end: int


@frozen
class ProcessSubstitution:
    """``<(…)`` (``direction`` is ``<``) or ``>(…)``."""

    direction: str
    body: CommandList
    start: int
    end: int


@frozen
class DeclaredAssignment:
    """An operand ``name=value`` of ``export``, ``declare`` and kin: it expands as an assignment does."""

    assignment: Assignment
    start: int
    end: int


Part = (
    Literal
    | Quoted
    | DoubleQuoted
    | Parameter
    | CommandSubstitution
    | ArithmeticExpansion
    | Tilde
    | ProcessSubstitution
    | DeclaredAssignment
)


@frozen
class Word:
    """One word: parts side by side.

    ``text`` is the single field that the word gives whatever the state of the shell (all its parts are literal or
    quoted, and no unquoted part holds a pattern character), or None where it needs expansion.
    """

    parts: tuple[Part, ...]
    text: str | None
    start: int
    end: int


# -- commands ---------------------------------------------------------------------------------------------------


@frozen
class ArrayValue:
    """``(x y [3]=z)`` on the right of an assignment: (subscript or None, value) pairs."""

    items: tuple[tuple[Word | None, Word], ...]
    start: int
    end: int


@frozen
class Assignment:
    """``name=value``, ``name+=value``, ``name[subscript]=value``."""

    name: str
    subscript: Word | None
    value: Word | ArrayValue
    append: bool
    start: int
    end: int


@frozen
class Redirection:
    """One redirection: ``operator`` is one of ``< > >> >| <> <& >& << <<- <<< &> &>>``.

    ``fd`` is the number written before it, or None. ``target`` is the file word; for here-documents the *content*
    as a word (a single ``Quoted`` part when the delimiter was quoted, else parts to expand as in double quotes).
    ``variable`` is what was written in braces before it (``{name}`` or ``{name[subscript]}``, bash): it gets the
    number that the shell chooses, or has the one to close.
    """

    fd: int | None
    operator: str
    target: Word
    start: int
    end: int
    variable: Assignment | None = None


@frozen
class SimpleCommand:
    """Assignments, words and redirections; ``line`` is 1-based."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class Pipeline:
    """Commands joined by ``|``; ``negated`` by ``!``; ``timed`` by ``time`` (``"time"``; ``-p``: ``"posix"``).

    ``merge_errors[i]`` says that command i was followed by ``|&``. A plain ``! cmd`` is a pipeline of one.
    """

    commands: tuple[Command, ...]
    negated: bool
    timed: str
    merge_errors: tuple[bool, ...]
    start: int
    end: int


@frozen
class AndOr:
    """``first && a || b``: pairs of operator and command, left-associative with equal precedence."""

    first: Command | Pipeline
    rest: tuple[tuple[str, Command | Pipeline], ...]
    start: int
    end: int


@frozen
class ListItem:
    """One and-or list with its terminator; ``background`` when that was ``&``. ``source`` is its own text."""

    command: Command | Pipeline | AndOr
    background: bool
    start: int
    end: int


@frozen
class CommandList:
    """Commands in sequence."""

    items: tuple[ListItem, ...]
    start: int
    end: int


@frozen
class BraceGroup:
    """``{ …; }``."""

    body: CommandList
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class Subshell:
    """``( … )``."""

    body: CommandList
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class If:
    """``if``: (condition, body) pairs for ``if`` and each ``elif``; ``otherwise`` is the ``else`` part."""

    clauses: tuple[tuple[CommandList, CommandList], ...]
    otherwise: CommandList | None
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class For:
    """``for name in words``; ``words`` is None for ``for name`` (the positional parameters)."""

    name: str
    words: tuple[Word, ...] | None
    body: CommandList
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class Select:
    """``select name in words``: as ``For``, with a menu."""

    name: str
    words: tuple[Word, ...] | None
    body: CommandList
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class ArithmeticFor:
    """``for ((initial; condition; step))``; each expression is a word as in ``ArithmeticExpansion``."""

    initial: Word
    condition: Word
    step: Word
    body: CommandList
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class While:
    """``while`` and, with ``until``, its opposite."""

    condition: CommandList
    body: CommandList
    until: bool
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class CaseClause:
    """One clause of ``case``; ``terminator`` is ``;;``, ``;&`` or ``;;&``."""

    patterns: tuple[Word, ...]
    body: CommandList
    terminator: str


@frozen
class Case:
    """``case word in … esac``."""

    word: Word
    clauses: tuple[CaseClause, ...]
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class FunctionDefinition:
    """``name() body`` or ``function name body``; the body's own redirections apply at each call."""

    name: str
    body: Command
    line: int
    start: int
    end: int


@frozen
class ArithmeticCommand:
    """``((…))``."""

    expression: Word
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


@frozen
class ConditionalUnary:
    """``-f word`` inside ``[[ … ]]``."""

    operator: str
    operand: Word


@frozen
class ConditionalBinary:
    """``left == right`` and kin inside ``[[ … ]]``; also ``&&`` and ``||`` through ``ConditionalLogic``."""

    left: Word
    operator: str
    right: Word


@frozen
class ConditionalLogic:
    """``!``, ``&&`` and ``||`` inside ``[[ … ]]``."""

    operator: str
    operands: tuple[ConditionalExpression, ...]


ConditionalExpression = ConditionalUnary | ConditionalBinary | ConditionalLogic


@frozen
class ConditionalCommand:
    """``[[ … ]]``."""

    expression: ConditionalExpression
    redirections: tuple[Redirection, ...]
    line: int
    start: int
    end: int


Command = (
    SimpleCommand
    | BraceGroup
    | Subshell
    | If
    | For
    | Select
    | ArithmeticFor
    | While
    | Case
    | FunctionDefinition
    | ArithmeticCommand
    | ConditionalCommand
)
