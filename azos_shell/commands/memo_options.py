"""The options of ``memo``, read without any library: a hit of a one-shot must not take longer than starting azos."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from azos_shell.commands.sleep import parse_interval
from azos_shell.core.errors import UsageError
from azos_shell.core.frozen import frozen

if TYPE_CHECKING:
    from azos_shell.cache.evidence import Permitted

DEFAULT_TTL_SECONDS = 300.0
"""How long an answer is given where nobody said anything else (docs: the result cache)."""

ALLOWED = ("network", "clock", "terminal", "random", "writes")


@frozen
class MemoOptions:
    """What ``memo`` was asked for, and the words after the options. ``trace`` None: where it works."""

    ttl_seconds: float | None = None
    stale_seconds: float = 0.0
    on: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    with_environment: bool = True
    with_cwd: bool = True
    codes: frozenset[int] = frozenset({0})
    key: str | None = None
    full_key: str | None = None
    label: str | None = None
    fresh: bool = False
    warm: bool = False
    quiet: bool = False
    trace: bool | None = None
    times: bool = True
    outputs: bool = False
    allowed: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()

    @property
    def permitted(self) -> Permitted:
        """What the run may do and be kept all the same."""
        from azos_shell.cache.evidence import Permitted

        return Permitted(
            network="network" in self.allowed,
            clock="clock" in self.allowed,
            terminal="terminal" in self.allowed,
            random="random" in self.allowed,
            writes="writes" in self.allowed,
            outputs=self.outputs,
            times=self.times,
        )


_FLAGS: dict[str, tuple[str, object]] = {
    "--no-cwd": ("with_cwd", False),
    "--no-env": ("with_environment", False),
    "--no-times": ("times", False),
    "--fresh": ("fresh", True),
    "--warm": ("warm", True),
    "--quiet": ("quiet", True),
    "-q": ("quiet", True),
    "--trace": ("trace", True),
    "--no-trace": ("trace", False),
    "--outputs": ("outputs", True),
}


def read_options(words: list[str]) -> tuple[MemoOptions, list[str]]:
    """The options before the command, and the command's words. Raises UsageError."""
    values: dict[str, object] = {}
    repeated: dict[str, list[str]] = {"on": [], "env": [], "tags": [], "allowed": []}
    rest = list(words)
    while rest and len(rest[0]) > 1 and rest[0][0] == "-":
        word = rest.pop(0)
        if word == "--":
            break
        if word in _FLAGS:
            name, value = _FLAGS[word]
            values[name] = value
            continue
        option, equals, text = word.partition("=")
        if option not in _VALUED:
            raise UsageError(f"{word}: no such option")
        if not equals:
            if not rest:
                raise UsageError(f"{option} needs a value")
            text = rest.pop(0)
        _take(option, text, values, repeated)
    for name, texts in repeated.items():
        if texts:
            values[name] = frozenset(texts) if name == "allowed" else tuple(texts)
    return MemoOptions(**values), rest  # type: ignore[arg-type]


_VALUED = frozenset(
    {"--ttl", "--stale", "--on", "--env", "--codes", "--key", "--full-key", "--label", "--allow", "--tag"}
)


def _take(option: str, text: str, values: dict[str, object], repeated: dict[str, list[str]]) -> None:
    if option in ("--ttl", "--stale"):
        values[f"{option[2:]}_seconds"] = duration(option, text)
    elif option == "--codes":
        values["codes"] = _codes(text)
    elif option in ("--key", "--full-key", "--label"):
        values[option[2:].replace("-", "_")] = text
    elif option == "--allow":
        for name in text.split(","):
            if name not in ALLOWED:
                raise UsageError(f"--allow: {name} is none of {', '.join(ALLOWED)}")
            repeated["allowed"].append(name)
    elif option == "--env":
        for name in text.split(","):
            if not name.isidentifier():
                raise UsageError(f"--env: {name!r} is no name of a variable")
            repeated["env"].append(name)
    elif option == "--tag":
        if not text or " " in text:
            raise UsageError("--tag: a tag is one word")
        repeated["tags"].append(text)
    else:
        if not text:
            raise UsageError("--on: the name of a file is empty")
        repeated["on"].append(text)


def duration(option: str, text: str) -> float:
    """Seconds of ``10``, ``10s``, ``5m``, ``2h``, ``1d``, ``inf``. Raises UsageError."""
    seconds = parse_interval(text)
    if seconds is None:
        raise UsageError(f"{option}: {text!r} is no time (as in 90, 10s, 5m, 2h, 1d, inf)")
    return seconds


def _codes(text: str) -> frozenset[int]:
    codes = text.split(",")
    if not all(code.isascii() and code.isdecimal() and int(code) < 256 for code in codes):
        raise UsageError(f"--codes: {text!r} is no list of exit statuses (as in 0,1)")
    return frozenset(int(code) for code in codes)


def as_words(options: MemoOptions) -> list[str]:
    """The options as words again, for an azos that refreshes the answer in the background."""
    plain = MemoOptions()
    words = [
        flag for flag, (name, value) in _FLAGS.items() if flag != "-q" and getattr(options, name) == value
    ]
    if options.ttl_seconds is not None:
        words.append(f"--ttl={'inf' if options.ttl_seconds == inf else options.ttl_seconds}")
    if options.stale_seconds:
        words.append(f"--stale={options.stale_seconds}")
    words += [f"--on={text}" for text in options.on] + [f"--env={name}" for name in options.env]
    words += [f"--allow={name}" for name in sorted(options.allowed)] + [
        f"--tag={tag}" for tag in options.tags
    ]
    if options.codes != plain.codes:
        words.append(f"--codes={','.join(map(str, sorted(options.codes)))}")
    if options.key is not None:
        words.append(f"--key={options.key}")
    return words
