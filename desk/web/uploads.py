"""Files that come in: bounded, told by their content, and looked at by the scanner."""

import asyncio
from typing import Any

from sanic import Request
from sanic.request import File

from desk.attachments.scanner import Infected, Scanner, ScannerDown
from desk.attachments.service import (
    ENDINGS,
    MAX_BYTES,
    EmptyFile,
    FileTooLarge,
    TypeNotAllowed,
    checked,
)
from desk.web.errors import ApiError

MAX_BODY = 11_000_000
"""Bytes of a request with a file: the file, and what a form puts around it."""
UPLOAD_S = 60.0
"""Seconds that a file may take to come in."""
_HEARD_OUT = 4 * MAX_BODY
"""A longer request is not kept, but read so far: a client that is cut off hears no reason."""
_RETRY_S = 30
_ROOM_S = 600


async def file_of(request: Request) -> File:
    """The one `file` of a form that is read here, in a handler with `stream=True`.

    Raises:
        ApiError: 400 when there is not exactly one, 408 when it takes too long, 413.
    """
    request.body = await whole_body(request)
    files = request.files.getlist("file", []) if request.files else []
    if len(files) != 1:
        raise ApiError(400, "invalid_field", field="file")
    file: File = files[0]
    return file


def no_room() -> ApiError:
    """The refusal of a file that nothing is wrong with, for want of a place to keep it."""
    return ApiError(503, "no_room", seconds=_ROOM_S)


async def look_at(scanner: Scanner, file: File) -> None:
    """Refuse what is not taken, and what the scanner does not like or can't look at.

    Raises:
        ApiError: 400, 413, 415, 422 or 503.
    """
    try:
        await asyncio.to_thread(checked, file.body)
        await scanner.check(file.body)
    except EmptyFile as error:
        raise ApiError(400, "file_empty") from error
    except FileTooLarge as error:
        raise ApiError(413, "file_too_large", limit=MAX_BYTES // 2**20) from error
    except TypeNotAllowed as error:
        raise ApiError(415, "file_type", endings=ENDINGS) from error
    except Infected as error:
        raise ApiError(422, "file_infected") from error
    except ScannerDown as error:
        raise ApiError(503, "scanner_down", seconds=_RETRY_S) from error


async def whole_body(request: Request, *, heard_out: int = _HEARD_OUT) -> bytes:
    """The body, read in a handler with `stream=True`.

    Args:
        heard_out: bytes that are read at most; one that is said to be longer is not read at all.

    Raises:
        ApiError: 408 when it takes too long, 413 when it has more than `MAX_BODY`.
    """
    said = request.headers.getone("content-length", "")
    if said.isascii() and said.isdecimal() and int(said[:20]) > heard_out:
        raise ApiError(413, "file_too_large", limit=MAX_BYTES // 2**20)
    body, length = bytearray(), 0
    try:
        async with asyncio.timeout(UPLOAD_S):
            while length <= heard_out and (chunk := await _chunk(request)):
                length += len(chunk)
                if length <= MAX_BODY:
                    body += chunk
    except TimeoutError as error:
        raise ApiError(408, "upload_slow") from error
    if length > MAX_BODY:
        raise ApiError(413, "file_too_large", limit=MAX_BYTES // 2**20)
    return bytes(body)


async def _chunk(request: Request) -> bytes | None:
    stream: Any = request.stream
    chunk: bytes | None = await stream.read()
    return chunk
