"""Linear algebra stays in the thread that calls it, in every process of the desk."""

import os
import subprocess
import sys

import pytest

SHOW = """
import {package}, numpy, threadpoolctl
print([pool["num_threads"] for pool in threadpoolctl.threadpool_info()])
"""


def threads(package: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(package=package)],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.mark.parametrize(("set_to", "used"), [({}, "[1]"), ({"OPENBLAS_NUM_THREADS": "2"}, "[2]")])
def test_one_thread_unless_the_environment_says_otherwise(set_to, used):
    assert threads("desk", **set_to) == used
