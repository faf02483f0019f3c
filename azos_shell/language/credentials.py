"""Credentials taken out of text that is kept or shown: of addresses, and of what ``http`` is told by ``-a``.

An address with ``user:password@`` keeps its user; one with a long word before ``@`` (a token) keeps nothing of it.
A password that is a variable (``$PASSWORD``) is none yet and stays.
"""

from __future__ import annotations

import re

from azos_shell.language.lazy_regex import LazyRegex

HIDDEN = "***"

_IN_ADDRESS = LazyRegex(
    r"""((?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}://)([^\s/?#'"@:]*)(:[^\s/?#'"]*)?@"""
)
_OF_HTTP = LazyRegex(r"""(?:^|(?<=[\s;|&({`]))http\s[^|;&\n]*""")
_WITHOUT_SCHEME = LazyRegex(r"""(?<=[\s'"])([^\s/?#'"@:=]+)(:[^\s/?#'"=]+)@(?=[\w.\[-])""")
_AUTH_OPTION = LazyRegex(r"""((?<=\s)(?:-a|--auth)(?:\s+|=|(?=[^-\s]))['"]?)([^\s'":]*)(:[^\s'"]*)?""")
_VARIABLE = LazyRegex(r"""\$(?:\w+|\{\w+\})\Z""")
_TOKEN_LENGTH = 16


def without_credentials(text: str) -> str:
    """A command line with passwords and tokens in it replaced by ``***``."""
    text = without_credentials_in_addresses(text)
    if "http " in text:
        text = _OF_HTTP.sub(lambda found: _of_http(found[0]), text)
    return text


def without_credentials_in_addresses(text: str) -> str:
    """Any text with those in its addresses replaced."""
    if "://" not in text:
        return text
    return _IN_ADDRESS.sub(lambda found: found[1] + _hidden(found[2], found[3]) + "@", text)


def _hidden(user: str, password: str | None) -> str:
    if password is None:
        return HIDDEN if len(user) >= _TOKEN_LENGTH else user
    if len(password) == 1 or _VARIABLE.match(password, 1):
        return user + password
    return f"{user}:{HIDDEN}"


def _of_http(command: str) -> str:
    command = _WITHOUT_SCHEME.sub(lambda found: _hidden(found[1], found[2]) + "@", command)
    return _AUTH_OPTION.sub(_auth_hidden, command)


def _auth_hidden(found: re.Match[str]) -> str:
    option, user, password = found[1], found[2], found[3]
    if password is None and (not user or _VARIABLE.match(user, 0)):
        return found[0]
    return option + (HIDDEN if password is None else _hidden(user, password))
