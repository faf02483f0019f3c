"""The web against a server that changes its mind: what is given without asking must be what the RFC allows to be given.

Seeded at random; the model knows every answer that was ever sent, and when, and for how long it was good.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from fakes.web import FakeWeb, WebUnderTest

from azos_shell.core.errors import DependencyError


@dataclass
class Sent:
    """An answer that the server has sent, or said to be still good, at ``moment``."""

    version: int
    moment: float
    max_age: int


class Fickle:
    """A server of a few addresses whose content changes, with lives, ages and validators drawn at random."""

    def __init__(self, web: WebUnderTest, chance: random.Random) -> None:
        self.web = web
        self.chance = chance
        self.server = FakeWeb()
        self.versions = dict.fromkeys(("/a", "/b", "/c"), 0)
        self.sent: dict[tuple[str, str], list[Sent]] = {}

    async def answer(self, visit) -> None:
        path, language = visit.target, visit.headers.get("accept-language", "")
        if visit.method == "POST":
            self.versions[path] += 1
            await visit.answer(b"changed", self.chance.choice(["200 OK", "201 Created"]))
            return
        max_age = self.chance.choice([0, 0, 5, 20, 100])
        headers = [f"Cache-Control: max-age={max_age}", "Vary: Accept-Language"]
        if self.chance.random() < 0.7:
            headers.append(f'ETag: "{self.versions[path]}{language}"')
        now = self.web.clock.monotonic()
        said = self.sent.setdefault((path, language), [])
        if visit.headers.get("if-none-match") == f'"{self.versions[path]}{language}"':
            said.append(Sent(self.versions[path], now, max_age))
            await visit.send("\r\n".join(["HTTP/1.1 304 Not Modified", *headers, "", ""]).encode())
            return
        if self.chance.random() < 0.1:
            await visit.send(
                b"HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 999\r\n\r\ncut"
            )
            raise ConnectionError
        said.append(Sent(self.versions[path], now, max_age))
        padding = b"." * self.chance.choice([0, 10, 40_000])
        await visit.answer(
            f"{path} {language} {self.versions[path]}\n".encode() + padding, "200 OK", *headers
        )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("steps", [200, pytest.param(4000, marks=pytest.mark.slow)])
async def test_what_is_given_without_asking_may_be_given(tmp_path, seed, steps):
    chance = random.Random(seed)
    web = WebUnderTest(str(tmp_path))
    fickle = Fickle(web, chance)
    await fickle.server.start()
    for path in fickle.versions:
        fickle.server.on(path, fickle.answer)
    hits = 0
    for _ in range(steps):
        path = chance.choice(list(fickle.versions))
        language = chance.choice(["de", "en"])
        url = f"http://{fickle.server.origin}{path}"
        match chance.random():
            case dice if dice < 0.1:
                fickle.versions[path] += 1  # behind everybody's back
            case dice if dice < 0.3:
                web.clock.advance(chance.choice([1, 5, 30]))
            case dice if dice < 0.35:
                web.clock.jump_wall(chance.choice([-5000, 5000]))
            case dice if dice < 0.42:
                await web.ask(url, "POST", body=b"x")
                fickle.sent = {key: [] if key[0] == path else said for key, said in fickle.sent.items()}
            case _:
                hits += await _look(web, fickle, path, language, url)
        web.services._breakers.clear()
    assert hits > steps / 20
    assert web.services.disk.verify().bad == ()
    await fickle.server.stop()
    await web.close()


async def _look(web, fickle, path, language, url) -> bool:
    """Ask once, and hold the answer against the model; whether it was a hit."""
    asked = len(fickle.server.visits)
    try:
        got = await web.ask(url, headers={"Accept-Language": language})
    except DependencyError as error:
        assert "cut short" in str(error)
        return False
    where, told, version = got.body.split(b"\n")[0].decode().split(" ")
    assert (where, told) == (path, language)
    if len(fickle.server.visits) > asked:
        assert int(version) == fickle.versions[path]
        return False
    now = web.clock.monotonic()
    assert any(
        sent.version == int(version) and now - sent.moment < sent.max_age
        for sent in fickle.sent[path, language]
    )
    return True
