"""The taint eviction controller: who has to go, when, and what cancels it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.controllers.node_world import NodeWorld
from windtunnel.model.api.errors import unprocessable_entity
from windtunnel.model.controllers.taint_eviction.controller import TaintEviction
from windtunnel.model.controllers.taint_eviction.decision import seconds_to_stay, used_tolerations
from windtunnel.model.objects.meta import condition
from windtunnel.model.objects.node import Taint
from windtunnel.model.objects.pod import Pod, Toleration

X = {"key": "x", "effect": "NoExecute"}
Y = {"key": "y", "effect": "NoExecute"}


def tolerates(key: str, seconds: int | None = None) -> dict[str, Any]:
    """A toleration of a NoExecute taint."""
    limit = {} if seconds is None else {"tolerationSeconds": seconds}
    return {"key": key, "operator": "Exists", "effect": "NoExecute", **limit}


@pytest.fixture
def world() -> NodeWorld:
    """Two nodes."""
    return NodeWorld("ab")


def test_a_pod_that_does_not_tolerate_a_taint_goes_at_once_and_is_told_why(
    world: NodeWorld,
) -> None:
    """It gets the condition DisruptionTarget and a deletionTimestamp; a pod elsewhere stays."""
    world.bind("p", "a")
    world.bind("q", "b")
    world.taint("a", X)
    world.run_for(100)
    target = condition(world.pod("p").status.conditions, "DisruptionTarget")
    assert target is not None
    assert ("True", "DeletionByTaintManager") == (target.status, target.reason)
    assert (True, False) == (world.evicted("p"), world.evicted("q"))


def test_a_pod_goes_when_its_toleration_is_over(world: NodeWorld) -> None:
    """Not before, and within a moment after."""
    world.bind("p", "a", tolerations=[tolerates("x", 30)])
    world.taint("a", X)
    world.run_for(29_900)
    assert not world.evicted("p")
    world.run_for(300)
    assert world.evicted("p")


def test_a_pod_stays_when_the_taint_goes_in_time(world: NodeWorld) -> None:
    """Removing the taint cancels the eviction."""
    world.bind("p", "a", tolerations=[tolerates("x", 30)])
    world.taint("a", X)
    world.run_for(20_000)
    world.taint("a")
    world.run_for(60_000)
    assert not world.evicted("p")


def test_a_pod_stays_when_what_remains_is_tolerated_for_ever(world: NodeWorld) -> None:
    """A taint that stays and is tolerated does not keep an eviction alive."""
    world.bind("p", "a", tolerations=[tolerates("x", 30), tolerates("y")])
    world.taint("a", X, Y)
    world.run_for(20_000)
    world.taint("a", Y)
    world.run_for(60_000)
    assert not world.evicted("p")


def test_a_pod_that_tolerates_for_ever_stays(world: NodeWorld) -> None:
    """An unlimited toleration is unlimited."""
    world.bind("p", "a", tolerations=[tolerates("x")])
    world.taint("a", X)
    world.run_for(600_000)
    assert not world.evicted("p")


def test_a_planned_eviction_keeps_its_time_when_the_taints_change(world: NodeWorld) -> None:
    """As in 1.36, a second taint with a shorter toleration does not bring the eviction forward."""
    world.bind("p", "a", tolerations=[tolerates("x", 60), tolerates("y", 10)])
    world.taint("a", X)
    world.run_for(5_000)
    world.taint("a", X, Y)
    world.run_for(54_000)
    assert not world.evicted("p")
    world.run_for(2_000)
    assert world.evicted("p")


def test_a_pod_bound_to_a_tainted_node_goes_too(world: NodeWorld) -> None:
    """A binding after the taint is judged like one before it."""
    world.taint("a", X)
    world.run_for(100)
    world.bind("p", "a", tolerations=[tolerates("x", 10)])
    world.run_for(9_000)
    assert not world.evicted("p")
    world.run_for(2_000)
    assert world.evicted("p")


def test_a_pod_that_gets_a_toleration_stays(world: NodeWorld) -> None:
    """Adding a toleration for ever in time cancels the eviction."""
    world.bind("p", "a", tolerations=[tolerates("x", 30)])
    world.taint("a", X)
    world.run_for(10_000)
    pod = world.pod("p")
    patch = {"spec": {"tolerations": [*pod.raw["spec"]["tolerations"], tolerates("")]}}
    world.do(world.client.patch("Pod", "default/p", patch))
    world.run_for(10_000)
    assert not world.evicted("p")
    # The first toleration of a taint counts, and that is still the limited one.
    world.run_for(30_000)
    assert world.evicted("p")


def test_an_eviction_is_tried_until_it_succeeds(world: NodeWorld) -> None:
    """An API server that is away when the time comes only delays it."""
    world.bind("p", "a", tolerations=[tolerates("x", 10)])
    world.taint("a", X)
    world.run_for(9_500)
    world.world.apiserver.crash()
    world.run_for(3_000)
    world.world.apiserver.start()
    world.run_for(10_000)
    assert world.evicted("p")


def test_an_eviction_is_not_for_the_next_pod_of_that_name(world: NodeWorld) -> None:
    """A pod deleted and made anew under its name begins with a toleration of its own."""
    world.bind("p", "a", tolerations=[tolerates("x", 30)])
    world.taint("a", X)
    world.run_for(20_000)
    world.do(world.client.delete("Pod", "default/p", grace_period_seconds=0))
    world.bind("p", "a", tolerations=[tolerates("x", 30)])
    world.run_for(25_000)
    assert not world.evicted("p")
    world.run_for(10_000)
    assert world.evicted("p")


def test_a_new_controller_counts_anew(world: NodeWorld) -> None:
    """What was planned dies with the controller; the next one plans from when it first saw the taint."""
    world.bind("p", "a", tolerations=[tolerates("x", 30)])
    world.taint("a", X)
    world.run_for(20_000)
    world.manager.crash()
    world.manager.start()
    world.run_for(25_000)
    assert not world.evicted("p")
    world.run_for(10_000)
    assert world.evicted("p")


def test_the_pods_of_a_lost_node_go_after_five_minutes() -> None:
    """A pod that says nothing gets 300 s from the admission, and stays Terminating because no kubelet confirms."""
    world = NodeWorld()
    world.bind("p", "a")
    world.silence("a")
    tainted_ms = world.until(lambda: "unreachable:NoExecute" in world.taints("a"))
    evicted_ms = world.until(lambda: world.evicted("p"), 400_000)
    assert 300_000 <= evicted_ms - tainted_ms <= 300_100
    world.run_for(300_000)
    assert world.exists("p")


class RefusesTwice(TaintEviction):
    """Its first two deletions fail."""

    refusals = 2

    async def condition_and_delete(self, pod: Pod) -> None:
        """Fail, or do it."""
        if self.refusals:
            self.refusals -= 1
            raise unprocessable_entity()
        await super().condition_and_delete(pod)


def test_a_refused_eviction_is_tried_again() -> None:
    """An error of the API server is not the end of it."""
    world = NodeWorld("ab", swaps={"taint-eviction": RefusesTwice})
    world.bind("p", "a")
    world.taint("a", X)
    world.run_for(1_000)
    assert world.evicted("p")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [([], None), ([None], None), ([5, None], 5), ([60, 5], 5), ([-3, 5], 0)],
)
def test_the_shortest_toleration_counts(seconds: list[int | None], expected: int | None) -> None:
    """Unlimited ones do not count, and a negative limit is none at all."""
    assert expected == seconds_to_stay([Toleration(toleration_seconds=each) for each in seconds])


def test_one_taint_without_a_toleration_is_enough() -> None:
    """All taints have to be tolerated."""
    taints = [Taint(key=key, effect="NoExecute") for key in "xy"]
    assert None is used_tolerations(taints, [Toleration(key="x", operator="Exists")])
    everything = Toleration(operator="Exists")
    assert (everything, everything) == used_tolerations(taints, [everything])
