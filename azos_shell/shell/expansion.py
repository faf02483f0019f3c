"""Word expansion: from words to fields, in the order of POSIX XCU 2.6.

A word is first turned into *runs*: pieces of text that say how they may still change. ``QUOTED`` text stands as it is;
``LITERAL`` text takes part in pathname expansion; ``SPLIT`` text (from an unquoted expansion) is also split at IFS; a
``BREAK`` ends a field, as between the parameters of ``"$@"``. Runs are then split into fields, and fields that hold an
unquoted pattern character become pathnames.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import replace
from azos_shell.language import patterns
from azos_shell.language.arithmetic_errors import ArithmeticSyntaxError, DivisionByZero
from azos_shell.language.tree import (
    ArithmeticExpansion,
    ArrayValue,
    Assignment,
    CommandSubstitution,
    DeclaredAssignment,
    DoubleQuoted,
    Literal,
    Parameter,
    Part,
    ProcessSubstitution,
    Quoted,
    Tilde,
    Word,
)
from azos_shell.shell.arrays import IndexedArray
from azos_shell.shell.assignment import DeclaredArray, assign
from azos_shell.shell.control import ArithmeticFailure, ExpansionError
from azos_shell.shell.globbing import Globbing, expand_pathnames
from azos_shell.shell.state import DEFAULT_SHOPTS

if TYPE_CHECKING:
    from azos_shell.shell.interpreter import Interpreter
    from azos_shell.shell.variables import Value

QUOTED, LITERAL, SPLIT, BREAK = range(4)
Run = tuple[int, str]

DEFAULT_IFS = " \t\n"
_PLAIN = re.compile(r"[^ \t\n*?\[\\(]+").fullmatch
_MAGIC = re.compile(r"[*?\[\\]").search
_REGEX_SPECIAL = re.compile(r"[][(){}.*+?^$|\\]").sub
# A bracket expression that is not closed at the end of the text.
_BRACKET = r"\[\^?\]?(?:\[([.:=]).*?\{}\]|[^\]])*+"
_OPEN_BRACKET = re.compile(
    rf"(?:[^\\\[]|\\.|{_BRACKET.format(1)}\])*+{_BRACKET.format(2)}\Z", re.DOTALL
).match
_SPECIAL = frozenset("@*#?-$!0123456789")


class Expander:
    """Expands words for one interpreter, whose state it reads and, by ``${x:=…}`` and ``$((x=…))``, writes."""

    __slots__ = ("_shell", "opened", "variables")

    def __init__(self, shell: Interpreter) -> None:
        self._shell = shell
        self.variables = shell.state.variables
        self.variables.integer = self.calculate
        self.opened: list[int] = []
        """Numbers that process substitutions opened, those of inner commands after those of outer ones."""

    @property
    def shopts(self) -> frozenset[str]:
        """The options of ``shopt`` that are on."""
        return self._shell.state.options.shopts

    def close_opened(self, before: int) -> None:
        """Close what process substitutions opened for the command that has ended: all but the first ``before``."""
        for number in self.opened[before:]:
            self._shell.state.files.close(number)
        del self.opened[before:]

    # -- what the interpreter asks for --------------------------------------------------------------------------

    async def fields(self, words: tuple[Word, ...]) -> list[str]:
        """All the fields of the words."""
        fields: list[str] = []
        for word in words:
            if word.text is not None:
                fields.append(word.text)
            else:
                await self.add_fields(word, fields)
        return fields

    async def add_fields(self, word: Word, fields: list[str]) -> None:
        """Append the fields of one word."""
        parts = word.parts
        part = parts[0]
        if len(parts) == 1 and isinstance(part, Parameter) and not part.operator and part.subscript is None:
            value = self.variables.values.get(part.name)
            if isinstance(value, str) and self.variables.values.get("IFS") == DEFAULT_IFS and _PLAIN(value):
                fields.append(value)
                return
        runs: list[Run] = []
        await self._collect(parts, runs, quoted=False)
        if len(runs) == 1 and runs[0][0] == QUOTED:
            fields.append(runs[0][1])
            return
        for pieces in split_fields(runs, self._ifs()):
            self._add_field(pieces, fields)

    async def text(self, word: Word) -> str:
        """The word as one string: no splitting, no pathnames (assignments, here-documents, ``case``)."""
        if word.text is not None:
            return word.text
        runs: list[Run] = []
        await self._collect(word.parts, runs, quoted=False, joined=True)
        return "".join(text for _, text in runs)

    async def pattern(self, word: Word) -> str:
        """The word as a pattern: what was quoted is escaped by backslashes."""
        runs: list[Run] = []
        await self._collect(word.parts, runs, quoted=False, joined=True)
        return "".join(patterns.escape(text) if kind == QUOTED else text for kind, text in runs)

    async def regular_expression(self, word: Word) -> str:
        """The word as an extended regular expression: what was quoted is literal."""
        runs: list[Run] = []
        await self._collect(word.parts, runs, quoted=False, joined=True)
        pieces: list[str] = []
        for kind, text in runs:
            is_plain = (
                kind != QUOTED or _OPEN_BRACKET("".join(pieces)) is not None
            )  # in brackets all is plain
            pieces.append(text if is_plain else _REGEX_SPECIAL(r"\\\g<0>", text))
        return "".join(pieces)

    async def arithmetic(self, expression: Word) -> int:
        """The value of an arithmetic expression. Raises ExpansionError."""
        return self.calculate(await self.text(expression))

    def calculate(self, text: str) -> int:
        """The value of an arithmetic expression whose parameters are expanded. Raises ExpansionError."""
        from azos_shell.language.arithmetic import evaluate

        try:
            return int(evaluate(text, ArithmeticVariables(self._shell)))
        except (ArithmeticSyntaxError, DivisionByZero) as error:
            raise ArithmeticFailure(error.message) from error

    # -- from parts to runs -------------------------------------------------------------------------------------

    async def _collect(
        self, parts: tuple[Part, ...], runs: list[Run], *, quoted: bool, joined: bool = False
    ) -> None:
        for part in parts:
            if isinstance(part, Literal):
                runs.append((QUOTED if quoted else LITERAL, part.text))
            elif isinstance(part, Quoted):
                runs.append((QUOTED, part.text))
            elif isinstance(part, Parameter):
                await self._parameter(part, runs, quoted=quoted, joined=joined)
            elif isinstance(part, DoubleQuoted):
                if not part.parts:
                    runs.append((QUOTED, ""))
                await self._collect(part.parts, runs, quoted=True, joined=joined)
            elif isinstance(part, CommandSubstitution):
                output = await self._shell.substitute(part.body)
                runs.append((QUOTED if quoted else SPLIT, output))
            elif isinstance(part, ArithmeticExpansion):
                runs.append((QUOTED if quoted else SPLIT, str(await self.arithmetic(part.expression))))
            elif isinstance(part, Tilde):
                runs.append((QUOTED, self._home(part.user)))
            elif isinstance(part, ProcessSubstitution):
                runs.append((QUOTED, await self._shell.process_substitution(part)))
            elif isinstance(part, DeclaredAssignment):
                runs.append((QUOTED, await self._declared(part.assignment)))

    async def _declared(self, assignment: Assignment) -> str:
        """The operand of a declaring command: its value is expanded as in an assignment."""
        if isinstance(assignment.value, ArrayValue):
            return DeclaredArray.of(assignment)
        name = assignment.name
        if assignment.subscript is not None:
            name += f"[{await self.text(assignment.subscript)}]"
        return f"{name}{'+' if assignment.append else ''}={await self.text(assignment.value)}"

    async def _parameter(self, part: Parameter, runs: list[Run], *, quoted: bool, joined: bool) -> None:
        operator = part.operator
        value = await self._value(part)
        if part.is_length:
            self._emit(self._length(part, value), part, runs, quoted=quoted, joined=joined)
        elif not operator:
            if value is None:
                self._check_set(part)
            self._emit(value, part, runs, quoted=quoted, joined=joined)
        elif operator.lstrip(":") in ("-", "=", "?", "+"):
            await self._conditional(part, value, runs, quoted=quoted, joined=joined)
        else:
            if value is None:
                self._check_set(part)
            changed = await self._changed(part, value)
            self._emit(changed, part, runs, quoted=quoted, joined=joined)

    def _emit(
        self, value: str | list[str] | None, part: Parameter, runs: list[Run], *, quoted: bool, joined: bool
    ) -> None:
        if value is None:
            if quoted:
                runs.append((QUOTED, ""))
            return
        kind = QUOTED if quoted else SPLIT
        if isinstance(value, str):
            runs.append((kind, value))
            return
        star = part.name == "*" or (part.subscript is not None and part.subscript.text == "*")
        star = star or (part.operator == "!" and part.argument is not None and part.argument.text == "*")
        if star and (quoted or joined):
            runs.append((kind, self._first_separator().join(value)))
        elif joined:
            runs.append((kind, " ".join(value)))
        else:
            for index, element in enumerate(value):
                if index:
                    runs.append((BREAK, ""))
                runs.append((kind, element))

    async def _conditional(
        self, part: Parameter, value: str | list[str] | None, runs: list[Run], *, quoted: bool, joined: bool
    ) -> None:
        """``:-`` and kin: the test is for null, too, where the operator has a colon (POSIX 2.6.2)."""
        operator = part.operator.lstrip(":")
        missing = (
            value is None
            or value == []
            or (part.operator[0] == ":" and self._is_null(part, value, quoted or joined))
        )
        argument = part.argument
        if missing is (operator == "+"):
            if missing and _is_at(part):
                return  # "${@+word}" of nothing is nothing, not an empty field
            self._emit(None if operator == "+" else value, part, runs, quoted=quoted, joined=joined)
            return
        if operator in ("-", "+"):
            inner: list[Run] = []
            await self._collect(argument.parts if argument else (), inner, quoted=quoted, joined=joined)
            if quoted and not inner:
                inner.append((QUOTED, ""))
            runs += [(SPLIT, text) if kind == LITERAL else (kind, text) for kind, text in inner]
        elif operator == "=":
            if part.name in _SPECIAL or not part.name[:1].isidentifier():
                raise ExpansionError(f"${part.name}: cannot assign in this way")
            text = await self._plain_argument(argument, quoted)
            await assign(self._shell, part.name, part.subscript, text)
            self._emit(text, part, runs, quoted=quoted, joined=joined)
        else:
            message = await self._plain_argument(argument, quoted) if argument and argument.parts else ""
            default = "parameter null or not set" if part.operator[0] == ":" else "parameter not set"
            raise ExpansionError(f"{part.name}: {message or default}", status=2)

    def _is_null(self, part: Parameter, value: str | list[str], joined: bool) -> bool:
        """Whether a value is empty; ``$*`` is one value where it is joined."""
        if joined and part.name == "*" and isinstance(value, list):
            return not self._first_separator().join(value)
        return value in ("", [""])

    async def _plain_argument(self, argument: Word | None, quoted: bool) -> str:
        runs: list[Run] = []
        await self._collect(argument.parts if argument else (), runs, quoted=quoted, joined=True)
        return "".join(text for _, text in runs)

    async def _changed(self, part: Parameter, value: str | list[str] | None) -> str | list[str] | None:
        """The value after an operator that changes it: removal, replacement, substring, case, quoting."""
        from azos_shell.shell.parameters import changer

        if part.operator == "!":
            return await self._indirect(part, value)
        change = await changer(self, part, value)
        return change("" if value is None else value)

    async def _indirect(self, part: Parameter, value: str | list[str] | None) -> str | list[str] | None:
        """``${!name}``, ``${!prefix*}`` and ``${!array[@]}``."""
        if part.argument is not None:
            return [*self._names_with(part.name)]
        if part.subscript is not None and part.subscript.text in ("@", "*"):
            return self.keys_of(part.name)
        if part.name in self.variables.references:
            return self.variables.references[part.name]
        if not isinstance(value, str) or not value:
            raise ExpansionError(f"{part.name}: invalid indirect expansion")
        name, bracket, rest = value.partition("[")
        if not (name.isidentifier() or name in _SPECIAL or name.isdecimal()):
            raise ExpansionError(f"{value}: invalid variable name")
        text = rest.rstrip("]")
        subscript = Word((Literal(text, 0, 0),), text, 0, 0) if bracket else None
        return await self._value(Parameter(name, "", None, None, subscript, False, part.start, part.end))

    def _names_with(self, prefix: str) -> list[str]:
        names = {*self.variables.values, *self.variables.references}
        return sorted(name for name in names if name.startswith(prefix))

    # -- values -------------------------------------------------------------------------------------------------

    async def _value(self, part: Parameter) -> str | list[str] | None:
        """The value of a parameter: None if unset, a list for ``@`` and ``*``."""
        name = part.name
        if name in _SPECIAL or (name.isdecimal() and name):
            return self.special(name)
        if name[:1] == "!":  # ${!name:-word}
            inner = replace(part, name=name[1:], operator="!", argument=None, second=None)
            return await self._indirect(inner, await self._value(inner))
        subscript = part.subscript
        if self.variables.references and name in self.variables.references:
            name, subscript = self._referred(name, subscript)
        value: Value | list[str] | None = self.variables.values.get(name)
        if value is None:
            value = self._shell.dynamic(name)
        if subscript is not None:
            return await self.element(value, subscript)
        if isinstance(value, IndexedArray):
            return value.get(0)
        if isinstance(value, list):
            return value[0] if value else None
        return value.get("0") if isinstance(value, dict) else value

    def _referred(self, name: str, subscript: Word | None) -> tuple[str, Word | None]:
        """What a name reference leads to: a name, and perhaps a subscript of its own."""
        target, bracket, rest = self.variables.target(name).partition("[")
        if bracket and subscript is None:
            subscript = Word((Literal(rest[:-1], 0, 0),), rest[:-1], 0, 0)
        return target, subscript

    async def element(self, value: Value | list[str] | None, subscript: Word) -> str | list[str] | None:
        """What ``[subscript]`` takes of a variable's value; a list for ``[@]`` and ``[*]``."""
        if subscript.text in ("@", "*"):
            if value is None or isinstance(value, list):
                return value or []
            return [value] if isinstance(value, str) else list(value.values())
        if isinstance(value, dict):
            return value.get(await self.text(subscript))
        if value is None:
            return None
        array = (
            value
            if isinstance(value, IndexedArray)
            else IndexedArray([value] if isinstance(value, str) else value)
        )
        return array.get(await self.arithmetic(subscript))

    def keys_of(self, name: str) -> list[str]:
        """``${!name[@]}``: the indices or keys that are set."""
        value: Value | list[str] | None = self.variables.values.get(self.variables.target(name))
        if value is None:
            value = self._shell.dynamic(name)
        if value is None:
            return []
        if isinstance(value, str):
            return ["0"]
        if isinstance(value, dict):
            return list(value)
        indices = value.indices() if isinstance(value, IndexedArray) else range(len(value))
        return [str(index) for index in indices]

    def special(self, name: str) -> str | list[str] | None:
        """The value of a special or positional parameter (POSIX 2.5.1, 2.5.2)."""
        state = self._shell.state
        if name == "@" or name == "*":
            return state.positional
        if name == "?":
            return str(state.last_status)
        if name == "#":
            return str(len(state.positional))
        if name == "0":
            return state.name
        if name == "$":
            return str(self._shell.runtime.pid)
        if name == "!":
            return None if state.background_pid is None else str(state.background_pid)
        if name == "-":
            return state.options.letters()
        digits = name.lstrip("0")
        if not digits:
            return state.name
        index = int(digits) if len(digits) < 10 else len(state.positional) + 1
        return state.positional[index - 1] if index <= len(state.positional) else None

    def _length(self, part: Parameter, value: str | list[str] | None) -> str:
        if value is None:
            self._check_set(part)
            return "0"
        if isinstance(value, str) and not value.isascii() and not self._has_characters():
            return str(len(value.encode("utf-8", "surrogateescape")))
        return str(len(value))

    def _has_characters(self) -> bool:
        """Whether the locale knows more than bytes."""
        get = self.variables.get
        return (get("LC_ALL") or get("LC_CTYPE") or get("LANG") or "C") not in ("C", "POSIX")

    def _check_set(self, part: Parameter) -> None:
        if self._shell.state.options.nounset and part.name not in ("@", "*"):
            raise ExpansionError(f"{part.name}: unbound variable", status=2)

    def _ifs(self) -> str:
        ifs = self.variables.get("IFS")
        return DEFAULT_IFS if ifs is None else ifs

    def _first_separator(self) -> str:
        return self._ifs()[:1]

    def _home(self, user: str) -> str:
        if not user:
            home = self.variables.get("HOME")
            if home is not None:
                return home
        elif user in ("+", "-"):
            return self.variables.get("PWD" if user == "+" else "OLDPWD") or "~" + user
        import pwd

        try:
            return pwd.getpwnam(user).pw_dir if user else pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            return "~" + user

    # -- from runs to fields ------------------------------------------------------------------------------------

    def _add_field(self, pieces: list[tuple[str, bool]], fields: list[str]) -> None:
        if self._shell.state.options.shopts is not DEFAULT_SHOPTS:
            self._add_field_with_options(pieces, fields)
            return
        plain = "".join([text for text, _ in pieces])
        if not self._shell.state.options.noglob and any(open_ and _MAGIC(text) for text, open_ in pieces):
            pattern = "".join([text if open_ else patterns.escape(text) for text, open_ in pieces])
            if patterns.has_magic(pattern):
                found = expand_pathnames(pattern, self._shell.foreign_cwd())
                if found:
                    fields += found
                    return
        fields.append(plain)

    def _add_field_with_options(self, pieces: list[tuple[str, bool]], fields: list[str]) -> None:
        """The same under options of ``shopt``."""
        options = self._shell.state.options
        pattern = "".join([text if open_ else patterns.escape(text) for text, open_ in pieces])
        globbing = Globbing(self._shell.foreign_cwd(), options.shopts)
        if not options.noglob and globbing.is_pattern(pattern):
            found = globbing.paths(pattern)
            fields += found
            if found or "nullglob" in options.shopts:
                return
            if "failglob" in options.shopts:
                raise AzosError(f"no match: {''.join([text for text, _ in pieces])}")
        fields.append("".join([text for text, _ in pieces]))


