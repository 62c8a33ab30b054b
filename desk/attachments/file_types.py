"""What a file is, told from its content and never from its name.

A small table of our own: libraries that guess take any ZIP archive for a Word document, and what
matters here is what is refused.
"""

import csv
import io
import re
import zipfile
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from email import message_from_bytes

UNKNOWN = "application/octet-stream"
ZIP = "application/zip"
PLAIN = "text/plain"
_OOXML = "application/vnd.openxmlformats-officedocument"

ALLOWED = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/tiff": (".tif", ".tiff"),
    f"{_OOXML}.wordprocessingml.document": (".docx",),
    f"{_OOXML}.spreadsheetml.sheet": (".xlsx",),
    f"{_OOXML}.presentationml.presentation": (".pptx",),
    "message/rfc822": (".eml",),
    "text/csv": (".csv", ".tsv", ".txt"),
    PLAIN: (".txt", ".log", ".edi", ".csv"),
}
"""Types that are taken, with the endings that their names may have, the usual one first.

Archives are not, nor is anything with macros or that a machine runs: nobody looks into them here.
"""

_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
)
_OFFICE = {
    "word/": f"{_OOXML}.wordprocessingml.document",
    "xl/": f"{_OOXML}.spreadsheetml.sheet",
    "ppt/": f"{_OOXML}.presentationml.presentation",
}
_ACTIVE = re.compile(r"vbaproject|/activex/|/embeddings/", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 64 * 1024


def detect(content: bytes) -> str:
    """The media type; `UNKNOWN` for what is neither text nor one of the kinds known here."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return _of_archive(content) if media_type == ZIP else media_type
    text = _as_text(content)
    if text is None:
        return UNKNOWN
    if _is_mail(text):
        return "message/rfc822"
    return "text/csv" if _is_table(text) else PLAIN


def _of_archive(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return ZIP
    if "[Content_Types].xml" not in names or any(_ACTIVE.search(name) for name in names):
        return ZIP
    kinds = {_OFFICE[top] for top in _OFFICE if any(name.startswith(top) for name in names)}
    return kinds.pop() if len(kinds) == 1 else ZIP


def _as_text(content: bytes) -> bytes | None:
    """The content as bytes of text, or None when it is none, in whichever encoding."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        try:
            content = content.decode("utf-16").encode()
        except ValueError:
            return None
    return None if _CONTROL.search(content) else content


def _is_mail(text: bytes) -> bool:
    mail = message_from_bytes(text[:_SAMPLE])
    fields = {name.lower() for name in mail.keys()}  # noqa: SIM118
    return "from" in fields and bool(fields & {"to", "date", "received", "message-id"})


def _is_table(text: bytes) -> bool:
    """Several lines that one separator cuts into as many fields each."""
    lines = text[:_SAMPLE].decode(errors="replace").splitlines()[:20]
    for separator in ",;\t|":
        widths = {len(row) for row in csv.reader(lines, delimiter=separator) if row}
        if len(lines) > 1 and len(widths) == 1 and widths.pop() > 1:
            return True
    return False
