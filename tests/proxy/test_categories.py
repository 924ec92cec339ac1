"""Which endpoints a node's proxy sends traffic to."""

from __future__ import annotations

import json
from pathlib import Path

from attrs import evolve

from windtunnel.conformance.tables import proxy
from windtunnel.model.proxy.categorize import (
    LOCAL,
    Categories,
    ProxyEndpoint,
    TrafficPolicy,
    categorize,
    follows_hints,
)

_DATA = Path(proxy.__file__).parents[1] / "data" / "conformance"
READY = ProxyEndpoint("10.1.0.1:80")
ENDING = ProxyEndpoint("10.1.0.2:80", ready=False, terminating=True, local=True)
GONE = ProxyEndpoint("10.1.0.3:80", ready=False, serving=False, terminating=True)


def test_every_recorded_case_agrees() -> None:
    """All recorded decisions are the model's, too."""
    cases = json.loads((_DATA / "proxy.json").read_text(encoding="utf-8"))["cases"]
    found = [(case["name"], proxy.run(case)) for case in cases if not proxy.needs(case)]
    assert 88 == len(found)
    assert [] == [(name, difference) for name, difference in found if difference]


def test_what_is_on_its_way_out_is_a_last_resort() -> None:
    """An endpoint that is ending gets traffic only where no ready one does, and one that no longer serves never."""
    policy = TrafficPolicy()
    assert (READY,) == categorize([READY, ENDING, GONE], policy).cluster
    assert (ENDING,) == categorize([ENDING, GONE], policy).cluster
    assert Categories() == categorize([GONE], policy)


def test_local_traffic_never_leaves_its_node() -> None:
    """Under the policy Local, ready endpoints elsewhere are no help, but that there are some is known."""
    policy = TrafficPolicy(internal=LOCAL)
    found = categorize([READY], policy)
    assert ((), (), True) == (found.local, found.reachable, found.has_any)


def test_two_ports_at_one_address_are_two_endpoints() -> None:
    """Pods on their host's network share an address and differ in their ports."""
    other = evolve(READY, address="10.1.0.1:81")
    assert (READY, other) == categorize([READY, other], TrafficPolicy()).reachable


def test_hints_are_followed_only_where_all_ready_endpoints_have_some() -> None:
    """One endpoint without a hint, or none for this zone, and the hints are left aside."""
    asked = TrafficPolicy(hints_annotation="Auto")
    here, there = evolve(READY, zone_hints=("a",)), evolve(ENDING, ready=True, zone_hints=("b",))
    assert (here,) == categorize([here, there], asked, "a").cluster
    assert follows_hints([here, there, GONE], asked, "a")
    assert not follows_hints([here, there, READY], asked, "a")
    assert not follows_hints([here, there], asked, "c")
    assert not follows_hints([here, there], TrafficPolicy(), "a")