def _is_at(part: Parameter) -> bool:
    """Whether it is ``$@`` or ``${name[@]}``, which in double quotes is as many fields as there are elements."""
    return part.name == "@" or (part.subscript is not None and part.subscript.text == "@")


class ArithmeticVariables:
    """The variables as arithmetic sees them; ``a[3]`` names an element."""

    __slots__ = ("_shell", "_variables")

    def __init__(self, shell: Interpreter) -> None:
        self._shell = shell
        self._variables = shell.state.variables

    def get(self, name: str) -> str | None:
        base, bracket, subscript = name.partition("[")
        if bracket:
            value = self._variables.element(self._variables.target(base), subscript[:-1])
        else:
            value = self._shell.get(name)
        if value is None and self._shell.state.options.nounset:
            raise ExpansionError(f"{name}: unbound variable", status=2)
        return value

    def set(self, name: str, value: int) -> None:
        base, bracket, subscript = name.partition("[")
        if bracket:
            key = subscript[:-1]
            base = self._variables.target(base)
            self._variables.set_element(base, key if self.is_associative(base) else int(key), str(value))
        else:
            self._shell.assign_now(name, str(value))

    def is_associative(self, name: str) -> bool:
        name = self._variables.target(name) if self._variables.references else name
        return isinstance(self._variables.values.get(name), dict)


