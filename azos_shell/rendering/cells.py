"""Values as text: what a cell of CSV, TSV or a table holds, and what JSON makes of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azos_shell.core.errors import AzosError

if TYPE_CHECKING:
    from azos_shell.core.values import Records


def cell_text(value: Any) -> str:
    """The text of a value in CSV and TSV: nothing for None, ``true``, bytes as they are, lists as JSON.

    Bytes that are no UTF-8 become surrogates (``surrogateescape``), so that encoding gives them back.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, list | tuple | dict):
        return encode_json(value).decode()
    return str(value)


def check_columns(header: tuple[str, ...], batch: Records, rows_before: int) -> None:
    """Raises AzosError for a batch with columns that a header which is written has no room for."""
    if batch.columns != header:
        further = ", ".join(name for name in batch.columns if name not in header) or "others"
        raise AzosError(
            f"row {rows_before + 1} and what follows have columns that the header, which is written, has not: "
            f"{further} (--json and --jsonl take any)"
        )


def plain_value(value: Any) -> Any:
    """``value`` in JSON's types: bytes as their text or else as base64, what is unknown as its str."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_as_text(bytes(value))
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    return str(value)


def encode_json(value: Any) -> bytes:
    """Compact JSON of any value; always valid UTF-8. NaN and infinities are null.

    A byte that was no UTF-8 is written as the escape of its surrogate (``"\\udcff"``), which JSON's grammar
    allows (RFC 8259 section 8.2) and which reads back as the same text.
    """
    import msgspec

    plain = plain_value(value)
    try:
        return msgspec.json.encode(plain)
    except UnicodeEncodeError:
        import json

        return json.dumps(_finite(plain), ensure_ascii=True, separators=(",", ":")).encode("ascii")


def table_text(value: Any) -> str:
    """The text of a value in a table, not yet escaped: floats to 15 digits, binary data as ``x'…'``."""
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        try:
            return data.decode()
        except UnicodeDecodeError:
            return f"x'{data.hex()}'"
    return cell_text(value)


def _float_text(value: float) -> str:
    """Fifteen significant digits, all that a double surely holds (C's DBL_DIG); still seen to be a float."""
    text = format(value, ".15g")
    return text if any(c in text for c in ".en") else text + ".0"


def _bytes_as_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        from binascii import b2a_base64

        return b2a_base64(data, newline=False).decode("ascii")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value
