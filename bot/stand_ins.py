"""Stand-ins for what Rasa imports at once and this assistant never uses.

TensorFlow and Keras define neural components, boto3 and pymongo stores of conversations: none of
them is used here. The stand-ins hold the names that Rasa's definitions mention, and nothing else. A
class of theirs can be subclassed and annotated with; calling it, or asking a module for any other
name, raises `Absent`.

Rasa's package of channels imports the libraries of a dozen chat services. Here it has its modules,
`rasa.core.channels.channel` among them, but imports none of them by itself.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

_NAMES: dict[str, tuple[str, ...]] = {
    "boto3": (),
    "boto3.dynamodb": (),
    "boto3.dynamodb.conditions": ("Key",),
    "keras": ("Model",),
    "keras.utils": (),
    "keras.utils.control_flow_util": ("smart_cond",),
    "keras.utils.tf_utils": (),
    "pymongo": (),
    "pymongo.collection": ("Collection",),
    "tensorflow": ("SparseTensor", "Tensor", "TensorShape", "TensorSpec"),
    "tensorflow.keras": (),
    "tensorflow.keras.backend": (),
    "tensorflow.keras.callbacks": ("Callback",),
    "tensorflow.keras.layers": ("AbstractRNNCell", "Dense", "Dropout", "Layer"),
    "tensorflow.keras.metrics": ("Metric",),
    "tensorflow.keras.utils": ("Sequence",),
    "tensorflow.python": (),
    "tensorflow.python.eager": (),
    "tensorflow.python.eager.wrap_function": ("WrappedFunction",),
    "tensorflow.types": (),
    "tensorflow.types.experimental": ("TensorLike",),
}
_CHANNELS = "rasa.core.channels"
_CHANNEL_NAMES = ("CollectingOutputChannel", "InputChannel", "OutputChannel", "UserMessage")


class Absent(RuntimeError, AttributeError):
    """Something tried to use a library that this assistant runs without."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} was used, but the bot runs without that library (bot/stand_ins.py)"
        )


class _Uncallable(type):
    """The class of every stand-in class and of Rasa's subclasses of them: none can be called."""

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise Absent(f"{cls.__module__}.{cls.__qualname__}")


def install() -> None:
    """Put the stand-ins where `import` looks first. To be called before Rasa is imported."""
    for name, classes in _NAMES.items():
        _register(_stand_in(name, classes))
    _register(_channels())


def _register(module: ModuleType) -> None:
    sys.modules[module.__name__] = module
    parent, _, child = module.__name__.rpartition(".")
    if parent:
        setattr(importlib.import_module(parent), child, module)


def _stand_in(name: str, classes: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name, "A stand-in; see bot/stand_ins.py.")
    module.__path__ = []  # Without a path Python would not look for submodules in it.

    def missing(attribute: str) -> NoReturn:
        raise Absent(f"{name}.{attribute}")

    module.__getattr__ = missing  # type: ignore[method-assign]
    for class_name in classes:
        setattr(module, class_name, _Uncallable(class_name, (), {"__module__": name}))
    return module


def _channels() -> ModuleType:
    module = ModuleType(
        _CHANNELS, "Rasa's own modules, without its list of channels; see bot/stand_ins.py."
    )
    module.__path__ = [
        str(Path(folder, "channels")) for folder in importlib.import_module("rasa.core").__path__
    ]

    def on_demand(attribute: str) -> Any:
        if attribute in _CHANNEL_NAMES:
            return getattr(importlib.import_module(f"{_CHANNELS}.channel"), attribute)
        raise Absent(f"{_CHANNELS}.{attribute}")

    module.__getattr__ = on_demand  # type: ignore[method-assign]
    return module
