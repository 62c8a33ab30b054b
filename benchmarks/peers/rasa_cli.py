# /// script
# requires-python = "==3.10.*"
# dependencies = ["rasa==3.6.21", "rasa-sdk==3.6.2", "tensorflow-cpu==2.12.0"]
#
# [tool.uv]
# override-dependencies = [
#   "numpy>=1.23.5,<1.24",
#   # What tensorflow-cpu brings already, and what nothing here imports.
#   "tensorflow; python_version<'3'",
#   "jax; python_version<'3'",
#   "libclang; python_version<'3'",
# ]
# ///
"""Rasa's own command, in an environment of its own with TensorFlow, as its users install it.

.uv/bin/uv run --python bot/.venv/bin/python --script benchmarks/peers/rasa_cli.py --version
"""

from rasa.__main__ import main

if __name__ == "__main__":
    main()
