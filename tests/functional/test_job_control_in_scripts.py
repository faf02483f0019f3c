"""``set -m`` in a script: what is in the background has a group of its own, stops, goes on and comes to the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.processes import Azos


def test_a_job_in_the_background_has_a_group_of_its_own(azos: Azos) -> None:
    ran = azos.file(
        'set -m\nsleep 5 &\n[ "$(ps -o pgid= -p $! | tr -d " ")" = $! ] && echo own\nkill %1; wait; :'
    )
    assert ran.text == "own\n"


def test_without_it_a_job_is_in_the_group_of_the_shell(azos: Azos) -> None:
    ran = azos.file('sleep 5 &\n[ "$(ps -o pgid= -p $! | tr -d " ")" = $! ] || echo same\nkill $!; wait; :')
    assert ran.text == "same\n"


def test_fg_waits_for_the_job_and_gives_its_status(azos: Azos) -> None:
    assert azos.file("set -m\nsh -c 'sleep 0.1; exit 3' &\nfg >/dev/null; echo $?").text == "3\n"
    assert azos.file("set -m\n(sleep 0.1; exit 4) &\nfg %1 >/dev/null; echo $?").text == "4\n"


def test_a_job_that_stopped_is_listed_and_goes_on(azos: Azos) -> None:
    script = "set -m\nsh -c 'kill -STOP $$; echo back' &\nwait\njobs\nbg >/dev/null\nwait; echo $?"
    first, *rest = azos.file(script, timeout_seconds=20).text.splitlines()
    assert first.startswith("[1]+  Stopped ")
    assert rest == ["back", "0"]


def test_without_it_fg_and_bg_are_refused(azos: Azos) -> None:
    ran = azos.file("sleep 0.1 &\nfg; echo $?; bg; echo $?; wait")
    assert ran.text == "1\n1\n"
    assert ran.errors.count("no job control") == 2
