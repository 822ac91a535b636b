import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def build():
    """The folder with what was built."""
    return Path(os.environ["WEFT_LIBRARY"]).parent
