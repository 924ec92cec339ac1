"""A fault of chance: a generated name that somebody has already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windtunnel.model.api.metadata import MAX_GENERATED_PREFIX
from windtunnel.model.apiserver.creation import MAX_NAME_ATTEMPTS
from windtunnel.model.apiserver.disturbances import RepeatedName
from windtunnel.model.cluster.action import Action, Heal, fault
from windtunnel.model.cluster.targets import pod_targets, resolve

if TYPE_CHECKING:
    from windtunnel.model.cluster.cluster import Cluster

COUNTS = (1, MAX_NAME_ATTEMPTS)
"""Once, which the API server gets over by itself, and as often as it tries."""
MOST = 1_000


@fault
class NameCollision(Action):
    """The next names that are generated like that of a pod are that very name: those who create such pods meet it.

    If the pod goes meanwhile, another one gets its name. Healing leaves names to chance again.

    Promised meanwhile: the API server tries eight names for one request; then it answers 409 AlreadyExists with a word
    to try again, nothing is created, and the controller makes the pod later. Who has a name is known by its UID.
    """

    spares_heartbeats = True

    target: str
    count: int

    @classmethod
    def choices(cls, cluster: Cluster) -> Sequence[NameCollision]:
        """Every pod whose name was generated, once and for all tries of a request."""
        made = [cls(name, count) for name, _ in pod_targets(cluster) for count in COUNTS]
        return [each for each in made if not each.why_not(cluster)]

    def why_not(self, cluster: Cluster) -> str:
        """It must have a generated name."""
        if not 1 <= self.count <= MOST:
            return f"count must be between 1 and {MOST}"
        record = resolve(cluster, self.target)
        if record is None:
            return f"{self.target} does not exist"
        generated = (record.raw.get("metadata") or {}).get("generateName")
        return "" if generated else f"the name of {self.target} was not generated"

    def apply(self, cluster: Cluster) -> Heal:
        """Tell the API servers' source of names."""
        record = resolve(cluster, self.target)
        assert record is not None
        key, disturbances = record.key, cluster.environment.disturbances
        prefix = record.raw["metadata"]["generateName"][:MAX_GENERATED_PREFIX]
        repeated = RepeatedName(key.resource, key.namespace, prefix, key.name, self.count)
        disturbances.repeat(repeated)
        return lambda: disturbances.let_be(repeated)
