"""The disk tier: answers in ``cache.db``, shared by all azos processes of the user, until the budget is full.

Large outputs are blobs beside the database. An entry carries a hash of all of it, which is compared when it is read; a
damaged one is taken out and was never there. Writing is left for later (``*_later``): to a thread where there is an
event loop that must not wait, else to the end, in larger pieces. What could not be written is lost, which costs a run,
never an answer. Who leaves is decided as in memory, by what an entry saves per byte
(``cache.worth``); pinned ones stay.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from math import inf
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from azos_shell.cache.entry import CachedResult
from azos_shell.cache.framing import joined, pack, unpack
from azos_shell.cache.leases import LEASE_TABLE
from azos_shell.cache.moment import Moment
from azos_shell.cache.validators import Evidence, LiveProof
from azos_shell.core.digest import blake2b
from azos_shell.core.drive import loop_running
from azos_shell.core.errors import AzosError, BusyError
from azos_shell.core.frozen import frozen
from azos_shell.storage.database import DatabaseKind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from azos_shell.cache.blobs import BlobStore
    from azos_shell.core.clock import Clock
    from azos_shell.storage.database import Database

T = TypeVar("T")

MAX_BYTES = 1024 * 1024 * 1024
INLINE_BYTES = 32 * 1024
"""Up to here SQLite is faster than a file (https://sqlite.org/intern-v-extern-blob.html), and one look does."""

UNFELT_SECONDS = 0.03
"""How long a busy database is waited for where somebody waits for us and it is of no use to him."""
FELT_SECONDS = 0.25
"""The same where it saves a run: dozens of processes that begin at once are through by then."""

_LARGEST_SHARE = 10  # one entry takes at most a tenth of the budget
_LOW_WATER = 0.9  # evictions come in batches
_QUEUED = 1000
_GATHERED = 64
_OVERHEAD_BYTES = 512  # a row without its variable parts, roughly

_ENTRY = """
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key BLOB NOT NULL UNIQUE,
        command TEXT NOT NULL,
        label BLOB NOT NULL,
        asked TEXT NOT NULL,
        tags TEXT NOT NULL,
        status INTEGER NOT NULL,
        cost_seconds REAL NOT NULL,
        size_bytes INTEGER NOT NULL,
        boot TEXT NOT NULL,
        stored_monotonic REAL NOT NULL,
        stored_wall REAL NOT NULL,
        ttl_seconds REAL,
        stale_seconds REAL NOT NULL,
        dependencies TEXT NOT NULL,
        output BLOB,
        blob TEXT,
        digest BLOB NOT NULL,
        hits INTEGER NOT NULL DEFAULT 0,
        worth REAL NOT NULL,
        pinned INTEGER NOT NULL DEFAULT 0
    )
"""
_BY_BLOB = "CREATE INDEX IF NOT EXISTS entry_blob ON entry (blob) WHERE blob IS NOT NULL"
_BY_WORTH = "CREATE INDEX IF NOT EXISTS entry_worth ON entry (pinned, worth, size_bytes)"
_TALLY = """
    CREATE TABLE IF NOT EXISTS tally (
        command TEXT PRIMARY KEY,
        hits INTEGER NOT NULL,
        misses INTEGER NOT NULL,
        seconds_saved REAL NOT NULL
    ) WITHOUT ROWID
"""
_REFUSAL = """
    CREATE TABLE IF NOT EXISTS refusal (
        key BLOB PRIMARY KEY,
        reason TEXT NOT NULL,
        wall REAL NOT NULL
    ) WITHOUT ROWID
"""
_REFUSALS = 1000
_CLOCK = "CREATE TABLE IF NOT EXISTS eviction (clock REAL NOT NULL, evictions INTEGER NOT NULL)"
_CLOCK_ROW = "INSERT INTO eviction VALUES (0.0, 0)"

CACHE = DatabaseKind(
    "result cache",
    "kept results",
    ((_ENTRY, _BY_BLOB, _BY_WORTH, _TALLY, _CLOCK, _CLOCK_ROW, _REFUSAL, LEASE_TABLE),),
    may_be_lost=True,
)
"""The hashes of its entries tell what a power cut has left of it."""

_COLUMNS = (
    "id, key, command, label, asked, tags, status, cost_seconds, size_bytes, boot, stored_monotonic, stored_wall, "
    "ttl_seconds, stale_seconds, dependencies, output, blob, digest, hits, pinned"
)


_SUMMARY = (
    "id, key, command, label, tags, status, cost_seconds, size_bytes, "
    "boot, stored_monotonic, stored_wall, hits, pinned"
)


@frozen
class Kept:
    """An entry as it was read: its number, its answer, and what is known of its use."""

    id: int
    key: bytes
    result: CachedResult
    hits: int
    pinned: bool
    blob: str | None


@frozen
class Summary:
    """An entry as it is listed."""

    id: int
    key: bytes
    command: str
    label: str
    tags: tuple[str, ...]
    status: int
    cost_seconds: float
    size_bytes: int
    stored: Moment
    hits: int
    pinned: bool


@frozen
class Tally:
    """How the cache did for one command, over all processes and sessions."""

    command: str
    hits: int
    misses: int
    seconds_saved: float


@frozen
class DiskStatistics:
    """What is on disk."""

    entries: int
    bytes: int
    max_bytes: int
    pinned: int
    evictions: int
    queued: int
    dropped: int


class StreamedOutput(Protocol):
    """An output that is in a file already (``cache.blob_writer``), in frames as ``cache.framing`` has them."""

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        ...

    def keep(self) -> str:
        """Make it a blob and return its name; may be called again. Raises OSError."""
        ...


class UnkeptOutputError(AzosError):
    """A large output can't be kept; the database is as good as ever."""


@frozen
class Verification:
    """What a check of everything on disk has found."""

    checked: int
    bad: tuple[str, ...]
    orphans: int


class DiskTier:
    """The answers on disk. Any thread may call anything here; reading never raises, a miss is the worst there is."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        clock: Clock,
        *,
        max_bytes: int = MAX_BYTES,
        wants_thread: Callable[[], bool] = loop_running,
    ) -> None:
        self._database = database
        self.blobs = blobs
        self._clock = clock
        self._max_bytes = max_bytes
        self._wants_thread = wants_thread
        self._queue: deque[Callable[[sqlite3.Connection], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._dropped = 0
        self._cleared = 0

    @property
    def max_entry_bytes(self) -> int:
        """The size of the largest answer that is kept."""
        return self._max_bytes // _LARGEST_SHARE

    @property
    def problem(self) -> str:
        """Why the last attempt to write failed."""
        return self._database.problem

    # -- reading ---------------------------------------------------------------------------------------------

    def lookup(self, key: bytes) -> Kept | None:
        """The entry under the key, whole and as it was stored; whether it still holds is not asked here."""
        row = self._read(
            lambda connection: connection.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE key = ?", (key,)
            ).fetchone(),
            None,
        )
        if row is None:
            return None
        kept = self._kept(row, self.blobs.read)
        if kept is not None and kept.key != key:
            return None  # a damaged index leads to another entry
        if kept is None:
            self._later(lambda connection: _delete(connection, self.blobs, [row[0]]))
        return kept

    def find(self, prefix: bytes) -> list[Kept]:
        """The entries whose keys begin so, whole, but without outputs that are blobs: those are ``blobs``' to read."""
        rows = self._read(
            lambda connection: connection.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE key >= ? AND key < ? ORDER BY id DESC",
                (prefix, prefix + b"\xff" * 20),
            ).fetchall(),
            [],
        )
        found = [self._kept(row, lambda name: b"") for row in rows]
        return [kept for kept in found if kept is not None and kept.key.startswith(prefix)]

    def entries(self) -> list[Summary]:
        """What is stored, the last stored first, without what it said."""
        rows = self._read(
            lambda connection: connection.execute(
                f"SELECT {_SUMMARY} FROM entry ORDER BY id DESC"
            ).fetchall(),
            [],
        )
        return [summary for row in rows if (summary := _summary(row)) is not None]

    def tallies(self) -> list[Tally]:
        """How the cache did, by command."""
        rows = self._read(
            lambda connection: connection.execute("SELECT * FROM tally ORDER BY command").fetchall(), []
        )
        return [Tally(_shown(command), *map(_number, rest)) for command, *rest in rows]

    def statistics(self) -> DiskStatistics:
        """A frozen picture of now."""

        def work(connection: sqlite3.Connection) -> tuple[int, int, int, int]:
            count, size, pinned = connection.execute(
                "SELECT count(*), ifnull(sum(size_bytes), 0), ifnull(sum(pinned), 0) FROM entry"
            ).fetchone()
            (evictions,) = connection.execute("SELECT evictions FROM eviction").fetchone() or (0,)
            return count, size, pinned, evictions

        count, size, pinned, evictions = self._read(work, (0, 0, 0, 0))
        with self._changed:
            return DiskStatistics(
                count, size, self._max_bytes, pinned, evictions, len(self._queue), self._dropped
            )

    def verify(self, *, mend: bool = True) -> Verification:
        """Check every entry and every blob against its hash; what is bad is taken out, unless told otherwise.

        Raises AzosError where the database can't be written.
        """
        checked = 0
        bad: list[tuple[int, str]] = []
        known: set[str] = set()
        for number in self._read(
            lambda connection: connection.execute("SELECT id FROM entry").fetchall(), []
        ):
            row = self._row(number)
            if row is None:
                continue
            checked += 1
            name = _shown(row[3])
            if self._kept(row, lambda name: b"") is None:
                bad.append((row[0], f"{name}: the entry is damaged"))
            elif row[16] is not None:
                known.add(_text(row[16]))
                if not self.blobs.is_whole(_text(row[16])):
                    bad.append((row[0], f"{name}: its output is damaged or missing"))
        orphans = [name for name in self.blobs.names() if name not in known]
        if mend:
            if bad:
                self._write(lambda connection: _delete(connection, self.blobs, [number for number, _ in bad]))
            if orphans:
                self._write(lambda connection: _remove_orphans(connection, self.blobs, orphans))
            self.blobs.sweep(self._clock.wall())
        return Verification(checked, tuple(text for _, text in bad), len(orphans))

    # -- writing ---------------------------------------------------------------------------------------------

    def store(self, key: bytes, result: CachedResult) -> str | None:
        """Keep an answer, in the place of an older one; None, or why it is not kept, in words."""
        return self._stored(key, result, None)

    def store_streamed(self, key: bytes, result: CachedResult, output: StreamedOutput) -> str | None:
        """The same for an output that was written as a blob while it came."""
        return self._stored(key, result, output)

    def _stored(self, key: bytes, result: CachedResult, streamed: StreamedOutput | None) -> str | None:
        prepared = self._prepared(key, result, streamed)
        if isinstance(prepared, str):
            return prepared
        values, packed = prepared
        output = packed if streamed is None else streamed
        try:
            self._write(
                lambda connection: self._insert(connection, values, output), patience_seconds=FELT_SECONDS
            )
        except UnkeptOutputError as error:
            return error.message
        except AzosError as error:
            return self._database.problem or error.message
        return None

    def store_later(self, key: bytes, result: CachedResult) -> str | None:
        """The same, by the thread; None, or why it will not be kept where that is known already."""
        prepared = self._prepared(key, result)
        if isinstance(prepared, str):
            return prepared
        values, output = prepared
        self._later(lambda connection: self._insert(connection, values, output))
        return None

    def note_hit(self, kept: Kept | None, result: CachedResult) -> None:
        """An answer was given. Of its entry: what that is worth now, and what was learnt of touched files."""
        evidence = evidence_of(result) if kept is not None else None
        renewed = json.dumps(evidence.rows()) if evidence is not None and evidence.has_news else None
        if evidence is not None:
            evidence.has_news = False

        def work(connection: sqlite3.Connection) -> None:
            _count(connection, result.command, hits=1, seconds_saved=result.cost_seconds)
            if kept is not None:
                connection.execute(
                    "UPDATE entry SET hits = hits + 1, worth = (SELECT clock FROM eviction) + (hits + 2) * ? "
                    "WHERE id = ?",
                    (_saved_per_byte(result.cost_seconds, result.size_bytes), kept.id),
                )
            if kept is not None and renewed is not None:
                self._renew(connection, kept, renewed)

        self._later(work)

    def note_miss(self, command: str) -> None:
        """It was asked for in vain."""
        self._later(lambda connection: _count(connection, command, misses=1))

    def note_refusal(self, key: bytes, reason: str) -> None:
        """What was asked for was answered by running it, and the answer can't be kept: for who asks why."""
        wall = self._clock.wall()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO refusal VALUES (?, ?, ?)", (key, reason, wall))
            connection.execute(
                "DELETE FROM refusal WHERE key IN (SELECT key FROM refusal ORDER BY wall DESC LIMIT -1 OFFSET ?)",
                (_REFUSALS,),
            )

        self._later(work)

    def refusal(self, key: bytes) -> str | None:
        """Why the last answer was not kept, if that is so."""
        row = self._read(
            lambda connection: connection.execute(
                "SELECT reason FROM refusal WHERE key = ?", (key,)
            ).fetchone(),
            None,
        )
        return None if row is None else _text(row[0])

    def remove(self, ids: list[int]) -> int:
        """Forget entries; returns how many there were. Raises AzosError where the database can't be written."""
        return self._write(lambda connection: _delete(connection, self.blobs, ids))

    def clear(self) -> int:
        """Forget everything, pinned or not; the tallies go on. Raises AzosError."""

        def work(connection: sqlite3.Connection) -> int:
            with (
                self._changed
            ):  # here, where no batch is being written: one that is on its way then stores nothing
                self._queue.clear()
                self._cleared += 1
                self._changed.notify_all()
            ids = [number for (number,) in connection.execute("SELECT id FROM entry").fetchall()]
            return _delete(connection, self.blobs, ids)

        return self._write(work)

    def pin(self, ids: list[int], on: bool) -> int:
        """Keep entries from being evicted, or no longer; returns how many. Raises AzosError."""

        def work(connection: sqlite3.Connection) -> int:
            return sum(
                connection.execute("UPDATE entry SET pinned = ? WHERE id = ?", (on, number)).rowcount
                for number in ids
            )

        return self._database.write(work)

    # -- the thread ------------------------------------------------------------------------------------------

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until nothing is queued; False if that took longer."""
        if self._thread is None:
            self._write_gathered()
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout_seconds)

    def close(self, timeout_seconds: float) -> bool:
        """Write what is queued and end the thread; False if that took longer (what is queued is then lost)."""
        if self._thread is None:
            self._write_gathered()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout_seconds)
        return thread is None or not thread.is_alive()

    def _later(self, work: Callable[[sqlite3.Connection], object]) -> None:
        with self._changed:
            if len(self._queue) >= _QUEUED or self._closing:
                self._dropped += 1
                return
            self._queue.append(work)
            if self._thread is None and self._wants_thread():
                self._thread = threading.Thread(target=self._write_queued, name="azos-cache", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            is_thread_less = self._thread is None
        if is_thread_less and len(self._queue) >= _GATHERED:
            self._write_gathered()

    def _write_gathered(self) -> None:
        """Write what is queued, in this thread; what can't be written now is lost."""
        with self._changed:
            batch, cleared = list(self._queue), self._cleared
            self._queue.clear()
        if not batch:
            return
        try:
            lost = self._write(
                lambda connection: self._run(connection, batch, cleared), patience_seconds=UNFELT_SECONDS
            )
        except AzosError:
            lost = len(batch)
        with self._changed:
            self._dropped += lost

    def _write_queued(self) -> None:
        """The thread: write what has gathered in one transaction, until closed."""
        while found := self._next_batch():
            batch, cleared = found
            try:
                lost = self._write(lambda connection, found=found: self._run(connection, *found))  # type: ignore[misc]
            except BusyError:
                with self._changed:
                    if self._closing:
                        return
                continue
            except AzosError:
                lost = len(batch)
            with self._changed:
                if cleared == self._cleared:  # else what is queued came later and was not in the batch
                    for _ in batch:
                        self._queue.popleft()
                    self._dropped += lost
                self._changed.notify_all()

    def _next_batch(self) -> tuple[list[Callable[[sqlite3.Connection], object]], int] | None:
        """What is queued, and how often the queue was cleared before; None for the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            return (list(self._queue), self._cleared) if self._queue else None

    def _run(
        self,
        connection: sqlite3.Connection,
        batch: list[Callable[[sqlite3.Connection], object]],
        cleared: int,
    ) -> int:
        """Do what was queued, unless it was cleared meanwhile; returns how much of it is lost."""
        with self._changed:
            if cleared != self._cleared:
                return 0
        lost = 0
        for work in batch:
            try:
                work(connection)
            except UnkeptOutputError:
                lost += 1
        return lost

    def _write(self, work: Callable[[sqlite3.Connection], T], *, patience_seconds: float | None = None) -> T:
        """Write, then take away the blobs that are no longer wanted: before the commit they still are."""
        value = self._database.write(work, patience_seconds=patience_seconds)
        names = self.blobs.take_doomed()
        if names:
            try:
                self._database.write(lambda connection: _remove_orphans(connection, self.blobs, names))
            except AzosError:
                pass  # ``verify`` will find them
        return value

    # -- rows ------------------------------------------------------------------------------------------------

    def _read(self, work: Callable[[sqlite3.Connection], Any], nothing: Any) -> Any:
        try:
            return self._database.read(work, nothing)
        except AzosError:
            return nothing  # busy: then it is not known

    def _row(self, number: tuple[int]) -> Any:
        return self._read(
            lambda connection: connection.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE id = ?", number
            ).fetchone(),
            None,
        )

    def _prepared(
        self, key: bytes, result: CachedResult, streamed: StreamedOutput | None = None
    ) -> tuple[tuple[Any, ...], bytes] | str:
        """The values of the row and the output, or why there is no row."""
        evidence = evidence_of(result)
        if evidence is None:
            return "what it rests on is only known to this process"
        output = pack(joined(result.output))
        if output is None:
            return "it holds values that can't be written down"
        dependencies = json.dumps(evidence.rows())
        output_bytes = len(output) if streamed is None else streamed.size_bytes
        size_bytes = output_bytes + len(dependencies) + len(result.asked) + _OVERHEAD_BYTES
        if size_bytes > self.max_entry_bytes:
            return f"its {size_bytes} bytes are more than a tenth of the {self._max_bytes} that the cache may take"
        ttl = None if result.ttl_seconds == inf else float(result.ttl_seconds)
        values = (
            key,
            _written(result.command),
            result.label.encode("utf-8", "surrogateescape"),
            _written(result.asked),
            _written(_tag_text(result.tags)),
            result.status,
            float(result.cost_seconds),  # as the columns give them back: the digest is of these very values
            size_bytes,
            result.stored.boot,
            float(result.stored.monotonic),
            float(result.stored.wall),
            ttl,
            float(result.stale_seconds),
            dependencies,
        )
        return values, output

    def _insert(
        self, connection: sqlite3.Connection, values: tuple[Any, ...], output: bytes | StreamedOutput
    ) -> None:
        inline, blob = self._placed(output)
        key, size_bytes = values[0], values[7]
        old = connection.execute("SELECT id, pinned, hits FROM entry WHERE key = ?", (key,)).fetchone()
        if old is not None:
            _delete(connection, self.blobs, [old[0]])
        pinned, hits = (_number(old[1]), _number(old[2])) if old is not None else (0, 0)
        self._make_room(connection, size_bytes)
        connection.execute("DELETE FROM refusal WHERE key = ?", (key,))
        (clock,) = connection.execute("SELECT clock FROM eviction").fetchone() or (0.0,)
        worth = _number(clock) + (hits + 1) * _saved_per_byte(values[6], size_bytes)
        connection.execute(
            "INSERT INTO entry (key, command, label, asked, tags, status, cost_seconds, size_bytes, boot, "
            "stored_monotonic, stored_wall, ttl_seconds, stale_seconds, dependencies, output, blob, digest, hits, "
            f"worth, pinned) VALUES ({', '.join('?' * 20)})",
            (*values, inline, blob, _digest(values, blob or inline or b""), hits, worth, pinned),
        )

    def _placed(self, output: bytes | StreamedOutput) -> tuple[bytes | None, str | None]:
        """The output as the row has it: itself, or the name of its blob, which is there from now on."""
        if isinstance(output, bytes) and len(output) <= INLINE_BYTES:
            return output, None
        try:
            return None, self.blobs.write(output) if isinstance(output, bytes) else output.keep()
        except OSError as error:
            raise UnkeptOutputError(f"its output can't be kept: {error.strerror}") from error

    def _make_room(self, connection: sqlite3.Connection, size_bytes: int) -> None:
        """Evict, least worth first, so that one more entry of that size fits the budget."""
        (total,) = connection.execute("SELECT ifnull(sum(size_bytes), 0) FROM entry").fetchone()
        if total + size_bytes <= self._max_bytes:
            return
        excess = total + size_bytes - int(self._max_bytes * _LOW_WATER)
        victims: list[int] = []
        clock = 0.0
        for number, worth, size in connection.execute(
            "SELECT id, worth, size_bytes FROM entry WHERE pinned = 0 ORDER BY worth, id"
        ):
            if excess <= 0:
                break
            victims.append(number)
            excess -= _number(size)
            clock = _number(worth)
        _delete(connection, self.blobs, victims)
        connection.execute(
            "UPDATE eviction SET clock = max(clock, ?), evictions = evictions + ?", (clock, len(victims))
        )

    def _renew(self, connection: sqlite3.Connection, kept: Kept, dependencies: str) -> None:
        row = connection.execute(f"SELECT {_COLUMNS} FROM entry WHERE id = ?", (kept.id,)).fetchone()
        if row is None:
            return
        # A new digest must not declare a damaged row whole; and after a loss of the database the number may be
        # another entry's.
        found = self._kept(row, lambda name: b"")
        if found is None or found.key != kept.key or found.result.stored != kept.result.stored:
            return
        values = (*row[1:14], dependencies)
        digest = _digest(values, row[15] if row[16] is None else row[16])
        connection.execute(
            "UPDATE entry SET dependencies = ?, digest = ? WHERE id = ?", (dependencies, digest, kept.id)
        )

    def _kept(self, row: Any, read: Callable[[str], bytes | None]) -> Kept | None:
        """The entry of a row; None if anything of it is not what was stored."""
        (number, key, command, label, asked, tags, status, cost, size, boot, monotonic, wall, ttl, stale) = (
            row[:14]
        )
        dependencies, output, blob, digest, hits, pinned = row[14:]
        try:
            values = (
                key, _text(command), label, _text(asked), _text(tags), status, cost, size, _text(boot), monotonic,
                wall, ttl, stale, _text(dependencies),
            )  # fmt: skip
            blob = None if blob is None else _text(blob)
            if _digest(values, output if blob is None else blob) != digest:
                return None
            data = output if blob is None else read(blob)
            if data is None:
                return None
            result = CachedResult(
                status=status,
                output=unpack(data),
                cost_seconds=cost,
                size_bytes=size,
                stored=Moment(values[8], monotonic, wall),
                validators=(Evidence.from_rows(json.loads(values[13])),),
                ttl_seconds=inf if ttl is None else ttl,
                stale_seconds=stale,
                command=values[1],
                label=label.decode("utf-8", "surrogateescape"),
                asked=values[3],
                tags=tuple(values[4].split()),
            )
        except (ValueError, TypeError, AttributeError, LookupError):  # a damaged page may hold any type
            return None
        return Kept(number, key, result, hits, bool(pinned), blob)

    def __repr__(self) -> str:
        return f"<DiskTier {self._database!r}, {len(self._queue)} queued>"


def _summary(row: Any) -> Summary | None:
    number, key, command, label, tags, status, cost, size, boot, monotonic, wall, hits, pinned = row
    try:
        return Summary(
            number,
            key,
            _text(command),
            label.decode("utf-8", "surrogateescape"),
            tuple(_text(tags).split()),
            status,
            float(cost),
            int(size),
            Moment(_text(boot), float(monotonic), float(wall)),
            hits,
            bool(pinned),
        )
    except (ValueError, TypeError, AttributeError):  # a damaged page may hold any type
        return None


def evidence_of(result: CachedResult) -> Evidence | None:
    """What the answer rests on in a form that outlives the process; None if there is no such form."""
    evidence = Evidence(())
    for validator in result.validators:
        if isinstance(validator, LiveProof):
            validator = validator.evidence
        if not isinstance(validator, Evidence):
            return None
        evidence = (
            validator
            if not evidence.dependencies
            else Evidence((*evidence.dependencies, *validator.dependencies))
        )
    return evidence


def _saved_per_byte(cost_seconds: float, size_bytes: int) -> float:
    return cost_seconds / max(size_bytes, 1)


def _digest(values: tuple[Any, ...], output: bytes | str) -> bytes:
    digest = blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(output if isinstance(output, bytes) else output.encode())
    return digest.digest()


def _delete(connection: sqlite3.Connection, blobs: BlobStore, ids: list[int]) -> int:
    """Take entries out. Their blobs are only doomed: until the commit the entries may yet come back."""
    deleted = 0
    for number in ids:
        row = connection.execute("SELECT blob FROM entry WHERE id = ?", (number,)).fetchone()
        deleted += connection.execute("DELETE FROM entry WHERE id = ?", (number,)).rowcount
        if row is not None and row[0] is not None:
            blobs.doom(str(row[0]))
    return deleted


def _remove_orphans(connection: sqlite3.Connection, blobs: BlobStore, names: list[str]) -> None:
    """Take blobs away that no entry has: in a transaction, so that none gains one meanwhile."""
    for name in names:
        if connection.execute("SELECT 1 FROM entry WHERE blob = ?", (name,)).fetchone() is None:
            blobs.remove(name)


def _count(
    connection: sqlite3.Connection,
    command: str,
    *,
    hits: int = 0,
    misses: int = 0,
    seconds_saved: float = 0.0,
) -> None:
    connection.execute(
        "INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT (command) DO UPDATE SET hits = hits + excluded.hits, "
        "misses = misses + excluded.misses, seconds_saved = seconds_saved + excluded.seconds_saved",
        (_written(command), hits, misses, seconds_saved),
    )


def _tag_text(tags: tuple[str, ...]) -> str:
    return " ".join(tags)


def _written(text: str) -> str:
    """As a column of texts can take it: a name that is no UTF-8 is told with escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _shown(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(value: Any) -> Any:
    """A damaged page may hold any type."""
    return value if isinstance(value, int | float) else 0


def _text(value: Any) -> str:
    """A reader's connection gives text as bytes."""
    return value.decode("utf-8") if isinstance(value, bytes) else value
