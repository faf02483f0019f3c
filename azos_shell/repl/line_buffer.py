"""The line being edited, with a history that is walked instead of loaded.

prompt_toolkit's own buffer copies the whole history into its working lines at each prompt and loops over
them; this one overrides its public history methods to walk a ``Recall``. As in bash, what was changed in a
recalled line is kept while one walks, and forgotten when a line is accepted.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import DummyHistory

from azos_shell.repl.recall import Recall

BUFFER_NAME = "DEFAULT_BUFFER"


class LineBuffer(Buffer):
    """A multi-line text with a walk through earlier ones."""

    def __init__(self, recall: Recall, *, on_change: Callable[[], None]) -> None:
        self._recall = recall
        self._back = 0
        self._drafts: dict[int, str] = {}
        self._yank: tuple[int, Document] | None = None
        super().__init__(
            history=DummyHistory(),
            multiline=True,
            name=BUFFER_NAME,
            on_text_changed=lambda _: on_change(),
            on_cursor_position_changed=lambda _: on_change(),
        )

    @property
    def back(self) -> int:
        """How far back in the history the walk is; 0 at the line being typed."""
        return self._back

    def reset(self, document: Document | None = None, append_to_history: bool = False) -> None:
        """Start anew, at the end of the history."""
        self._back = 0
        self._drafts.clear()
        self._yank = None
        super().reset(document)

    def put(self, text: str, cursor: int | None = None) -> None:
        """Replace the whole text; the cursor goes to its end unless told where."""
        self.document = Document(text, len(text) if cursor is None else cursor)

    def recall(self, back: int) -> bool:
        """Show the line that far back, with what was changed in it; False if there is none."""
        text = self._drafts.get(back)
        if text is None:
            text = "" if back == 0 else self._recall.line(back)
        if text is None:
            return False
        self._drafts[self._back] = self.text
        self._back = back
        self.put(text)
        return True

    def history_backward(self, count: int = 1) -> None:
        """Towards older lines; stays at the oldest."""
        while count > 0 and not self.recall(self._back + count):
            count -= 1

    def history_forward(self, count: int = 1) -> None:
        """Towards newer lines; the cursor is put on the first row so that going on down passes all."""
        if self._back > 0:
            self.recall(max(0, self._back - count))
            self.cursor_position = 0
            self.cursor_position = self.document.get_end_of_line_position()

    async def recall_oldest(self) -> None:
        """Go to the oldest line of all, unless the text is changed meanwhile."""
        before = self.document
        oldest = await self._recall.oldest()
        if self.document == before and oldest:
            self.recall(oldest)

    def yank_last_arg(self, n: int | None = None) -> None:
        """Insert the last word of the line before; again: of the line before that, in its place."""
        self._yank_word(-1 if n is None else n)

    def yank_nth_arg(self, n: int | None = None, _yank_last_arg: bool = False) -> None:
        """Insert the first argument, or the ``n``-th word, of the line before."""
        self._yank_word(1 if n is None else n)

    def _yank_word(self, index: int) -> None:
        from azos_shell.repl.site import split_words

        back = 0
        if self._yank is not None and self._yank[1] == self.document:
            back = self._yank[0]
            self.undo()
        words: list[str] = []
        while not (0 <= index < len(words) or (index < 0 and words)):
            back += 1
            line = self._recall.line(back)
            if line is None:
                return
            words = split_words(line)
        self.save_to_undo_stack()
        self.insert_text(words[index])
        self._yank = (back, self.document)

    # Parts of the base class that work on its own working lines, of which there is only one here.

    def load_history_if_not_yet_loaded(self) -> None:
        """Nothing to load: the history is walked, not copied."""

    def append_to_history(self) -> None:
        """The loop records what it runs."""

    def go_to_history(self, index: int) -> None:
        """There is one working line; walking is ``recall``."""

    def start_history_lines_completion(self) -> None:
        """Completion has its own menu."""

    def __repr__(self) -> str:
        return f"<LineBuffer {self.text!r} {self._back} back>"
