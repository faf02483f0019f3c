"""The configuration: ``azos/config.toml`` as a frozen value.

It lies where the XDG Base Directory specification says: in ``$XDG_CONFIG_HOME`` or ``~/.config``.
"""

from __future__ import annotations

import os

from azos_shell.core.errors import AzosError
from azos_shell.core.frozen import frozen


@frozen
class Settings:
    """What the user may set; the values here are the defaults."""

    plugins: tuple[str, ...] = ()
    """Plugins to load, by the name of their entry point."""
    editing_mode: str = "emacs"
    """``emacs`` or ``vi``."""
    history: bool = True
    """Whether lines typed at the prompt are kept across sessions."""


KEYS = {
    ("plugins", "enabled"): "plugins",
    ("prompt", "editing_mode"): "editing_mode",
    ("history", "keep"): "history",
}
"""Which key of which table sets what."""

TABLES = frozenset(table for table, _ in KEYS)


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
        for key, value in content.items():
            name = KEYS.get((table, key))
            if name is None:
                raise AzosError(f"{path}: unknown setting {table}.{key}")
            values[name] = _checked(path, f"{table}.{key}", name, value)
    return Settings(**values)  # type: ignore[arg-type]


def _checked(path: str, key: str, name: str, value: object) -> object:
    if name == "plugins":
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise AzosError(f"{path}: {key} must be a list of names")
    if name == "history":
        if isinstance(value, bool):
            return value
        raise AzosError(f"{path}: {key} must be true or false")
    if value not in ("emacs", "vi"):
        raise AzosError(f'{path}: {key} must be "emacs" or "vi"')
    return value
