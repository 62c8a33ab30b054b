import pytest

from desk.accounts.roles import ACTIONS
from desk.web.pages import strings


@pytest.mark.parametrize("language", ["en", "es"])
def test_everything_that_a_token_may_do_has_words(language: str):
    assert strings("console", language)["tokens"]["scope"].keys() == set(ACTIONS)
