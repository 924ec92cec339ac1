"""The explorers by name: what produces the scenarios of a search. All share actions, replay, shrinking and reports."""

from __future__ import annotations

HYPOTHESIS, SWARM = "hypothesis", "swarm"
EXPLORERS = (HYPOTHESIS, SWARM)
DEFAULT_EXPLORER = HYPOTHESIS
"""The one that finds planted defects sooner, by docs/explorers.md."""
SPLITTING = (SWARM,)
"""Those whose scenarios are each drawn by themselves, so that several processes can share the work."""
