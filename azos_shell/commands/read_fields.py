"""A line split for ``read``: field splitting in which the last variable takes the rest (POSIX XCU read)."""

from __future__ import annotations


def split_line(line: str, escaped: set[int], count: int | None, ifs: str) -> list[str]:
    """``count`` values, the last with all that is left; with None as many as there are fields.

    ``escaped`` are the positions of characters that delimit nothing.
    """
    soft = {c for c in ifs if c in " \t\n"}
    hard = set(ifs) - soft
    start, end = 0, len(line)
    while start < end and line[start] in soft and start not in escaped:
        start += 1
    values: list[str] = []
    position = start
    while (count is None or len(values) < count - 1) and position < end:
        begin = position
        while position < end and (position in escaped or line[position] not in ifs):
            position += 1
        values.append(line[begin:position])
        position = _after_delimiter(line, position, end, soft, hard, escaped)
    if count is None:
        return values
    values.append(_rest(line, position, end, soft, hard, escaped))
    return values + [""] * (count - len(values))


def _after_delimiter(
    line: str, position: int, end: int, soft: set[str], hard: set[str], escaped: set[int]
) -> int:
    seen_hard = False
    while position < end and position not in escaped:
        if line[position] in soft:
            position += 1
        elif line[position] in hard and not seen_hard:
            seen_hard = True
            position += 1
        else:
            break
    return position


def _rest(line: str, position: int, end: int, soft: set[str], hard: set[str], escaped: set[int]) -> str:
    """What the last variable gets: trailing IFS white space goes, and one trailing delimiter if it ends one field."""

    def delimits(at: int, characters: set[str]) -> bool:
        return line[at] in characters and at not in escaped

    while end > position and delimits(end - 1, soft):
        end -= 1
    if end == position or not delimits(end - 1, hard):
        return line[position:end]
    field_end = end - 1
    while field_end > position and delimits(field_end - 1, soft):
        field_end -= 1
    if any(delimits(at, soft | hard) for at in range(position, field_end)):
        return line[position:end]  # several fields: as they stand
    return line[position:field_end]
