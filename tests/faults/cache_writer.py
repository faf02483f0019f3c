"""A process that stores results and prints each acknowledged one at once, until it is killed or has stored enough.

python cache_writer.py DIRECTORY PREFIX SEED COUNT (-1 for ever)

What a number's answer is follows from its name, so that whoever reads it can tell whether it is whole.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import sys
from math import inf

from azos_shell.cache.blobs import BlobStore
from azos_shell.cache.disk import CACHE, INLINE_BYTES, DiskTier
from azos_shell.cache.entry import STDERR, STDOUT, CachedResult
from azos_shell.cache.moment import Moment
from azos_shell.cache.validators import Evidence
from azos_shell.core.clock import SystemClock
from azos_shell.core.values import Records
from azos_shell.storage.database import Database

SIZES = (0, 10, 1000, INLINE_BYTES - 100, INLINE_BYTES + 1, 3 * INLINE_BYTES, 500_000)


def open_tier(
    directory: str, *, busy_timeout_seconds: float = 60.0, read_timeout_seconds: float = 5.0
) -> DiskTier:
    """The tier in a directory, with its connections; they end with the process, or with ``close_tier``."""
    clock = SystemClock()
    database = Database(
        CACHE,
        os.path.join(directory, "cache.db"),
        clock,
        busy_timeout_seconds=busy_timeout_seconds,
        read_timeout_seconds=read_timeout_seconds,
        is_optional=True,
    )
    return DiskTier(database, BlobStore(os.path.join(directory, "blobs")), clock, wants_thread=lambda: True)


def close_tier(tier: DiskTier) -> None:
    """End the thread and the connections."""
    tier.close(10.0)
    tier._database.close()


def key_of(name: str) -> bytes:
    """The key that it is stored under."""
    return hashlib.blake2b(name.encode(), digest_size=20).digest()


def output_of(name: str) -> tuple[tuple[int, bytes | Records], ...]:
    """What the answer of that name is."""
    chance = random.Random(name)
    table = Records(("name", "n"), [(name, chance.randrange(2**60)), (None, chance.random())])
    return ((STDOUT, chance.randbytes(chance.choice(SIZES))), (STDERR, name.encode()), (STDOUT, table))


def answer_of(name: str) -> CachedResult:
    """The answer of that name."""
    return CachedResult(
        status=len(name) % 7,
        output=output_of(name),
        cost_seconds=1.0,
        size_bytes=1,
        stored=Moment.now(SystemClock()),
        validators=(Evidence(()),),
        ttl_seconds=inf,
        command="demo",
        label=name,
    )


def is_right(result: CachedResult, name: str) -> bool:
    """Whether it is the answer of that name, all of it."""
    said = [chunk for chunk in result.output if chunk[1] != b""]
    wanted = [chunk for chunk in output_of(name) if chunk[1] != b""]
    return (said, result.status, result.label) == (wanted, len(name) % 7, name)


TRIES = 200


def main() -> None:
    directory, prefix, seed, count = sys.argv[1:]
    chance = random.Random(int(seed))
    tier = open_tier(directory)
    for number in itertools.count() if count == "-1" else range(int(count)):
        # Some are stored again: what was acknowledged must outlive the death of its replacement.
        again = number > 3 and count == "-1" and chance.random() < 0.3
        name = f"{prefix}-{chance.randrange(number) if again else number}"
        for _ in range(TRIES):  # who is kept waiting for too long by others is told so, and nothing is stored
            reason = tier.store(key_of(name), answer_of(name))
            if reason is None or "another process" not in reason:
                break
        os.write(1, f"{name}\n".encode() if reason is None else f"! {reason}\n".encode())


if __name__ == "__main__":
    main()
