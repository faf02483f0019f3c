"""The configuration file: defaults, what it may say, and how wrong content is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from azos_shell.config import Settings, load_settings
from azos_shell.core.errors import AzosError


def settings(directory: Path, text: str | bytes) -> Settings:
    (directory / "config.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(str(directory))


def test_without_a_directory_or_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(None) == load_settings(str(tmp_path)) == load_settings("/nonexistent") == Settings()


def test_every_setting_may_be_set(tmp_path: Path) -> None:
    text = '[plugins]\nenabled = ["a", "b"]\n[prompt]\nediting_mode = "vi"\n[history]\nkeep = false\n'
    assert settings(tmp_path, text) == Settings(plugins=("a", "b"), editing_mode="vi", history=False)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert settings(tmp_path, "") == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[plugins\n", "config.toml: "),
        (b"x = '\xff'\n", "config.toml: "),
        ("[prompt]\ncolour = 1\n", "unknown setting prompt.colour"),
        ("editing_mode = 'vi'\n", "unknown setting editing_mode"),
        ("plugins = ['a']\n", "plugins must be a table ([plugins])"),
        ("[promt]\n", "unknown table promt"),
        ("[promt]\nediting_mode = 'vi'\n", "unknown table promt"),
        ("[prompt.colours]\nname = 'x'\n", "unknown setting prompt.colours"),
        ("[prompt]\nediting_mode = 'ed'\n", 'prompt.editing_mode must be "emacs" or "vi"'),
        ("[history]\nkeep = 1\n", "history.keep must be true or false"),
        ("[plugins]\nenabled = 'a'\n", "plugins.enabled must be a list of names"),
        ("[plugins]\nenabled = ['a', 1]\n", "plugins.enabled must be a list of names"),
    ],
)
def test_what_is_wrong_is_said_with_the_files_name(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(AzosError) as caught:
        settings(tmp_path, text)
    assert message in caught.value.message
    assert str(tmp_path) in caught.value.message
