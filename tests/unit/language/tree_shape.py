"""Trees as short texts, so that tests can say what they expect in a line.

Words: a literal is its text, ``'…'`` is quoted text, ``"…"`` double quotes, ``${name operator argument}`` a parameter,
``$(…)`` commands, ``((…))`` arithmetic, ``~user`` a tilde; parts are joined by ``.``. Commands: ``[word word]``.
"""

from __future__ import annotations

from azos_shell.language import tree
from azos_shell.language.parser import parse


def word_shape(text: str) -> str:
    """The shape of the first word after the command name in ``echo TEXT``."""
    return shape(first_command("echo " + text).words[1])


def first_command(text: str) -> tree.SimpleCommand:
    command = parse(text).items[0].command
    assert isinstance(command, tree.SimpleCommand)
    return command


def line_shape(text: str) -> str:
    return shape(parse(text))


def shape(node: object) -> str:
    match node:
        case tree.Word():
            return ".".join(map(shape, node.parts)) or "ø"
        case tree.Literal():
            return node.text
        case tree.Quoted():
            return f"'{node.text}'"
        case tree.DoubleQuoted():
            return '"' + ".".join(map(shape, node.parts)) + '"'
        case tree.Parameter():
            return _parameter(node)
        case tree.CommandSubstitution():
            return f"$({shape(node.body)})"
        case tree.ProcessSubstitution():
            return f"{node.direction}({shape(node.body)})"
        case tree.ArithmeticExpansion():
            return f"(({shape(node.expression)}))"
        case tree.Tilde():
            return f"~{node.user}"
        case tree.CommandList():
            return "; ".join(map(shape, node.items))
        case tree.ListItem():
            return shape(node.command) + (" &" if node.background else "")
        case tree.AndOr():
            return shape(node.first) + "".join(
                f" {operator} {shape(command)}" for operator, command in node.rest
            )
        case tree.Pipeline():
            return _pipeline(node)
        case tree.SimpleCommand():
            return "[" + " ".join(map(shape, (*node.assignments, *node.words, *node.redirections))) + "]"
        case tree.Assignment():
            subscript = "" if node.subscript is None else f"[{shape(node.subscript)}]"
            return f"{node.name}{subscript}{'+' if node.append else ''}={shape(node.value)}"
        case tree.ArrayValue():
            return f"({' '.join(_element(*item) for item in node.items)})"
        case tree.Redirection():
            return f"{'' if node.fd is None else node.fd}{node.operator}{shape(node.target)}"
    return _compound(node) + "".join(" " + shape(r) for r in getattr(node, "redirections", ()))


def _element(subscript: tree.Word | None, value: tree.Word) -> str:
    return shape(value) if subscript is None else f"[{shape(subscript)}]={shape(value)}"


def _parameter(node: tree.Parameter) -> str:
    subscript = "" if node.subscript is None else f"[{shape(node.subscript)}]"
    words = [shape(word) for word in (node.argument, node.second) if word is not None]
    if node.is_length:
        return f"${{#{node.name}{subscript}}}"
    return "${" + " ".join(filter(None, [node.name + subscript, node.operator, *words])) + "}"


def _pipeline(node: tree.Pipeline) -> str:
    text = ("! " if node.negated else "") + (f"{node.timed} " if node.timed else "") + shape(node.commands[0])
    for merges, command in zip(node.merge_errors, node.commands[1:], strict=False):
        text += (" |& " if merges else " | ") + shape(command)
    return text


def _compound(node: object) -> str:
    match node:
        case tree.BraceGroup():
            return f"{{{shape(node.body)}}}"
        case tree.Subshell():
            return f"({shape(node.body)})"
        case tree.If():
            clauses = " ".join(
                f"if {shape(condition)} then {shape(body)}" for condition, body in node.clauses
            )
            return clauses + (f" else {shape(node.otherwise)}" if node.otherwise else "")
        case tree.For():
            words = "@" if node.words is None else " ".join(map(shape, node.words))
            return f"for {node.name} in {words} do {shape(node.body)}"
        case tree.ArithmeticFor():
            return (
                f"for {shape(node.initial)},{shape(node.condition)},{shape(node.step)} do {shape(node.body)}"
            )
        case tree.While():
            return f"{'until' if node.until else 'while'} {shape(node.condition)} do {shape(node.body)}"
        case tree.Case():
            clauses = " ".join(
                f"{'|'.join(map(shape, c.patterns))}) {shape(c.body)}{c.terminator}" for c in node.clauses
            )
            return f"case {shape(node.word)} {clauses}"
        case tree.FunctionDefinition():
            return f"{node.name}() {shape(node.body)}"
        case tree.ArithmeticCommand():
            return f"(({shape(node.expression)}))"
        case tree.ConditionalCommand():
            return f"[[{shape(node.expression)}]]"
        case tree.ConditionalUnary():
            return f"{node.operator} {shape(node.operand)}"
        case tree.ConditionalBinary():
            return f"{shape(node.left)} {node.operator} {shape(node.right)}"
        case tree.ConditionalLogic():
            return f"{node.operator}({', '.join(map(shape, node.operands))})"
    raise AssertionError(node)
