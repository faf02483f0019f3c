"""The tokens of the command language (POSIX 2.3, 2.4 and 2.10.1) as regular expressions and tables.

A backslash-newline may stand between any two characters outside single quotes. The hot expressions leave it out; each
has a slow twin that has it, tried when the hot one does not match.
"""

from __future__ import annotations

import re
from typing import Final

from azos_shell.language.lazy_regex import LazyRegex

# Kinds of token; the first three are the group numbers of TOKEN.
PLAIN: Final = 1  # a word of safe characters only: its text is its value
OPERATOR: Final = 2  # control and redirection operators, and the newline
IO_NUMBER: Final = 3
WORD: Final = 4  # a word that holds quotes, expansions, patterns, braces or tildes; to be read part by part
END: Final = 5  # the input has ended

# What ``Lexer.token`` holds for a WORD: no PLAIN token can be equal to it, since it holds a blank.
COMPLEX_WORD: Final = " word"

REDIRECTIONS: Final = frozenset(["<", ">", ">>", ">|", "<>", "<&", ">&", "<<", "<<-", "<<<", "&>", "&>>"])
CONTROL: Final = ("\n", "&&", "||", ";;&", ";;", ";&", ";", "|&", "|", "&", "(", ")")

CLOSERS: Final = frozenset(["}", "then", "do", "done", "fi", "elif", "else", "esac"])
OPENERS: Final = frozenset(["{", "if", "for", "while", "until", "case", "function", "select", "[["])
# The commands whose operands are assignments (POSIX.1-2024 2.9.1.1, "declaration utility"; bash), and those in front of
# which they stay such.
DECLARING: Final = frozenset(["export", "readonly", "local", "declare", "typeset"])
BEFORE_DECLARING: Final = frozenset(["command", "builtin"])

RESERVED: Final = CLOSERS | OPENERS | {"!", "in", "time", "]]"}

# Where a list ends: at a word or operator that closes what is around it, at the newline of a top-level list, or at
# the end of the input, whose token is empty.
LIST_ENDS: Final = CLOSERS | {"", "\n", ")", ";;", ";&", ";;&"}

CONTINUATION: Final = r"(?:\\\n)*+"
NAME: Final = r"[A-Za-z_](?:[A-Za-z0-9_]|\\\n)*+"

_SAFE = r"[^ \t\n\\'\"$`*?\[~{#<>&|;()]"
_INNER = r"[^ \t\n\\'\"$`*?\[~{<>&|;()]"
_PLAIN = rf"=~|{_SAFE}{_INNER}*+|\[\[?|\{{\}}?"
# A plain word may stand right before a redirection, unless its last digit belongs to that.
_AFTER_PLAIN = r"[ \t\n;|&()]|\Z|(?<![0-9])[<>](?!\()"
_OPERATORS = sorted([*REDIRECTIONS, *CONTROL], key=len, reverse=True)
_BLANK = r"[ \t]*+(?:\\\n[ \t]*+)*+(?:#[^\n]*+)?+"


def _alternatives(between: str) -> str:
    return "|".join(between.join(map(re.escape, operator)) for operator in _OPERATORS)


# An operator that stands before "(" after "<" or ">" is a process substitution, thus the start of a word. Nine digits
# are more than any file descriptor has; longer runs are words.
TOKEN: Final = re.compile(
    rf"{_BLANK}(?:"
    rf"(?>({_PLAIN}))(?={_AFTER_PLAIN})"
    rf"|(?![<>]\()(?>({_alternatives('')}))(?!\\\n)"
    rf"|([0-9]{{1,9}}+)(?=[<>](?![(\\]))"
    rf")?+"
).match

SLOW_TOKEN: Final = LazyRegex(
    rf"(?!(?:[0-9]|\\\n)++[<>])(?>({_SAFE}(?:{_INNER}|\\\n(?!\Z))*+|\[(?:\\\n)*+\[?))(?={CONTINUATION}(?:{_AFTER_PLAIN}))"
    rf"|(?![<>]{CONTINUATION}\()({_alternatives(CONTINUATION)})"
    rf"|([0-9](?:[0-9]|\\\n){{0,8}}+)(?=[<>]{CONTINUATION}(?!\())"
)

ASSIGNMENT: Final = LazyRegex(rf"({NAME})(\+?){CONTINUATION}=")
# A subscript and what follows it, as far as needed to tell it from a pattern such as a[bc]*.
_SUBSCRIPT = r"\[(?:[^\[\]\n\"']|\[[^\[\]\n]*+\]|\"[^\"\n]*+\"|'[^'\n]*+')++\]\+?="
SUBSCRIPTED: Final = LazyRegex(rf"({NAME})(?={_SUBSCRIPT})")
ELEMENT: Final = LazyRegex(rf"(?={_SUBSCRIPT})")
AFTER_SUBSCRIPT: Final = LazyRegex(r"\](\+?)=")
# {name} and {name[subscript]} before a redirection (bash).
DESCRIPTOR: Final = LazyRegex(
    r"\{([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\s\]\[$`'\"\\{}<>&|;()]+)\])?\}(?=[<>](?!\())"
)
FUNCTION_NAME: Final = LazyRegex(r"[^=$'\"\\`<>&|;()\s]+\Z")
IDENTIFIER: Final = LazyRegex(r"[A-Za-z_][A-Za-z0-9_]*\Z")
