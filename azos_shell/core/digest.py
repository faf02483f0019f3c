"""The hash that contents are told apart by: BLAKE2b (RFC 7693), faster here than all that hashlib has beside it."""

from __future__ import annotations

try:  # hashlib imports OpenSSL first, which takes 2 ms; this is where its blake2b comes from
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
