"""What every answer says to browsers about itself, and what no request may be.

The policies follow OWASP's Secure Headers Project; scripts and styles come from the desk alone.
"""

import re
import secrets

from sanic import Request
from sanic.exceptions import BadRequest, NotFound
from sanic.response import BaseHTTPResponse

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_YEAR_S = 31_536_000

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Permitted-Cross-Domain-Policies": "none",
}
_PAGES = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def is_embedded(request: Request) -> bool:
    """Whether it is what the widget asks for from the pages of other sites."""
    return request.path == "/widget.js" or request.path.startswith("/api/v1/conversations")


async def receive(request: Request) -> None:
    """Refuse a host that is none and an address with a NUL in it, and draw the nonce.

    The nonce is a word that scripts of this answer carry, which nobody who injects one could know.

    Raises:
        BadRequest: `Host` is missing or holds what no host's name does.
        NotFound: nothing has such an address, and neither file systems nor databases take a NUL.
    """
    request.ctx.nonce = secrets.token_urlsafe(16)
    hosts = request.headers.getall("host", [])
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise BadRequest("Host")
    if "%00" in request.path:
        raise NotFound("NUL")


async def protect(request: Request, response: BaseHTTPResponse) -> None:
    """Add the headers that an answer does not set itself."""
    headers = dict(_EVERYWHERE)
    if is_embedded(request):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    else:
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.scheme == "https":
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    if (response.content_type or "").startswith("text/html"):
        headers |= _PAGES
        headers["Content-Security-Policy"] = _page_policy(request)
    elif not request.path.startswith(("/static/", "/widget.js")):
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    if request.path.startswith(("/console", "/api/", "/webhooks/", "/health", "/metrics")):
        headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers.setdefault(name, value)


def _page_policy(request: Request) -> str:
    """Scripts by their nonce or from the desk, and nothing within a page's own markup."""
    nonce = getattr(request.ctx, "nonce", secrets.token_urlsafe(16))
    scripts = f"'nonce-{nonce}'"
    if not request.path.startswith("/console"):
        # The widget is put together of modules, which carry no nonce of their own.
        scripts += " 'self'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
