"""``checksum FILE…``: digests of files as records; an example of a whole azos plugin."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Literal

from azos_shell.plugin import Argument, AzosError, Call, Chunk, Command, LaneName, Option, Records, command
from azos_shell.plugin.hooks import hookimpl

_BLOCK_BYTES = 1 << 20


@command("checksum", lane=LaneName.THREAD, records=True, category="Files")
async def checksum(
    call: Call,
    *files: Annotated[str, Argument(help="files to read", metavar="FILE", complete="path")],
    algorithm: Annotated[
        Literal["sha256", "sha512", "blake2b", "md5"], Option("-a", help="the digest")
    ] = "sha256",
) -> AsyncIterator[Chunk]:
    """Give the size and digest of files, a record each.

    A file that can't be read is told on standard error; the others are still done, and the exit status is 1.

    Examples:
        $ printf abc > ./f; checksum -a md5 ./f
        {"file":"./f","bytes":3,"digest":"900150983cd24fb0d6963f7d28e17f72"}
    """
    if not files:
        raise AzosError("a FILE is missing", status=2)
    for name in files:
        try:
            size, digest = await call.services.executor.run_async(
                _digest, call.shell.resolve_path(name), algorithm
            )
        except OSError as error:
            call.status = call.error(f"{name}: {error.strerror}")
            continue
        yield Records(("file", "bytes", "digest"), [(name, size, digest)])


def _digest(path: str, algorithm: str) -> tuple[int, str]:
    """Bytes and hexadecimal digest of a file."""
    state, size = hashlib.new(algorithm), 0
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            state.update(block)
            size += len(block)
    return size, state.hexdigest()


@hookimpl
def azos_commands() -> Iterable[Command]:
    """What this plugin adds."""
    return (checksum,)
