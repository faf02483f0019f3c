"""What the keys do, on top of prompt_toolkit's emacs and vi bindings: the last binding wins, so these do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from prompt_toolkit.filters import Condition, emacs_mode, vi_insert_mode, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

if TYPE_CHECKING:
    from azos_shell.repl.editor import Editor

E = KeyPressEvent
Handler = TypeVar("Handler", bound=Callable[[KeyPressEvent], None])


def load_keys(editor: Editor) -> KeyBindings:
    """All bindings of the prompt."""
    bindings = KeyBindings()
    _line_keys(bindings, editor)
    _history_keys(bindings, editor)
    _menu_keys(bindings, editor)
    _search_keys(bindings, editor)
    return bindings


def _line_keys(bindings: KeyBindings, editor: Editor) -> None:
    add = bindings.add

    @add("enter")
    @add("c-j")
    def _enter(event: E) -> None:
        editor.enter()

    @add("escape", "enter", filter=emacs_mode)
    @add("escape", "c-j", filter=emacs_mode)
    def _newline(event: E) -> None:
        editor.buffer.newline(copy_margin=False)

    @add("c-c")
    @add("<sigint>")
    def _interrupt(event: E) -> None:
        editor.interrupt()

    @add("c-d", filter=Condition(lambda: not editor.buffer.text))
    def _end_of_input(event: E) -> None:
        editor.end_of_input()

    @add("c-l")
    def _clear(event: E) -> None:
        event.app.renderer.clear()

    @add("c-z")
    @add("c-\\")
    def _nothing(event: E) -> None:
        """The prompt itself is neither stopped nor killed from the keyboard."""

    @add("tab", filter=emacs_mode | vi_insert_mode)
    def _tab(event: E) -> None:
        editor.completing.tab()


def _history_keys(bindings: KeyBindings, editor: Editor) -> None:
    add = bindings.add

    @add("escape", "<", filter=emacs_mode)
    def _oldest(event: E) -> None:
        event.app.create_background_task(editor.buffer.recall_oldest())

    @add("escape", ">", filter=emacs_mode)
    def _newest(event: E) -> None:
        editor.buffer.recall(0)

    @add("c-o", filter=emacs_mode)
    def _operate_and_get_next(event: E) -> None:
        editor.enter(then_next=True)

    @add("c-r")
    def _search(event: E) -> None:
        editor.menu.hide()
        editor.search.start()

    @add("/", filter=vi_navigation_mode)
    @add("?", filter=vi_navigation_mode)
    def _vi_search(event: E) -> None:
        editor.search.start()


def _menu_keys(bindings: KeyBindings, editor: Editor) -> None:
    shown = Condition(lambda: editor.menu.shown)
    selected = Condition(lambda: editor.menu.selected is not None)
    moves = {"s-tab": -1, "right": 1, "left": -1}

    def move(key: str, count: int) -> None:
        @bindings.add(key, filter=shown if key == "s-tab" else selected)
        def _move(event: E) -> None:
            editor.completing.move(count)

    for key, count in moves.items():
        move(key, count)

    @bindings.add("down", filter=selected)
    def _down(event: E) -> None:
        editor.completing.move(editor.menu.columns)

    @bindings.add("up", filter=selected)
    def _up(event: E) -> None:
        editor.completing.move(-editor.menu.columns)

    @bindings.add("enter", filter=selected)
    @bindings.add("c-j", filter=selected)
    @bindings.add("c-g", filter=shown)
    def _close(event: E) -> None:
        editor.menu.hide()


def _search_keys(bindings: KeyBindings, editor: Editor) -> None:
    search = editor.search
    searching = Condition(lambda: search.active)

    def add(key: Keys | str) -> Callable[[Handler], Handler]:
        return bindings.add(key, filter=searching, eager=True)

    @add(Keys.Any)
    def _type(event: E) -> None:
        """A printable key extends the query; any other takes the line found and does what it always does."""
        if event.data.isprintable():
            search.type(event.data)
        else:
            search.accept()
            event.key_processor.feed_multiple(event.key_sequence, first=True)

    @add(Keys.BracketedPaste)
    def _paste(event: E) -> None:
        search.type(event.data.splitlines()[0] if event.data else "")

    @add("backspace")
    @add("c-h")
    def _erase(event: E) -> None:
        search.erase()

    @add("c-r")
    def _older(event: E) -> None:
        search.older()

    @add("c-s")
    def _newer(event: E) -> None:
        search.newer()

    @add("enter")
    @add("c-j")
    def _run(event: E) -> None:
        search.accept()
        editor.enter()

    @add("c-g")
    @add("c-c")
    def _abort(event: E) -> None:
        search.abort()
