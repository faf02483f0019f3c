"""What a word could become: commands, files, variables, options and jobs that begin with what was typed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from azos_shell.language.visible import visible
from azos_shell.repl.background import in_background
from azos_shell.repl.host import ReplHost
from azos_shell.repl.site import KEYWORDS, Kind, Site


@dataclass(frozen=True, slots=True)
class Candidate:
    """One completion. ``ending`` follows it when it is the only one: a blank, a slash, a brace."""

    value: str
    ending: str = " "
    note: str = ""

    @property
    def label(self) -> str:
        """What the menu shows."""
        return visible(self.value) + (self.ending if self.ending == "/" else "")


@dataclass(frozen=True, slots=True)
class Listing:
    """A directory to be listed: which names of it count."""

    directory: str
    prefix: str
    only_directories: bool = False
    only_executables: bool = False

    def candidates(self) -> list[Candidate]:
        """Blocks for as long as the file system does. Hidden names only when asked for."""
        hidden = self.prefix.startswith(".")
        found = []
        try:
            with os.scandir(self.directory) as entries:
                for entry in entries:
                    if entry.name.startswith(self.prefix) and (hidden or not entry.name.startswith(".")):
                        found.append(self._candidate(entry))
        except OSError:
            return []
        return sorted((one for one in found if one is not None), key=lambda one: one.value)

    def _candidate(self, entry: os.DirEntry[str]) -> Candidate | None:
        try:
            if entry.is_dir():
                return Candidate(entry.name, "/")
        except OSError:
            pass  # a symbolic link in a circle: shown as the file it is
        if self.only_directories or (self.only_executables and not os.access(entry.path, os.X_OK)):
            return None
        return Candidate(entry.name)


def find_candidates(site: Site, host: ReplHost) -> Future[list[Candidate]]:
    """All candidates for the site. What the shell knows is there at once, files are listed in a thread."""
    found = _names(site, host)
    if isinstance(found, Listing):
        return in_background(found.candidates)
    future: Future[list[Candidate]] = Future()
    future.set_result(found)
    return future


def _names(site: Site, host: ReplHost) -> list[Candidate] | Listing:
    if site.kind is Kind.NOTHING:
        return []
    if site.kind is Kind.VARIABLE:
        return _starting(site.typed, host.variable_names(), "}" if site.braced else "")
    if site.kind is Kind.FILE:
        return _listing(site, host)
    if site.kind is Kind.COMMAND:
        return _commands(site, host)
    return _arguments(site, host)


def _arguments(site: Site, host: ReplHost) -> list[Candidate] | Listing:
    if site.typed.startswith("-") and not site.directory and not site.literal:
        options = _options(site, host)
        if options:
            return options
    kind = host.argument_kind(site.command)
    if kind == "job" or site.typed.startswith("%"):
        return _jobs(site, host)
    if kind == "command":
        return _commands(site, host)
    if kind == "variable":
        return _starting(site.typed, host.variable_names())
    return _listing(site, host, only_directories=kind == "directory")


def _commands(site: Site, host: ReplHost) -> list[Candidate] | Listing:
    if site.directory or site.typed.startswith("~"):
        return _listing(site, host, only_executables=True)
    names: set[str] = set(host.command_names())
    if site.typed:  # an empty word would list every program there is
        names.update(host.program_names(), KEYWORDS)
    return _starting(site.typed, names)


def _options(site: Site, host: ReplHost) -> list[Candidate]:
    flags = host.options_of(site.command)
    return [Candidate(flag, note=visible(text)) for flag, text in flags if flag.startswith(site.typed)]


def _jobs(site: Site, host: ReplHost) -> list[Candidate]:
    figures = host.figures()
    return _starting(site.typed, (f"%{n + 1}" for n in range(figures.running_jobs + figures.stopped_jobs)))


def _starting(prefix: str, names: Iterable[str], ending: str = " ") -> list[Candidate]:
    return [Candidate(name, ending) for name in sorted(names) if name.startswith(prefix)]


def _listing(
    site: Site, host: ReplHost, *, only_directories: bool = False, only_executables: bool = False
) -> list[Candidate] | Listing:
    if site.typed == "~":
        return [Candidate("~", "/")]
    directory = site.directory
    home = host.get("HOME")
    if directory.startswith("~/") and home:
        directory = home + directory[1:]
    elif directory.startswith("~"):
        directory = os.path.expanduser(directory)
    return Listing(os.path.join(host.cwd, directory), site.typed, only_directories, only_executables)
