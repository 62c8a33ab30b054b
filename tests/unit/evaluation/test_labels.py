"""The file of labelled messages."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from desk.evaluation.labels import BadLabels, read_labels

GOOD = {
    "id": "a",
    "channel": "chat",
    "text": "¿cuánto cuesta una fianza?",
    "language": "es",
    "topic": "bonds",
    "must_handoff": "either",
    "entities": [{"type": "form", "value": "301"}],
    "note": "",
}


def written(folder: Path, *lines: str) -> Path:
    file = folder / "labels.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_a_line_becomes_a_label_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    second = json.dumps(GOOD | {"id": "b", "topic": "smalltalk", "must_handoff": False})
    first, last = read_labels(written(tmp_path, json.dumps(GOOD), "", second, ""))
    assert (first.id, first.must_handoff, first.is_article) == ("a", "either", True)
    assert (last.id, last.must_handoff, last.is_article) == ("b", False, False)


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    line = json.dumps(GOOD | {"text": "one\u2028two\x85three"}, ensure_ascii=False)
    assert read_labels(written(tmp_path, line))[0].text == "one\u2028two\x85three"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        json.dumps(GOOD | {"language": "fr"}),
        json.dumps(GOOD | {"must_handoff": "perhaps"}),
        json.dumps(GOOD | {"text": ""}),
        json.dumps({key: value for key, value in GOOD.items() if key != "topic"}),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadLabels, match="line 2: "):
        read_labels(written(tmp_path, json.dumps(GOOD), line))


def test_an_id_may_stand_only_once(tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match="line 2: the id a stands twice"):
        read_labels(written(tmp_path, json.dumps(GOOD), json.dumps(GOOD)))


def test_what_a_bad_line_holds_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadLabels) as raised:
        read_labels(written(tmp_path, json.dumps(GOOD | {"text": "", "id": 123456789})))
    assert "123456789" not in str(raised.value)


def test_the_messages_carry_the_digest_of_their_file(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps(GOOD))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes() + b"\r\n")
    assert read_labels(file).sha256 == sha256(file.read_bytes()).hexdigest()


def test_an_empty_file_and_a_binary_one_are_errors(tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match="holds no messages"):
        read_labels(written(tmp_path, ""))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadLabels, match="not UTF-8"):
        read_labels(binary)
