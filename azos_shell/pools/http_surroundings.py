"""The surroundings of a request: by which proxy it goes, and whose certificates are trusted.

They are the exported variables of the shell that asks, as every program of the user's heeds them: ``http_proxy``,
``https_proxy``, ``all_proxy``, ``no_proxy`` (in capitals, too), ``SSL_CERT_FILE``, ``SSL_CERT_DIR``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from azos_shell.core.errors import UsageError
from azos_shell.core.frozen import frozen
from azos_shell.language.visible import visible
from azos_shell.pools.http_request import shown_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("http", "https")


@frozen
class Surroundings:
    """Proxies by the scheme of what is asked, hosts that are asked directly, and files of authorities.

    ``certificate_file`` (with its key, or that in ``certificate_key_file``) proves who asks. If not ``is_verified``,
    any certificate of a server will do.
    """

    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    authorities_file: str = ""
    authorities_directory: str = ""
    certificate_file: str = ""
    certificate_key_file: str = ""
    is_verified: bool = True

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Surroundings:
        """Those that these variables name; small letters go before capitals."""

        def value(name: str) -> str:
            return environment.get(name) or environment.get(name.upper()) or ""

        everything = value("all_proxy")
        return cls(
            http_proxy=value("http_proxy") or everything,
            https_proxy=value("https_proxy") or everything,
            no_proxy=value("no_proxy"),
            authorities_file=environment.get("SSL_CERT_FILE", ""),
            authorities_directory=environment.get("SSL_CERT_DIR", ""),
        )

    def proxy_for(self, url: str) -> str:
        """The proxy that this address is asked by; empty for none. Raises UsageError for one that can't be."""
        parts = urlsplit(url)
        proxy = self.https_proxy if parts.scheme == "https" else self.http_proxy
        if not proxy or self._goes_directly(parts.hostname or "", parts.netloc.rpartition("@")[2]):
            return ""
        if "://" not in proxy:
            proxy = f"http://{proxy}"
        try:
            found = urlsplit(proxy)
            is_good = bool(found.hostname) and found.port != 0
        except ValueError:
            is_good = False
        if not is_good or found.scheme not in _SCHEMES:
            told = visible(shown_url(proxy)) if is_good else "what is set"
            raise UsageError(
                f"{told} can't be used as a proxy: only http and https proxies are spoken to "
                f"(see {parts.scheme}_proxy, all_proxy and no_proxy)"
            )
        return proxy

    def _goes_directly(self, host: str, authority: str) -> bool:
        """By ``no_proxy``: names and their subdomains, ``*`` for all; a port narrows it."""
        for entry in self.no_proxy.lower().split(","):
            name = entry.strip().lstrip("*").lstrip(".")
            if entry.strip() == "*":
                return True
            if name and any(
                at == name or at.endswith(f".{name}") for at in (host.lower(), authority.lower())
            ):
                return True
        return False


NOWHERE = Surroundings()
