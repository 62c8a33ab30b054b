"""Bytes as they were before they were written as letters: base64, uuencode and yEnc."""

import binascii
import re

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_OTHERS = bytes(set(range(256)) - set(_LETTERS))
_ENDED = re.compile(rb"[^=]+=*")
_BEGIN = re.compile(rb"begin [0-7]{3,4} (\S[^\r\n]{0,250})")
_YENC = re.compile(rb"=ybegin [^\r\n]{0,200}\bname=([^\r\n]{1,250})")
_MARKS = (b"begin ", b"=ybegin ")
_MOST_BEGUN = 1_000


def from_base64(written: bytes) -> bytes | None:
    """What it says, also when it is cut, written in several pieces or followed by a footer.

    Returns:
        None when it is a text that only claims to be written so.
    """
    taken: list[bytes] = []
    left = 0
    for line in written.split(b"\n"):
        letters = line.strip()
        # Programs that add a footer below do not look at how a text is written.
        if left or len(letters.translate(None, _LETTERS)) * 10 > len(letters):
            left += len(letters)
        else:
            taken.append(letters)
    joined = b"".join(taken).translate(None, _OTHERS)
    if left > len(joined):
        return None
    return b"".join(_piece(piece) for piece in _ENDED.findall(joined))


def without_enclosed(content: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A text without the files that are written into it, and their names and contents."""
    if not any(mark in content for mark in _MARKS):
        return content, []
    lines = content.split(b"\n")
    kept: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    at = begun = 0
    while at < len(lines) and begun < _MOST_BEGUN:
        end = 0
        if found := _BEGIN.fullmatch(lines[at].rstrip()):
            end, inner = _uuencoded(lines, at + 1)
        elif found := _YENC.match(lines[at]):
            end, inner = _yencoded(lines, at + 1)
        begun += bool(found)
        if found and end:
            files.append((found[1].decode("utf-8", "surrogateescape").strip(), inner))
            at = end
        else:
            kept.append(lines[at])
            at += 1
    return b"\n".join(kept + lines[at:]), files


def _piece(piece: bytes) -> bytes:
    letters = piece.rstrip(b"=")
    # One letter alone is no byte.
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _uuencoded(lines: list[bytes], at: int) -> tuple[int, bytes]:
    """The line behind it, 0 when it is no file, and its content."""
    found: list[bytes] = []
    for number in range(at, len(lines)):
        line = lines[number].rstrip(b"\r")
        if line.strip() == b"end":
            return number + 1, b"".join(found)
        if line.strip() in {b"", b"`"}:
            continue
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some programs count the letters wrongly at the end of a line.
            size = ((line[0] - 32) & 63) * 4 + 5
            try:
                found.append(binascii.a2b_uu(line[: size // 3]))
            except binascii.Error:
                return 0, b""
    return 0, b""


def _yencoded(lines: list[bytes], at: int) -> tuple[int, bytes]:
    found: list[bytes] = []
    for number in range(at, len(lines)):
        line = lines[number].rstrip(b"\r")
        if line.startswith(b"=yend"):
            return number + 1, b"".join(found)
        if line.startswith(b"=ybegin"):
            # One that never ends is not looked for again and again.
            break
        if not line.startswith(b"=ypart"):
            first, *others = line.split(b"=")
            escaped = [bytes([(one[0] - 64) % 256]) + one[1:] for one in others if one]
            found.append(bytes((byte - 42) % 256 for byte in first + b"".join(escaped)))
    return 0, b""
