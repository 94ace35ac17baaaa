"""The command line as a user calls it: a process of its own, in another folder."""

import subprocess
import sys

import pytest


@pytest.fixture
def call(tmp_path):
    def run(*words, cwd=tmp_path):
        command = [sys.executable, "-m", "radiomics_mammo", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=600, check=False)

    return run
