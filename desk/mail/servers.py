"""Mail servers, as the settings name them."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from desk.outbox.loopback import is_loopback


class UnusableServer(ValueError):
    """The address of a server can't be used; the text says why, and names no password."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where a server is, how it is spoken to, and as whom."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str = ""
    password: str = ""
    path: str = ""
    """What stands behind the host, without slashes around it."""

    @classmethod
    def parse(cls, url: str, *, setting: str, scheme: str, port: int, tls_port: int) -> "Server":
        """Read `SCHEME://user:password@host:port/path` (STARTTLS) or `SCHEMEs://…` (TLS).

        On loopback the first is spoken without TLS.

        Args:
            url: the address.
            setting: where it was set, for the error.
            scheme: such as `imap`.
            port: where the first is spoken by default.
            tls_port: where the second is.

        Raises:
            UnusableServer: another scheme, no host, or a port that is none.
        """
        ports = {scheme: port, f"{scheme}s": tls_port}
        try:
            parts = urlsplit(url)
            chosen = parts.port or ports[parts.scheme]
        except (ValueError, KeyError):
            raise UnusableServer(
                f"{setting} must be {scheme}://host:port or {scheme}s://host:port"
            ) from None
        if not parts.hostname:
            raise UnusableServer(f"{setting} names no host")
        plain: Literal["none", "starttls"] = "none" if is_loopback(parts.hostname) else "starttls"
        return cls(
            host=parts.hostname,
            port=chosen,
            security="tls" if parts.scheme == f"{scheme}s" else plain,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            path=unquote(parts.path.strip("/")),
        )


def trusting(ca: Path | None) -> ssl.SSLContext:
    """What a server's certificate is looked at with: the system's authorities, and one more."""
    context = ssl.create_default_context()
    if ca is not None:
        context.load_verify_locations(ca)
    return context
