"""How many random examples a test draws: as many as it says, or that times SOAK, which `make soak` sets."""

import os

from hypothesis import HealthCheck, settings

SOAK = int(os.environ.get("SOAK", "1"))


def many(examples: int) -> settings:
    """Settings of a property test; a fixture that is a deployed contract may serve all of its examples."""
    return settings(max_examples=examples * SOAK, deadline=None, suppress_health_check=list(HealthCheck))
