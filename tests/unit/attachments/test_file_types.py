import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.attachments.file_types import ALLOWED, UNKNOWN, ZIP, detect
from tests.unit.attachments.files import DOCX, MAIL, PDF, TYPES, XLSM, XLSX, archive, picture


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PDF, ".pdf"),
        (b"%PDF-1.4 all in ASCII, as text is", ".pdf"),
        (picture("PNG"), ".png"),
        (picture("JPEG"), ".jpg"),
        (picture("GIF"), ".gif"),
        (picture("TIFF"), ".tif"),
        (DOCX, ".docx"),
        (XLSX, ".xlsx"),
        (archive(TYPES, "ppt/presentation.xml"), ".pptx"),
        (MAIL, ".eml"),
        (b"port,entries\nMiami,3\nTampa,4\n", ".csv"),
        ("puerto;entradas\nMayagüez;3\n".encode("cp1252"), ".csv"),
        ("puerto\tentradas\nMayagüez\t3\n".encode("utf-16"), ".csv"),
        (b"A   1234\r\nISA*00*          *00*\r\n", ".txt"),
        ("Buenos días, tengo una pregunta.\n".encode(), ".txt"),
    ],
)
def test_the_content_says_what_it_is(content, ending):
    assert ALLOWED[detect(content)][0] == ending


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (archive("a.txt"), ZIP),
        (XLSM, ZIP),
        (archive(TYPES, "word/document.xml", "xl/workbook.xml"), ZIP),
        (archive(TYPES, "word/document.xml", "word/embeddings/oleObject1.bin"), ZIP),
        (b"PK\x03\x04 cut off", ZIP),
        (b"MZ\x90\x00\x03\x00\x00\x00", UNKNOWN),
        (b"\x7fELF\x02\x01\x01\x00", UNKNOWN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", UNKNOWN),
        (b"words and a \x00", UNKNOWN),
        (b"\xff\xfea", UNKNOWN),
    ],
)
def test_what_is_not_taken_is_told_apart(content, media_type):
    assert detect(content) == media_type
    assert media_type not in ALLOWED


@given(st.binary(max_size=200) | st.sampled_from([PDF, DOCX, XLSM, MAIL]).flatmap(
    lambda whole: st.integers(0, len(whole)).map(lambda end: whole[:end])
))  # fmt: skip
def test_no_content_is_too_odd(content):
    assert detect(content) in {*ALLOWED, UNKNOWN, ZIP}
