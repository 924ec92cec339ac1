"""The names by which actions find pods."""

from __future__ import annotations

from windtunnel.model.cluster.actions.operations import Delete, Relabel, Scale
from windtunnel.model.cluster.cluster import Cluster
from windtunnel.model.cluster.targets import OWNERS, owned_pods, pod_targets, resolve


def test_the_index_of_owned_pods_is_what_a_look_at_every_pod_gives(cluster: Cluster) -> None:
    """A pod that is created, released, adopted or deleted is found under its owner of now."""
    for action in (Scale("rc/page", 5), Relabel("rc/page#2", "role", "other"), Delete("rc/page#1")):
        cluster.apply(action)
        for _ in range(20):
            cluster.run_for(1)
            scanned = owned_pods(cluster, "default")
            indexed = {
                (short, name): cluster.owned_pods.of("default", kind, name)
                for kind, short in OWNERS.items()
                for name in ("page", "leader", "follower")
            }
            assert {owner: pods for owner, pods in scanned.items() if owner[0]} == {
                owner: pods for owner, pods in indexed.items() if pods
            }


def test_every_name_that_an_action_is_given_means_that_pod(cluster: Cluster) -> None:
    """What pod_targets says is what resolve finds."""
    targets = pod_targets(cluster)
    assert targets
    assert targets == [(name, resolve(cluster, name)) for name, _ in targets]
