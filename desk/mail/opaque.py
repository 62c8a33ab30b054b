"""What is signed as a whole (S/MIME, RFC 8551 section 3.5.2), so that it must be taken out."""

from collections.abc import Iterator

_SIGNED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
_SEQUENCE, _NAME, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_LONG_TAG, _INDEFINITE, _DEEPEST, _MOST = 0x1F, 0x80, 12, 200_000
"""Levels within each other, and elements side by side."""


def signed(content: bytes) -> bytes | None:
    """The mail that is in a CMS SignedData; None when it is none, is encrypted or is broken.

    Whether the signature holds is not looked at.
    """
    try:
        whole = _inner(content, _SEQUENCE)
        if _inner(whole, _NAME) != _SIGNED_DATA:
            return None
        # Its version and algorithms come before what is signed, which comes before certificates.
        holder = _inner(_inner(_inner(whole, _EXPLICIT), _SEQUENCE), _SEQUENCE)
        if _inner(holder, _NAME) != _DATA:
            return None
        return b"".join(_octets(_inner(holder, _EXPLICIT)))
    except ValueError:
        return None


def _octets(content: bytes) -> Iterator[bytes]:
    for tag, inner in _elements(content):
        if tag == _OCTETS:
            yield inner
        elif tag == _OCTETS_IN_PIECES:
            yield from (piece for kind, piece in _elements(inner) if kind == _OCTETS)


def _inner(content: bytes, tag: int) -> bytes:
    """The content of the first element of a kind."""
    for found, inner in _elements(content):
        if found == tag:
            return inner
    raise ValueError("not there")


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements side by side (BER, X.690); each with its content."""
    at = 0
    for _ in range(_MOST):
        if at >= len(content):
            return
        begin, end, after = _extent(content, at, 0)
        yield content[at], content[begin:end]
        at = after
    raise ValueError("too much")


def _extent(content: bytes, at: int, depth: int) -> tuple[int, int, int]:
    """Where an element's content begins and ends, and where the next element begins."""
    if depth > _DEEPEST or at + 2 > len(content) or content[at] & _LONG_TAG == _LONG_TAG:
        raise ValueError("damaged")
    size, begin = content[at + 1], at + 2
    if size == _INDEFINITE:
        here = begin
        for _ in range(_MOST):
            if content[here : here + 2] == b"\0\0":
                return begin, here, here + 2
            here = _extent(content, here, depth + 1)[2]
        raise ValueError("too much")
    if size > _INDEFINITE:
        digits = size - _INDEFINITE
        size, begin = int.from_bytes(content[begin : begin + digits]), begin + digits
    if begin + size > len(content):
        raise ValueError("damaged")
    return begin, begin + size, begin + size
