"""Certificates of a local authority, good and bad."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("good", "expired", "not yet valid", "wrong name", "self-signed", "other authority", "old protocol")


class Authority:
    """One authority that is trusted, and contexts of servers whose certificates are good or bad in one way."""

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA()
        self._stranger = trustme.CA()
        self._directory = directory
        self.file = directory / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def context(self, kind: str) -> ssl.SSLContext:
        """A server's side of TLS with a certificate of that kind."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "self-signed":
            return self._signed_by_itself(context)
        if kind == "old protocol":
            context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.set_ciphers("ALL:@SECLEVEL=0")
        now = datetime.now(UTC)
        times = {
            "expired": {"not_before": now - timedelta(days=60), "not_after": now - timedelta(days=1)},
            "not yet valid": {"not_before": now + timedelta(days=1), "not_after": now + timedelta(days=60)},
        }
        authority = self._stranger if kind == "other authority" else self._authority
        name = "elsewhere.example" if kind == "wrong name" else "localhost"
        authority.issue_cert(name, **times.get(kind, {})).configure_cert(context)
        return context

    def _signed_by_itself(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """The certificate of an authority nobody knows, used as a server's own."""
        alone = trustme.CA()
        path = self._directory / "alone.pem"
        alone.cert_pem.write_to_path(str(path))
        alone.private_key_pem.write_to_path(str(path), append=True)
        context.load_cert_chain(str(path))
        return context
