"""The malformed rows of one input that were left out."""

from __future__ import annotations

from azos_shell.plugin import Call


class Skipped:
    """Hears of them one by one, and tells of them together."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def __call__(self, message: str) -> None:
        """One more; ``message`` says where it is and what is wrong with it."""
        if not self.count:
            self.first = message
        self.count += 1

    def tell(self, call: Call, origin: str) -> None:
        """One line on standard error, if anything was left out."""
        if self.count:
            rows = "1 malformed row" if self.count == 1 else f"{self.count:,} malformed rows"
            call.error(f"{origin}: {rows} skipped; the first: {self.first}")

    def __repr__(self) -> str:
        return f"<Skipped {self.count}>"
