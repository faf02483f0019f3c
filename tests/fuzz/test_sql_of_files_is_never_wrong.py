"""Answers of queries over files that change all the time: what the cache says is what a fresh run says."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.processes import Azos

pytestmark = pytest.mark.azos_only

SEQUENCES = int(os.environ.get("CACHE_SEQUENCES", "100")) // 20
STEPS = 40

QUERIES = (
    "select count(*) as n, sum(v) as s from 'a.csv'",
    "select * from 'a.csv' order by 1, 2",
    "select k, x.v, y.v as w from \"a.csv\" x join './b.csv' y using (k) order by 1, 2",
    "select * from 'd/c.csv' where v > 1",
    "select max(v) as m from 'link.csv'",
    "with a as (select 1 as k) select count(*) as n from a, 'b.csv'",
    "select count(*) as n from plain",
    "DB select count(*) as n, max(w) as w from t join 'a.csv' using (k)",
    "DB select * from t left join 'b.csv' using (k) order by 1, 2",
)
FILES = ("a.csv", "b.csv", "d/c.csv", "plain")


def edit(source: random.Random) -> str:
    """A command line that changes something, or looks as if it did."""
    file = source.choice(FILES)
    number = source.randrange(1, 10)
    return source.choice(
        [
            f"echo {number},{number} >> {file}",
            f"printf 'k,v\\n{number},{number}\\n' > {file}",
            f"touch {file}",
            f"cp -p {file} kept; sed -i 's/{number}/{10 - number}/' {file}; touch -r kept {file}",
            f"mv {file} other; mv other {file}",
            f"printf 'k,v\\n{number},1\\n' > new; mv new {file}",
            f"rm {file}; printf 'k,v\\n1,{number}\\n' > {file}",
            f"ln -sfn {source.choice(('a.csv', 'b.csv'))} link.csv",
            "cd d; cd ..",
            "mv d e; mv e d",
            f"sql -w data.db 'insert into t values ({number}, {number})'",
            f"sql -w data.db 'update t set w = {number} where k = 1'",
            ":",
        ]
    )


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_the_cached_answer_is_the_fresh_one(azos: Azos, seed: int) -> None:
    source = random.Random(int(os.environ.get("CACHE_SEED", "0")) * 1_000 + seed)
    lines = [
        "mkdir d; for f in a.csv b.csv d/c.csv plain; do printf 'k,v\\n1,2\\n2,3\\n' > $f; done; ln -s a.csv link.csv; "
        "sql -w data.db 'create table t (k, w); insert into t values (1, 5), (2, 6)'"
    ]
    asked = []
    for _ in range(STEPS):
        lines.append(edit(source))
        query = source.choice(QUERIES)
        asked.append(query)
        database, text = ("data.db", query[3:]) if query.startswith("DB ") else ("", query)
        words = database + ' "' + text.replace('"', '\\"') + '"'
        lines += [f'echo "=$(sql {words} 2>&1)"', f'echo "=$(sql --fresh {words} 2>&1)"']
    half = len(lines) // 2
    said = azos.piped("\n".join(lines[:half]) + "\n").text + azos.piped("\n".join(lines[half:]) + "\n").text
    answers = [answer.strip() for answer in said.split("=")[1:]]
    assert len(answers) == 2 * STEPS
    for position, query in enumerate(asked):
        cached, fresh = answers[2 * position : 2 * position + 2]
        assert _without_line(cached) == _without_line(fresh), (seed, position, query)
    stats = json.loads(azos.run("cache stats").text.splitlines()[0])
    assert stats["hits"] > 0
    assert stats["misses"] > 0


def _without_line(answer: str) -> str:
    """Errors say the line of the script, which differs by one."""
    return answer.split(": sql: ", 1)[-1]
