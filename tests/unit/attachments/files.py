"""Small files of many kinds."""

import io
import zipfile

from PIL import Image


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (2, 2)).save(stream, kind)
    return stream.getvalue()


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return stream.getvalue()


TYPES = "[Content_Types].xml"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <<>> endobj"
DOCX = archive(TYPES, "word/document.xml")
XLSX = archive(TYPES, "xl/workbook.xml")
XLSM = archive(TYPES, "xl/workbook.xml", "xl/vbaProject.bin")
MAIL = (
    b"From: Luz <luz@x.example>\r\nTo: desk@x.example\r\nSubject: =?utf-8?q?Pregunta?=\r\n\r\nHola"
)
