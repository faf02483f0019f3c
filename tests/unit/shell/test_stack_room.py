"""Room for deep recursion: limits are raised while it lasts and given back."""

import resource
import sys

from azos_shell.shell.stack_room import give_back, has_room


def limits() -> tuple[int, tuple[int, int]]:
    return sys.getrecursionlimit(), resource.getrlimit(resource.RLIMIT_STACK)


def test_limits_are_what_they_were_once_the_room_is_given_back() -> None:
    before = limits()
    if has_room():
        assert sys.getrecursionlimit() > before[0]
        assert has_room()
        give_back()
    assert limits() == before
    give_back()
    assert limits() == before
