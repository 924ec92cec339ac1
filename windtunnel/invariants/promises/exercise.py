"""What a search should come to see: that the harder parts of a control plane's life took place at all."""

from __future__ import annotations

from windtunnel.invariants.meaning.nodes import UNREACHABLE
from windtunnel.invariants.promise import sometimes, when_it_happens, written
from windtunnel.invariants.promises.slices import SLICES
from windtunnel.invariants.verdict import UNCONCERNED, Unconcerned
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import NODES
from windtunnel.model.facts import Committed
from windtunnel.model.objects.endpoint_slice import EndpointSlice
from windtunnel.model.objects.node import Node


@sometimes(on=written("nodes"), applies=when_it_happens)
def a_silent_node_is_tainted(fact: Committed, world: World) -> bool | Unconcerned:
    """A node that is not heard of is tainted as unreachable."""
    node = fact.change.after.view if fact.change.after is not None else None
    if fact.change.by != NODES or not isinstance(node, Node):
        return UNCONCERNED
    return any(taint.key == UNREACHABLE for taint in node.spec.taints)


@sometimes(on=written("pods"), applies=when_it_happens)
def a_tainted_node_loses_a_pod(fact: Committed, world: World) -> bool | Unconcerned:
    """A pod that does not tolerate a taint of its node is evicted."""
    change = fact.change
    return change.by == NODES and change.verb == "delete"


@sometimes(on=written(SLICES), applies=when_it_happens)
def an_ending_pod_stays_in_its_slice(fact: Committed, world: World) -> bool | Unconcerned:
    """A pod that is being deleted is still listed in a slice, as terminating."""
    after = fact.change.after
    view = after.view if after is not None else None
    if not isinstance(view, EndpointSlice):
        return UNCONCERNED
    return any(endpoint.terminating for endpoint in view.endpoints)
