"""What `make fuzz` is given is there."""

import importlib

import pytest

from tests.fuzz.guided import PROPERTIES


@pytest.mark.parametrize("prop", PROPERTIES.values())
def test_a_property_that_is_named_can_be_fed(prop):
    module, _, name = prop.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name).hypothesis.fuzz_one_input)
