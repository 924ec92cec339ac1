"""What a controller expects to see in its cache."""

from __future__ import annotations

from tests.controllers.control_plane import Nothing
from windtunnel.model.controllers.expectations import Expectations
from windtunnel.model.objects.record import Key
from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Loop
from windtunnel.model.sim.network import Network
from windtunnel.model.sim.process import Process

KEY = Key("default", "web")


class World:
    """A process and expectations that lapse after 300 s."""

    def __init__(self) -> None:
        self.loop = Loop()
        facts = FactHub()
        network = Network(self.loop, facts, Choices(), 1)
        self.process = Process("p", "p", self.loop, network, facts, Nothing)
        self.process.start()
        self.lapsed: list[Key] = []
        self.expectations = Expectations(self.process, 300_000, self.lapsed.append)

    def run(self) -> None:
        """Run everything."""
        while self.loop.run_next():
            pass


def test_creations_are_awaited_one_by_one() -> None:
    """The controller may act again when every pod that it created has shown up."""
    world = World()
    world.expectations.expect_creations(KEY, 2)
    world.expectations.creation_observed(KEY)
    assert not world.expectations.satisfied(KEY)
    world.expectations.creation_observed(KEY)
    assert world.expectations.satisfied(KEY)


def test_a_deletion_counts_once_for_each_pod() -> None:
    """Hearing twice of one deletion does not hide that another one is missing."""
    world = World()
    world.expectations.expect_deletions(KEY, ["a", "b"])
    world.expectations.deletion_observed(KEY, "a")
    world.expectations.deletion_observed(KEY, "a")
    assert not world.expectations.satisfied(KEY)
    assert "default/web" in (world.expectations.outstanding() or "")
    world.expectations.deletion_observed(KEY, "b")
    assert world.expectations.satisfied(KEY)
    assert world.expectations.outstanding() is None


def test_unmet_expectations_lapse_and_call_the_controller() -> None:
    """What never shows up blocks for five minutes, and not for ever."""
    world = World()
    world.expectations.expect_creations(KEY, 1)
    world.run()
    assert 300_000 == world.loop.now_ms
    assert [KEY] == world.lapsed
    assert world.expectations.satisfied(KEY)


def test_met_expectations_leave_no_timer() -> None:
    """A timer that is no longer needed neither rings nor keeps anybody waiting."""
    world = World()
    world.expectations.expect_creations(KEY, 1)
    world.expectations.creation_observed(KEY)
    world.run()
    assert 0 == world.loop.now_ms
    assert [] == world.lapsed


def test_a_dead_process_is_not_called() -> None:
    """The timer of an incarnation that crashed does nothing."""
    world = World()
    world.expectations.expect_creations(KEY, 1)
    world.process.crash()
    world.process.start()
    world.run()
    assert [] == world.lapsed
