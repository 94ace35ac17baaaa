"""A running Dask cluster in place of local processes (extra ``distributed``)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from radiomics_mammo.core.errors import MissingExtraError, UsageError

try:
    import distributed
except ImportError:  # the extra is not installed
    distributed = None

CONNECT_SECONDS = 10
"""How long a scheduler is waited for."""


class ClusterExecutor:
    """Access to a Dask cluster through the standard executor interface."""

    @staticmethod
    @contextmanager
    def connect(address: str) -> Iterator[Executor]:
        """Connect to a scheduler for the length of the block.

        Parameters
        ----------
        address : str
            Such as ``tcp://127.0.0.1:8786``.

        Raises
        ------
        MissingExtraError
            If Dask is not installed.
        UsageError
            If no scheduler answers at the address.
        """
        if distributed is None:
            raise MissingExtraError(
                "--scheduler", "the extra 'distributed'", "none", "pip install 'radiomics-mammo[distributed]'"
            )
        try:
            client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(
                "--scheduler", "a running Dask scheduler", f"none at {address}", "check the address"
            ) from error
        with client:
            yield client.get_executor(pure=False, retries=3)
