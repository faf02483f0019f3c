"""Trees back to text, on one line, for people to read (``jobs``, ``type``) and for the parser to read again.

Each node gives its pieces, strings and nodes; an explicit stack puts them in order, so that depth costs no recursion.
Here-documents are shown as here-strings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from azos_shell.language import tree
from azos_shell.language.quoting import quote_always
from azos_shell.language.tokens import ASSIGNMENT, RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    # A piece of text, or a node and whether it stands between double quotes.
    Piece = str | tuple[Any, bool]

_EXPANDS: Final = re.compile(r"[A-Za-z0-9_@*#?$!({-]").match
_TO_ESCAPE: Final = re.compile(r"([$`\"\\])")


def unparse(node: object) -> str:
    """The text of any node of the tree."""
    written: list[str] = []
    stack: list[Piece] = [(node, False)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            written.append(piece)
        else:
            node, quoted = piece
            stack.extend(reversed(list(_PIECES[type(node)](node, quoted))))
    return "".join(written)


def _joined(nodes: Iterable[object], separator: str, quoted: bool = False) -> Iterator[Piece]:
    between = ""
    for node in nodes:
        if between:
            yield between
        yield node, quoted
        between = separator


# -- words ----------------------------------------------------------------------------------------------------------


def _word(node: tree.Word, quoted: bool) -> Iterator[Piece]:
    between: list[str] = []  # quoted texts side by side, which are written as one
    for part, following in zip(node.parts, (*node.parts, None)[1:], strict=True):
        if isinstance(part, tree.Quoted) and not quoted:
            between.append(part.text)
            continue
        if between:
            yield quote_always("".join(between))
            between = []
        if isinstance(part, tree.Literal) and part.text.endswith("$") and _continues_dollar(following):
            yield part.text[:-1] + "\\$"
        else:
            yield part, quoted
    if between:
        yield quote_always("".join(between))


def _continues_dollar(part: tree.Part | None) -> bool:
    """Whether a dollar sign that stood for itself would begin something right before ``part``."""
    if isinstance(part, tree.Literal):
        return _EXPANDS(part.text) is not None
    return isinstance(part, tree.Quoted | tree.DoubleQuoted | tree.CommandSubstitution)


def _literal(node: tree.Literal, quoted: bool) -> Iterator[Piece]:
    yield node.text


def _quoted(node: tree.Quoted, quoted: bool) -> Iterator[Piece]:
    yield _TO_ESCAPE.sub(r"\\\1", node.text) if quoted else quote_always(node.text)


def _double_quoted(node: tree.DoubleQuoted, quoted: bool) -> Iterator[Piece]:
    yield '"'
    for part in node.parts:
        yield part, True
    yield '"'


def _parameter(node: tree.Parameter, quoted: bool) -> Iterator[Piece]:
    if node.operator == "bad" and node.argument is not None:
        yield node.argument.text or ""
    elif not (node.operator or node.subscript) and node.end - node.start == len(node.name) + 1:
        yield f"${node.name}"
    else:
        yield from _braced(node, quoted)


def _braced(node: tree.Parameter, quoted: bool) -> Iterator[Piece]:
    prefix = node.operator if node.is_length or node.operator == "!" else ""
    yield f"${{{prefix}{node.name}"
    if node.subscript is not None:
        yield "["
        yield node.subscript, False
        yield "]"
    if not prefix:
        yield node.operator
    for before, word in (("", node.argument), (":" if node.operator == ":" else "/", node.second)):
        if word is None:
            continue
        yield before
        if node.operator == ":":
            yield from _expression(word)
        else:
            yield word, quoted and node.operator[-1] in "-=?+"
    yield "}"


def _expression(word: tree.Word) -> Iterator[Piece]:
    """A word of arithmetic, whose quoted parts are written without quotes."""
    for part in word.parts:
        yield part.text if isinstance(part, tree.Quoted) else (part, True)


def _command_substitution(node: tree.CommandSubstitution, quoted: bool) -> Iterator[Piece]:
    yield "$( " if _begins_with_parenthesis(node.body) else "$("
    yield node.body, False
    yield ")"


def _begins_with_parenthesis(body: tree.CommandList) -> bool:
    """Whether ``$(`` right before the body would be read as arithmetic."""
    if not body.items:
        return False
    node: object = body.items[0].command
    if isinstance(node, tree.AndOr):
        node = node.first
    if isinstance(node, tree.Pipeline):
        node = node.commands[0]
    return isinstance(node, tree.Subshell | tree.ArithmeticCommand)


def _arithmetic_expansion(node: tree.ArithmeticExpansion, quoted: bool) -> Iterator[Piece]:
    yield "$(("
    yield from _expression(node.expression)
    yield "))"


def _tilde(node: tree.Tilde, quoted: bool) -> Iterator[Piece]:
    yield f"~{node.user}"


def _declared(node: tree.DeclaredAssignment, quoted: bool) -> Iterator[Piece]:
    yield node.assignment, False


def _process_substitution(node: tree.ProcessSubstitution, quoted: bool) -> Iterator[Piece]:
    yield f"{node.direction}("
    yield node.body, False
    yield ")"


# -- simple commands ------------------------------------------------------------------------------------------------


def _array(node: tree.ArrayValue, quoted: bool) -> Iterator[Piece]:
    yield "("
    between = ""
    for subscript, value in node.items:
        yield between
        if subscript is not None:
            yield "["
            yield subscript, False
            yield "]="
        yield value, False
        between = " "
    yield ")"


def _assignment(node: tree.Assignment, quoted: bool) -> Iterator[Piece]:
    yield node.name
    if node.subscript is not None:
        yield "["
        yield node.subscript, False
        yield "]"
    yield "+=" if node.append else "="
    yield node.value, False


def _redirection(node: tree.Redirection, quoted: bool) -> Iterator[Piece]:
    if node.variable is not None:
        subscript = node.variable.subscript
        yield f"{{{node.variable.name}{'' if subscript is None else f'[{subscript.text}]'}}}"
    yield "" if node.fd is None else str(node.fd)
    if node.operator not in ("<<", "<<-"):
        yield node.operator if node.operator.endswith("&") else f"{node.operator} "
        yield node.target, False
    elif not node.target.parts:
        yield "< /dev/null"
    else:
        yield "<<< "
        yield from _here_string(node.target)


def _here_string(target: tree.Word) -> Iterator[Piece]:
    """The text of a here-document without the newline at its end, which a here-string adds."""
    *parts, last = target.parts
    if isinstance(last, tree.Quoted):
        last = tree.Quoted(last.text.removesuffix("\n"), last.start, last.end)
    if not parts and isinstance(last, tree.Quoted):
        yield quote_always(last.text)
    else:
        yield tree.DoubleQuoted((*parts, last), target.start, target.end), False


def _simple_command(node: tree.SimpleCommand, quoted: bool) -> Iterator[Piece]:
    words = node.words
    if words and not node.assignments and (text := _unlike_a_command(words[0])) is not None:
        yield quote_always(text)
        words = words[1:]
        yield " " if words or node.redirections else ""
    yield from _joined((*node.assignments, *words, *node.redirections), " ")


def _unlike_a_command(word: tree.Word) -> str | None:
    """The text of a first word that, bare, would be a reserved word or an assignment."""
    text = word.text
    if text is None or not all(isinstance(part, tree.Literal) for part in word.parts):
        return None
    return text if text in RESERVED or ASSIGNMENT.match(text, 0) else None


# -- lists ----------------------------------------------------------------------------------------------------------


def _pipeline(node: tree.Pipeline, quoted: bool) -> Iterator[Piece]:
    yield {"": "", "posix": "time -p "}.get(node.timed, "time ")
    yield "! " if node.negated else ""
    for command, merges in zip(node.commands, node.merge_errors, strict=True):
        yield command, False
        if command is not node.commands[-1]:
            yield " |& " if merges else " | "


def _and_or(node: tree.AndOr, quoted: bool) -> Iterator[Piece]:
    yield node.first, False
    for operator, command in node.rest:
        yield f" {operator} "
        yield command, False


def _list_item(node: tree.ListItem, quoted: bool) -> Iterator[Piece]:
    yield node.command, False
    if node.background:
        yield " &"


def _command_list(node: tree.CommandList, quoted: bool) -> Iterator[Piece]:
    for item in node.items:
        yield item, False
        if item is not node.items[-1]:
            yield " " if item.background else "; "


def _closed(body: tree.CommandList) -> Iterator[Piece]:
    """A list and what must stand before the keyword after it."""
    yield body, False
    yield " " if not body.items or body.items[-1].background else "; "


# -- compound commands ----------------------------------------------------------------------------------------------


def _redirected(redirections: tuple[tree.Redirection, ...]) -> Iterator[Piece]:
    for redirection in redirections:
        yield " "
        yield redirection, False


def _brace_group(node: tree.BraceGroup, quoted: bool) -> Iterator[Piece]:
    yield "{ "
    yield from _closed(node.body)
    yield "}"
    yield from _redirected(node.redirections)


def _subshell(node: tree.Subshell, quoted: bool) -> Iterator[Piece]:
    yield "( "
    yield node.body, False
    yield " )"
    yield from _redirected(node.redirections)


def _if(node: tree.If, quoted: bool) -> Iterator[Piece]:
    keyword = "if "
    for condition, body in node.clauses:
        yield keyword
        yield from _closed(condition)
        yield "then "
        yield from _closed(body)
        keyword = "elif "
    if node.otherwise is not None:
        yield "else "
        yield from _closed(node.otherwise)
    yield "fi"
    yield from _redirected(node.redirections)


def _do(body: tree.CommandList, redirections: tuple[tree.Redirection, ...]) -> Iterator[Piece]:
    yield "do "
    yield from _closed(body)
    yield "done"
    yield from _redirected(redirections)


def _for(node: tree.For | tree.Select, quoted: bool) -> Iterator[Piece]:
    yield f"{'for' if isinstance(node, tree.For) else 'select'} {node.name}"
    if node.words is not None:
        yield " in "
        yield from _joined(node.words, " ")
    yield "; "
    yield from _do(node.body, node.redirections)


def _arithmetic_for(node: tree.ArithmeticFor, quoted: bool) -> Iterator[Piece]:
    yield "for (("
    yield from _expression(node.initial)
    yield ";"
    yield from _expression(node.condition)
    yield ";"
    yield from _expression(node.step)
    yield ")); "
    yield from _do(node.body, node.redirections)


def _while(node: tree.While, quoted: bool) -> Iterator[Piece]:
    yield "until " if node.until else "while "
    yield from _closed(node.condition)
    yield from _do(node.body, node.redirections)


def _case(node: tree.Case, quoted: bool) -> Iterator[Piece]:
    yield "case "
    yield node.word, False
    yield " in "
    for clause in node.clauses:
        yield "(" if clause.patterns[0].text == "esac" else ""
        yield from _joined(clause.patterns, " | ")
        yield ") "
        yield clause.body, False
        yield f" {clause.terminator} "
    yield "esac"
    yield from _redirected(node.redirections)


def _function(node: tree.FunctionDefinition, quoted: bool) -> Iterator[Piece]:
    yield f"{node.name}() "
    yield node.body, False


def _arithmetic_command(node: tree.ArithmeticCommand, quoted: bool) -> Iterator[Piece]:
    yield "(("
    yield from _expression(node.expression)
    yield "))"
    yield from _redirected(node.redirections)


def _conditional_command(node: tree.ConditionalCommand, quoted: bool) -> Iterator[Piece]:
    yield "[[ "
    yield node.expression, False
    yield " ]]"
    yield from _redirected(node.redirections)


def _unary(node: tree.ConditionalUnary, quoted: bool) -> Iterator[Piece]:
    yield f"{node.operator} "
    yield node.operand, False


def _binary(node: tree.ConditionalBinary, quoted: bool) -> Iterator[Piece]:
    yield node.left, False
    yield f" {node.operator} "
    yield node.right, False


def _logic(node: tree.ConditionalLogic, quoted: bool) -> Iterator[Piece]:
    between = "! " if node.operator == "!" else ""
    for operand in node.operands:
        yield between
        nested = isinstance(operand, tree.ConditionalLogic)
        yield "( " if nested else ""
        yield operand, False
        yield " )" if nested else ""
        between = f" {node.operator} "


_PIECES: Final[dict[type, Callable[[Any, bool], Iterator[Piece]]]] = {
    tree.Word: _word,
    tree.Literal: _literal,
    tree.Quoted: _quoted,
    tree.DoubleQuoted: _double_quoted,
    tree.Parameter: _parameter,
    tree.CommandSubstitution: _command_substitution,
    tree.ArithmeticExpansion: _arithmetic_expansion,
    tree.Tilde: _tilde,
    tree.ProcessSubstitution: _process_substitution,
    tree.DeclaredAssignment: _declared,
    tree.ArrayValue: _array,
    tree.Assignment: _assignment,
    tree.Redirection: _redirection,
    tree.SimpleCommand: _simple_command,
    tree.Pipeline: _pipeline,
    tree.AndOr: _and_or,
    tree.ListItem: _list_item,
    tree.CommandList: _command_list,
    tree.BraceGroup: _brace_group,
    tree.Subshell: _subshell,
    tree.If: _if,
    tree.For: _for,
    tree.Select: _for,
    tree.ArithmeticFor: _arithmetic_for,
    tree.While: _while,
    tree.Case: _case,
    tree.FunctionDefinition: _function,
    tree.ArithmeticCommand: _arithmetic_command,
    tree.ConditionalCommand: _conditional_command,
    tree.ConditionalUnary: _unary,
    tree.ConditionalBinary: _binary,
    tree.ConditionalLogic: _logic,
}
