"""The one site that these tests share, and that they are run by name only: nginx is not everywhere."""

from collections.abc import Iterator

import pytest

from .deployed_site import Site, running


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    if "deploy" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("deploy")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Dimona behind nginx."""
    with running() as found:
        yield found
