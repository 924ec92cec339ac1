"""The physical node: what runs on it, whoever told it to."""

from __future__ import annotations

from windtunnel.model.facts import Physical
from windtunnel.model.kubelet.behaviour import HANGS, IGNORES, OBEYS
from windtunnel.model.kubelet.machine import LOST, SIGKILLED, ContainerStart, Machine
from windtunnel.model.settings import KubeletSettings
from windtunnel.model.sim.facts import FactHub
from windtunnel.model.sim.loop import Loop


def make_machine() -> tuple[Machine, list[str]]:
    """A machine, and the facts it tells."""
    facts = FactHub()
    told: list[str] = []
    facts.subscribe(Physical, lambda fact: told.append(fact.what))
    return Machine("node-7", Loop(), facts, KubeletSettings()), told


def run_all(machine: Machine) -> None:
    """Run every event."""
    while machine.loop.run_next():
        pass


def start(machine: Machine, uid: str = "u", attempt: int = 0, **fields: bool) -> None:
    """Start container c of a pod."""
    if machine.pod(uid) is None:
        machine.create_sandbox(uid, "default", "p")
    machine.start_containers(uid, [ContainerStart("c", "img:1", attempt, **fields)], 100)
    run_all(machine)


def test_containers_start_after_a_while_and_run_for_ever() -> None:
    """A start takes its time, is told as a fact, and nothing ends a container by itself."""
    machine, told = make_machine()
    start(machine)
    assert 100 == machine.loop.now_ms
    assert ["sandbox-up", "container-started"] == told
    assert ["c"] == machine.running_containers("u")


def test_an_init_container_ends_well_by_itself() -> None:
    """Init containers do not hold a pod for ever."""
    machine, _ = make_machine()
    start(machine, is_init=True)
    pod = machine.pod("u")
    assert pod is not None
    latest = pod.latest("c")
    assert latest is not None
    assert (False, 0) == (latest.running, latest.exit_code)


def test_a_stopped_container_ends_well_only_within_its_grace_period() -> None:
    """Who is quick ends with 0, who is too slow is killed with 137 when the grace period is over."""
    for grace_ms, exit_code, after_ms in ((30_000, 0, 200), (50, SIGKILLED, 50)):
        machine, _ = make_machine()
        start(machine)
        before_ms = machine.loop.now_ms
        machine.stop_containers("u", ["c"], grace_ms)
        run_all(machine)
        pod = machine.pod("u")
        assert pod is not None
        latest = pod.latest("c")
        assert latest is not None
        assert (exit_code, after_ms) == (latest.exit_code, machine.loop.now_ms - before_ms)


def test_a_shorter_grace_period_counts_and_a_longer_one_does_not() -> None:
    """A second request to stop can only bring the end forward."""
    machine, _ = make_machine()
    start(machine)
    began_ms = machine.loop.now_ms
    machine.stop_containers("u", ["c"], 150)
    machine.stop_containers("u", ["c"], 30_000)
    machine.stop_containers("u", ["c"], 10)
    run_all(machine)
    assert 10 == machine.loop.now_ms - began_ms


def test_losing_power_ends_everything_at_once() -> None:
    """No container and no sandbox survives the machine, and what was about to start does not."""
    machine, told = make_machine()
    start(machine)
    machine.create_sandbox("v", "default", "q")
    machine.start_containers("v", [ContainerStart("c", "img:1", 0)], 100)
    machine.power_off()
    run_all(machine)
    assert [] == machine.containers()
    pod = machine.pod("u")
    assert pod is not None
    latest = pod.latest("c")
    assert latest is not None
    assert (LOST, "") == (latest.exit_code, pod.ip)
    assert ["container-exited", "sandbox-down", "sandbox-down", "node-down"] == told[-4:]


def test_no_address_is_given_twice_at_a_time() -> None:
    """Whatever is freed and given again, an address in use is not given."""
    machine, _ = make_machine()
    kept = machine.create_sandbox("kept", "default", "kept").ip
    given = []
    for number in range(600):
        given.append(machine.create_sandbox(f"{number}", "default", "p").ip)
        machine.remove_pod(f"{number}")
    assert kept not in given


def test_probe_answers_stay_until_they_are_changed() -> None:
    """What a container answers is told once, when it changes."""
    machine, told = make_machine()
    heard: list[tuple[str, str, str]] = []
    machine.on_probe = lambda *what: heard.append(what)
    machine.set_probe("u", "c", "readiness", "failure")
    machine.set_probe("u", "c", "readiness", "failure")
    assert "failure" == machine.probe_outcome("u", "c", "readiness")
    assert "success" == machine.probe_outcome("u", "c", "liveness")
    assert ([("u", "c", "readiness")], ["probe-answers"]) == (heard, told)


def test_only_a_running_container_can_crash() -> None:
    """A crash of what does not run is no crash."""
    machine, _ = make_machine()
    assert not machine.crash_container("u", "c")
    start(machine)
    assert machine.crash_container("u", "c", 3)
    assert not machine.crash_container("u", "c", 3)


def test_a_container_that_ignores_or_hangs_is_told_as_a_fact() -> None:
    """How a container takes its end is known to whoever listens, and can be changed back."""
    machine, told = make_machine()
    start(machine)
    machine.set_ending("u", "c", IGNORES)
    machine.set_ending("u", "c", IGNORES)
    machine.set_ending("u", "c", OBEYS)
    assert ["takes-ending", "takes-ending"] == told[2:]
    machine.stop_containers("u", ["c"], 30_000)
    run_all(machine)
    assert [] == machine.running_containers("u")


def test_what_was_said_of_a_pod_goes_with_it() -> None:
    """A pod that is removed leaves no behaviour behind."""
    machine, _ = make_machine()
    start(machine)
    machine.set_ending("u", "c", HANGS)
    machine.set_probe("u", "c", "liveness", "failure")
    machine.remove_pod("u")
    assert OBEYS == machine.behaviour.ending("u", "c")
    assert "success" == machine.probe_outcome("u", "c", "liveness")
