"""The configuration: ``azos/config.toml`` as a frozen value.

It lies where the XDG Base Directory specification says: in ``$XDG_CONFIG_HOME`` or ``~/.config``.
"""

from __future__ import annotations

import os

from azos_shell.bus.services import CacheLimits
from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen
from azos_shell.shell.cache_rules import CacheRule


@frozen
class Settings:
    """What the user may set; the values here are the defaults."""

    plugins: tuple[str, ...] = ()
    """Plugins to load, by the name of their entry point."""
    editing_mode: str = "emacs"
    """``emacs`` or ``vi``."""
    history: bool = True
    """Whether lines typed at the prompt are kept across sessions."""
    pages_tables: bool = True
    """Whether a table that is longer than the screen goes through the pager."""
    cache_limits: CacheLimits = CacheLimits()
    """What the result cache may take."""
    cache_rules: tuple[CacheRule, ...] = ()
    """Programs that are answered from the cache without being asked for."""


KEYS = {
    ("plugins", "enabled"): "plugins",
    ("prompt", "editing_mode"): "editing_mode",
    ("history", "keep"): "history",
    ("table", "pager"): "pages_tables",
}
"""Which key of which table sets what."""

TABLES = frozenset({"cache", *(table for table, _ in KEYS)})

_SIZE_UNITS = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9} | {
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
_RULE_LISTS = frozenset({"on", "env", "tag", "allow"})
_RULE_SWITCHES = {("trace", True): "--trace", ("trace", False): "--no-trace", ("cwd", False): "--no-cwd"} | {
    ("environment", False): "--no-env",
    ("times", False): "--no-times",
    ("outputs", True): "--outputs",
}


def load_settings(config_dir: str | None) -> Settings:
    """The settings in ``config.toml`` of that directory; the defaults where there is none.

    Raises AzosError, which names the file and what is wrong in it.
    """
    if config_dir is None:
        return Settings()
    path = os.path.join(config_dir, "config.toml")
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return Settings()
    import tomllib

    try:
        tables = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AzosError(f"{path}: {error}") from error
    values: dict[str, object] = {}
    for table, content in tables.items():
        if table not in TABLES:
            raise AzosError(f"{path}: unknown {'table' if isinstance(content, dict) else 'setting'} {table}")
        if not isinstance(content, dict):
            raise AzosError(f"{path}: {table} must be a table ([{table}])")
        if table == "cache":
            values |= _cache_settings(path, content)
            continue
        for key, value in content.items():
            name = KEYS.get((table, key))
            if name is None:
                raise AzosError(f"{path}: unknown setting {table}.{key}")
            values[name] = _checked(path, f"{table}.{key}", name, value)
    return Settings(**values)  # type: ignore[arg-type]


def _cache_settings(path: str, content: dict[str, object]) -> dict[str, object]:
    """``[cache]``: what it may take, and the rules."""
    limits: dict[str, int] = {}
    rules: list[CacheRule] = []
    for key, value in content.items():
        if key in ("memory", "disk"):
            limits[f"{key}_bytes"] = _size(path, f"cache.{key}", value)
        elif key == "entries" and isinstance(value, int) and not isinstance(value, bool) and value > 0:
            limits["entries"] = value
        elif key == "rule" and isinstance(value, list):
            rules = [_rule(path, rule) for rule in value]
        else:
            raise AzosError(f"{path}: unknown setting cache.{key}, or not a value for it: {value!r}")
    return {"cache_limits": CacheLimits(**limits), "cache_rules": tuple(rules)}


def _size(path: str, key: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        number = value.rstrip("BGiKkM").strip()
        unit = value[len(value.rstrip("BGiKkM")) :]
        if number.isascii() and number.isdecimal() and unit in _SIZE_UNITS:
            return int(number) * _SIZE_UNITS[unit]
    raise AzosError(f'{path}: {key} must be a size, as in "64 MB", "1 GiB" or 0')


def _rule(path: str, rule: object) -> CacheRule:
    """One ``[[cache.rule]]``, as the options of ``memo`` that it stands for."""
    from azos_shell.commands.memo_options import read_options

    if not isinstance(rule, dict) or not isinstance(rule.get("match"), str) or not rule["match"]:
        raise AzosError(f'{path}: a cache.rule needs a match, as in match = "git log *"')
    options: list[str] = []
    for key, value in rule.items():
        switch = _RULE_SWITCHES.get((key, value)) if isinstance(value, bool) else None
        if key in _RULE_LISTS:
            texts = value if isinstance(value, list) else [value]
            options += [f"--{key}={text}" for text in texts]
        elif key in ("ttl", "stale"):
            options.append(f"--{key}={value}")
        elif key == "codes" and isinstance(value, list):
            options.append(f"--codes={','.join(map(str, value))}")
        elif switch is not None:
            options.append(switch)
        elif key != "match" and not (isinstance(value, bool) and (key, not value) in _RULE_SWITCHES):
            raise AzosError(f"{path}: unknown setting cache.rule.{key}")
    if "on" in rule and "trace" not in rule:
        options.append("--no-trace")  # the user has said what it rests on
    try:
        read_options([*options, "--"])
    except AzosError as error:
        raise AzosError(f"{path}: cache.rule {rule['match']!r}: {error.message}") from error
    return CacheRule(rule["match"], tuple(options))


def _checked(path: str, key: str, name: str, value: object) -> object:
    if name == "plugins":
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise AzosError(f"{path}: {key} must be a list of names")
    if name == "history":
        if isinstance(value, bool):
            return value
        raise AzosError(f"{path}: {key} must be true or false")
    if name == "pages_tables":
        if value in ("auto", "never"):
            return value == "auto"
        raise AzosError(f'{path}: {key} must be "auto" or "never"')
    if value not in ("emacs", "vi"):
        raise AzosError(f'{path}: {key} must be "emacs" or "vi"')
    return value
