from __future__ import annotations

import importlib
import importlib.metadata
import sys

import pytest

from bot.stand_ins import Absent


@pytest.mark.parametrize(
    "package", ["tensorflow", "tensorflow-cpu", "keras", "boto3", "pymongo", "skops", "slack-sdk"]
)
def test_the_library_is_not_installed(package: str) -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution(package)


def test_rasa_defines_its_neural_components_without_tensorflow() -> None:
    from rasa.core.policies.ted_policy import TEDPolicy
    from rasa.nlu.classifiers.diet_classifier import DIETClassifier

    assert {DIETClassifier.__name__, TEDPolicy.__name__} == {"DIETClassifier", "TEDPolicy"}


def test_using_a_stand_in_class_is_a_clear_error() -> None:
    import tensorflow as tf

    with pytest.raises(
        Absent, match=r"tensorflow\.keras\.layers\.Layer was used, but the bot runs without"
    ):
        tf.keras.layers.Layer()


def test_using_rasas_subclass_of_one_is_a_clear_error_too() -> None:
    from rasa.utils.tensorflow.layers import Embed

    with pytest.raises(Absent, match=r"rasa.utils.tensorflow.layers.Embed"):
        Embed(1, 2, 3)


def test_a_name_that_is_not_stood_in_for_is_a_clear_error() -> None:
    import tensorflow as tf

    with pytest.raises(Absent, match=r"tensorflow\.constant was used"):
        tf.constant(1)


def test_a_module_that_is_not_stood_in_for_cannot_be_imported() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tensorflow.keras.models")


def test_rasas_channels_are_there_but_not_imported() -> None:
    from rasa.core.channels import UserMessage, channel

    assert UserMessage is channel.UserMessage
    assert "rasa.core.channels.slack" not in sys.modules


def test_a_channel_that_rasa_would_list_is_a_clear_error() -> None:
    import rasa.core.channels

    with pytest.raises(Absent, match=r"rasa\.core\.channels\.BUILTIN_CHANNELS"):
        _ = rasa.core.channels.BUILTIN_CHANNELS
