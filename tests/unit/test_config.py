"""The configuration file: defaults, what it may say, and how wrong content is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from azos_shell.bus.services import CacheLimits
from azos_shell.config import Settings, load_settings
from azos_shell.core.errors import AzosError
from azos_shell.shell.cache_rules import CacheRule


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
        ("cache = 1\n", "cache must be a table ([cache])"),
        ("[cache]\ncolour = 1\n", "unknown setting cache.colour"),
        ("[cache]\nmemory = -1\n", "cache.memory must be a size"),
        ("[cache]\nmemory = true\n", "cache.memory must be a size"),
        ("[cache]\nmemory = 1.5\n", "cache.memory must be a size"),
        ("[cache]\ndisk = '1 TB'\n", "cache.disk must be a size"),
        ("[cache]\ndisk = '1,5 MB'\n", "cache.disk must be a size"),
        ("[cache]\ndisk = 'MB'\n", "cache.disk must be a size"),
        ("[cache]\ndisk = ''\n", "cache.disk must be a size"),
        ("[cache]\nentries = 0\n", "cache.entries, or not a value for it: 0"),
        ("[cache]\nentries = true\n", "cache.entries, or not a value for it: True"),
        ("[cache.rule]\nmatch = 'x'\n", "cache.rule, or not a value for it"),
        ("[[cache.rule]]\nttl = '5m'\n", "a cache.rule needs a match"),
        ("[[cache.rule]]\nmatch = ''\n", "a cache.rule needs a match"),
        ("[[cache.rule]]\nmatch = 1\n", "a cache.rule needs a match"),
        ("[cache]\nrule = [1]\n", "a cache.rule needs a match"),
        ("[[cache.rule]]\nmatch = 'x'\nttl = 'soon'\n", "cache.rule 'x': --ttl: 'soon' is no time"),
        ("[[cache.rule]]\nmatch = 'x'\ncodes = [256]\n", "cache.rule 'x': --codes"),
        ("[[cache.rule]]\nmatch = 'x'\ncodes = []\n", "cache.rule 'x': --codes"),
        ("[[cache.rule]]\nmatch = 'x'\nallow = ['all']\n", "cache.rule 'x': --allow: all is none of"),
        ("[[cache.rule]]\nmatch = 'x'\nenv = '1x'\n", "cache.rule 'x': --env"),
        ("[[cache.rule]]\nmatch = 'x'\ncolour = 'red'\n", "unknown setting cache.rule.colour"),
        ("[[cache.rule]]\nmatch = 'x'\ncolour = true\n", "unknown setting cache.rule.colour"),
        ("[[cache.rule]]\nmatch = 'x'\nttl = true\n", "--ttl: 'True' is no time"),
    ],
)
def test_what_is_wrong_is_said_with_the_files_name(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(AzosError) as caught:
        settings(tmp_path, text)
    assert message in caught.value.message
    assert str(tmp_path) in caught.value.message


@pytest.mark.parametrize(
    ("size", "size_bytes"),
    [
        ("0", 0),
        ("5", 5),
        ("'5'", 5),
        ("'5 B'", 5),
        ("'5kB'", 5_000),
        ("'5 KB'", 5_000),
        ("'64 MB'", 64_000_000),
        ("'1GB'", 1_000_000_000),
        ("'2 KiB'", 2048),
        ("'3 MiB'", 3 * 1024**2),
        ("'1 GiB'", 1024**3),
    ],
)
def test_what_the_cache_may_take_is_a_size(tmp_path: Path, size: str, size_bytes: int) -> None:
    found = settings(tmp_path, f"[cache]\nmemory = {size}\ndisk = {size}\nentries = 7\n")
    assert found.cache_limits == CacheLimits(entries=7, memory_bytes=size_bytes, disk_bytes=size_bytes)


def test_what_is_not_set_of_the_cache_is_as_ever(tmp_path: Path) -> None:
    assert settings(tmp_path, "[cache]\n") == Settings()


def test_a_rule_is_the_options_of_memo(tmp_path: Path) -> None:
    text = """
    [[cache.rule]]
    match = "git log *"
    ttl = "10m"
    stale = 60
    env = ["A", "B"]
    tag = "git"
    allow = ["network"]
    codes = [0, 1]
    trace = true
    cwd = false
    environment = false
    times = false
    outputs = true

    [[cache.rule]]
    match = "kubectl get *"
    on = ["~/.kube/config", "*.yaml"]
    """
    first, second = settings(tmp_path, text).cache_rules
    assert (first.match, set(first.options)) == (
        "git log *",
        {
            "--ttl=10m", "--stale=60", "--env=A", "--env=B", "--tag=git", "--allow=network", "--codes=0,1", "--trace",
            "--no-cwd", "--no-env", "--no-times", "--outputs",
        },
    )  # fmt: skip
    assert second == CacheRule("kubectl get *", ("--on=~/.kube/config", "--on=*.yaml", "--no-trace"))


def test_switches_of_a_rule_may_say_what_holds_anyway(tmp_path: Path) -> None:
    text = "[[cache.rule]]\nmatch = 'x'\ncwd = true\ntimes = true\noutputs = false\nenvironment = true\n"
    assert settings(tmp_path, text).cache_rules == (CacheRule("x"),)


def test_a_rule_that_names_files_may_trace_all_the_same(tmp_path: Path) -> None:
    text = "[[cache.rule]]\nmatch = 'x'\non = 'a'\ntrace = true\n"
    assert settings(tmp_path, text).cache_rules == (CacheRule("x", ("--on=a", "--trace")),)


@pytest.mark.parametrize(
    ("match", "text", "applies"),
    [
        ("git log *", "git log", True),
        ("git log *", "git log -1 --stat", True),
        ("git log *", "git logs", False),
        ("git log *", "git", False),
        ("ls", "ls", True),
        ("ls", "ls -l", False),
        ("*.sh *", "run.sh a", True),
        ("make [ab]", "make b", True),
    ],
)
def test_which_commands_a_rule_is_for(match: str, text: str, applies: bool) -> None:
    assert CacheRule(match).applies(text) is applies


@pytest.mark.parametrize(("value", "pages"), [('"auto"', True), ('"never"', False)])
def test_tables_may_be_paged_or_not(tmp_path: Path, value: str, pages: bool) -> None:
    assert settings(tmp_path, f"[table]\npager = {value}\n").pages_tables is pages


def test_another_word_for_the_pager_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AzosError, match=r"table\.pager"):
        settings(tmp_path, '[table]\npager = "less"\n')
