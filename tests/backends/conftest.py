"""What tests of emitted code share."""

import pytest


@pytest.fixture(scope="module", params=["fast", "readable"])
def style(request):
    """Both styles of code."""
    return request.param
