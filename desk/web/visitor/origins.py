"""Which sites may use the chat from their pages (`ACEDESK_ALLOWED_ORIGINS`).

A conversation is opened by its token alone and never by a cookie, so that any site may ask unless
sites are named. The protocol is that of https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request, empty

from desk.web.errors import ApiError

ANY = "*"
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
_EXPOSED = "Retry-After, Content-Disposition"


@dataclass(frozen=True)
class Origins:
    """The sites that may, or all of them."""

    named: frozenset[str] | None
    """Their origins as browsers write them; None for any."""

    @classmethod
    def parse(cls, text: str) -> "Origins":
        """Read the setting: `*`, or origins parted by commas.

        Raises:
            ValueError: an entry is no origin.
        """
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        if entries == [ANY]:
            return cls(None)
        return cls(frozenset(map(origin, entries)))

    def allow(self, given: str, *, host: str) -> bool:
        """Whether pages of an origin may ask the desk at `host`; its own always may."""
        if self.named is None or given in self.named:
            return True
        # A proxy in front may speak https where the desk hears http, so only the host is compared.
        _, scheme_ends, named = given.partition("://")
        return bool(scheme_ends) and named == host.lower()


def origin(text: str) -> str:
    """An origin as browsers write it: `https://www.example.com`, `http://localhost:3000`.

    Raises:
        ValueError: it is none: another scheme, a path, a pattern, a name in it.
    """
    parts = urlsplit(text.lower())
    host, port = parts.hostname or "", parts.port
    host = f"[{host}]" if ":" in host else host
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not bare or not _HOST.fullmatch(host):
        raise ValueError(
            f"{text!r} is no origin: write a scheme and a host, such as https://www.example.com"
        )
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def check(request: Request, origins: Origins) -> HTTPResponse | None:
    """Refuse pages of other sites, and answer a browser that asks beforehand.

    Raises:
        ApiError: 403.
    """
    given = request.headers.getone("origin", None)
    if given is not None and not origins.allow(given, host=request.host):
        raise ApiError(403, "origin_not_allowed")
    return empty(headers=_PREFLIGHT) if request.method == "OPTIONS" else None


def headers_for(request: Request, origins: Origins) -> Mapping[str, str]:
    """What tells a browser whether the page that asked may read the answer."""
    given = request.headers.getone("origin", None)
    if origins.named is None:
        return {"Access-Control-Allow-Origin": ANY, "Access-Control-Expose-Headers": _EXPOSED}
    if given is None or not origins.allow(given, host=request.host):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": given,
        "Access-Control-Expose-Headers": _EXPOSED,
        "Vary": "Origin",
    }
