"""What strangers have sent, handed to a browser so that it saves it and shows nothing of it."""

from urllib.parse import quote

from sanic import HTTPResponse, raw


def to_save(
    content: bytes, name: str, *, media_type: str = "application/octet-stream"
) -> HTTPResponse:
    """A file that opens nowhere within the desk, whatever it holds."""
    return raw(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        },
    )
