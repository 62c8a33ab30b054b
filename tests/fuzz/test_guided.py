"""What `make fuzz` is given is there."""

import pytest

from tests.fuzz.guided import PROPERTIES, property_of


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_that_is_named_can_be_fed(name):
    assert callable(property_of(name).hypothesis.fuzz_one_input)
