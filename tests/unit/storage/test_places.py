"""Where azos keeps its files."""

from __future__ import annotations

from azos_shell.storage.places import Places


def test_places_lie_below_the_home_directory(tmp_path):
    places = Places.from_environment({"HOME": str(tmp_path)})
    assert places == Places(
        f"{tmp_path}/.config/azos", f"{tmp_path}/.local/state/azos", f"{tmp_path}/.cache/azos"
    )
    assert places.state_database == f"{tmp_path}/.local/state/azos/state.db"
    assert places.configuration_file == f"{tmp_path}/.config/azos/config.toml"


def test_xdg_variables_go_before_home(tmp_path):
    places = Places.from_environment({"HOME": str(tmp_path), "XDG_STATE_HOME": "/var/state"})
    assert places.state_dir == "/var/state/azos"
    assert places.cache_dir == f"{tmp_path}/.cache/azos"


def test_a_relative_xdg_variable_is_ignored(tmp_path):
    assert Places.from_environment({"HOME": str(tmp_path), "XDG_CACHE_HOME": "cache"}).cache_dir == (
        f"{tmp_path}/.cache/azos"
    )


def test_without_a_usable_home_there_are_no_places():
    for environment in ({}, {"HOME": ""}, {"HOME": "/dev/null/x"}, {"HOME": "relative"}):
        places = Places.from_environment(environment)
        assert places == Places(None, None, None)
        assert places.state_database is None
        assert places.configuration_file is None


def test_a_place_that_is_named_is_there_without_home():
    assert Places.from_environment({"XDG_STATE_HOME": "/s"}).state_dir == "/s/azos"
