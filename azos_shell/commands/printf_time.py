"""A point in time written by ``printf '%(FORMAT)T'``: strftime in the zone that the shell's ``TZ`` names."""

from __future__ import annotations


def time_text(time_format: str, seconds: float, zone_name: str | None) -> str:
    """``seconds`` since the epoch as ``time_format`` says ("" is ``%X``); ValueError if it is out of range.

    The zone is the machine's if there is no name, and UTC, as in C, if no zone has the name.
    """
    from datetime import UTC, datetime, tzinfo
    from zoneinfo import ZoneInfo

    zone: tzinfo | None = None
    if zone_name is not None:
        try:
            zone = ZoneInfo(zone_name.removeprefix(":") or "UTC")
        except (ValueError, OSError, KeyError):
            zone = UTC
    try:
        moment = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, OSError) as error:
        raise ValueError("out of range") from error
    return moment.strftime(time_format or "%X")
