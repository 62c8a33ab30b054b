import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from desk.web import openapi
from desk.web.openapi import document, joined


def walked(value: Any) -> Iterator[Any]:
    yield value
    for below in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from walked(below)


def resolved(reference: str) -> Any:
    found: Any = document()
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def test_the_document_is_json():
    assert json.loads(json.dumps(document())) == document()


def test_every_reference_leads_somewhere_and_every_part_is_used():
    references = {
        node["$ref"] for node in walked(document()) if isinstance(node, dict) and "$ref" in node
    }
    for reference in references:
        resolved(reference)
    for kind in ("schemas", "responses", "parameters"):
        for name in document()["components"].get(kind, {}):
            assert f"#/components/{kind}/{name}" in references, name


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", name) for name in names)


def test_every_parameter_of_a_path_is_described():
    for path, item in document()["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method == "parameters":
                continue
            given = [
                resolved(one["$ref"]) if "$ref" in one else one
                for one in [*shared, *operation.get("parameters", [])]
            ]
            named = {one["name"] for one in given if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_no_file_says_a_name_twice():
    # YAML lets the last one win without a word.
    for file in Path(openapi.__file__).parent.glob("*.yml"):
        for node in nodes_of(yaml.compose(file.read_text(encoding="utf-8"))):
            names = [key.value for key, _ in node.value]
            assert len(names) == len(set(names)), (file.name, names)


def nodes_of(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, below in node.value:
            yield from nodes_of(below)
    elif isinstance(node, yaml.SequenceNode):
        for below in node.value:
            yield from nodes_of(below)


def test_what_is_said_twice_is_refused():
    assert joined([{"a": {"b": 1}}, {"a": {"c": 2}, "d": 3}]) == {"a": {"b": 1, "c": 2}, "d": 3}
    with pytest.raises(ValueError, match="b is described twice"):
        joined([{"a": {"b": 1}}, {"a": {"b": 2}}])


@pytest.mark.parametrize(
    "schema",
    [node for node in walked(document()) if isinstance(node, dict) and "example" in node],
    ids=lambda node: str(node["example"])[:40],
)
def test_examples_keep_what_their_schema_says(schema):
    whole = {
        "components": document()["components"],
        "$ref": "#/x",
        "x": schema.get("schema", schema),
    }
    jsonschema_rs.validate(whole, schema["example"])
