"""Commands of one lane that wait for each other never stand still together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

MANY = "with recursive c(n) as (select 1 union all select n + 1 from c limit 5000) select n from c"
"""More than what a pipe and a channel hold on the way."""


def test_a_pipeline_may_have_more_stages_than_the_lane_has_slots(azos: Azos) -> None:
    stages = " | ".join(["sql 'select n from stdin'"] * 12)
    assert azos.run(f"sql '{MANY}' | {stages} | tail -n 1").text == '{"n":5000}\n'


def test_queries_in_a_loop_that_a_query_feeds(azos: Azos) -> None:
    inner = "sql 'select 1' | while read x; do sql 'select 2' >/dev/null; done"
    line = f"sql '{MANY}' | while read a; do {inner}; break; done; echo done"
    assert azos.run(line).text == "done\n"


def test_many_maps_of_queries_that_queries_feed(azos: Azos) -> None:
    one = f"sql '{MANY}' | map -j 2 'sql \"select {{n}} as k\"' | tail -n 1 &"
    ran = azos.run("\n".join([one.replace("5000", "300")] * 7 + ["wait", "echo done"]))
    assert ran.text.splitlines()[-1] == "done"
    assert len(ran.text.splitlines()) == 8