def split_fields(runs: list[Run], ifs: str) -> list[list[tuple[str, bool]]]:
    """Runs to fields (POSIX 2.6.5): each a list of (text, whether it is open to pathname expansion)."""
    fields: list[list[tuple[str, bool]]] = []
    current: list[tuple[str, bool]] | None = None
    for kind, text in runs:
        if kind == BREAK:
            if current is not None:
                fields.append(current)
                current = None
        elif kind != SPLIT or not ifs:
            if text or kind == QUOTED:
                current = [] if current is None else current
                current.append((text, kind != QUOTED))
        else:
            position = 0
            for delimiter in _delimiters(ifs).finditer(text):
                if delimiter.start() > position:
                    current = [] if current is None else current
                    current.append((text[position : delimiter.start()], True))
                if current is not None:
                    fields.append(current)
                    current = None
                elif delimiter.group("hard"):
                    fields.append([])
                position = delimiter.end()
            if position < len(text):
                current = [] if current is None else current
                current.append((text[position:], True))
    if current is not None:
        fields.append(current)
    return fields


@lru_cache(maxsize=32)
def _delimiters(ifs: str) -> re.Pattern[str]:
    """One field delimiter: IFS white space round at most one other IFS character."""
    soft = "".join(character for character in ifs if character in " \t\n")
    hard = "".join(character for character in ifs if character not in " \t\n")
    blank = f"[{re.escape(soft)}]" if soft else r"(?!)"
    mark = f"[{re.escape(hard)}]" if hard else r"(?!)"
    return re.compile(f"(?:{blank})*(?P<hard>{mark})(?:{blank})*|(?:{blank})+")
