"""Passwords: hashing, checking, and what a good one is."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD, MAX_PASSWORD = 12, 1024
"""Characters; NIST SP 800-63B asks for length rather than for kinds of characters."""

_hasher = PasswordHasher()


class WeakPassword(ValueError):
    """A password that is too short, or the one of now."""


def hashed(password: str) -> str:
    """A password as it is kept.

    Raises:
        WeakPassword: fewer than `MIN_PASSWORD` characters, or more than `MAX_PASSWORD`.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPassword(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return _hasher.hash(_bytes(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash, as slow as with one."""
    # Made for known addresses too, so that the first unknown one can't be told by it.
    nobodys = _nobodys_hash()
    try:
        _hasher.verify(password_hash or nobodys, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    # Making it takes as long as a sign-in, too long for each command that imports this.
    return _hasher.hash(secrets.token_urlsafe(16))


def _bytes(password: str) -> bytes:
    # What a program posts may be no text at all.
    return password.encode(errors="surrogatepass")


def one_time() -> str:
    """A password that is handed over and must be changed."""
    return secrets.token_urlsafe(12)
