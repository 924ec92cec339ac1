"""Promises as values, verdicts, and the life of an eventual promise."""

from __future__ import annotations

import pytest

from tests.invariants.bench import Bench, pod
from windtunnel.invariants.promise import Promise, always, eventually, promises, sometimes, written
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Verdict, Violation, worst
from windtunnel.invariants.world import World
from windtunnel.model.facts import CallBegun, Committed


@always(on=written("pods"))
def no_pod_is_called_evil(fact: Committed, world: World) -> Findings:
    """No pod is ever called evil.

    This paragraph is for those who read the code.
    """
    if fact.change.key.name == "evil":
        return Violation("another name", "evil", f"Pod {fact.change.key.key}")
    return None


@always(on=Committed)
class CountsOnlyGrow:
    """A counter only grows."""

    def __init__(self) -> None:
        self.last = 0

    def check(self, fact: Committed, world: World) -> Findings:
        """Compare with the last one."""
        after = fact.change.after
        if after is None or "count" not in after.raw:
            return UNCONCERNED
        last, self.last = self.last, after.raw["count"]
        return Violation(f"{last} or more", str(self.last)) if self.last < last else None


@eventually(within=1_000)
def there_is_a_pod(world: World) -> Findings:
    """There is a pod."""
    return None if list(world.objects("pods")) else Violation("a pod", "none")


@sometimes(on=written("pods"))
def a_pod_is_deleted(fact: Committed, world: World) -> bool:
    """A pod is deleted."""
    return fact.change.after is None


def test_the_name_is_the_id_and_the_docstring_is_the_promise() -> None:
    """What a report prints about a promise comes from its function."""
    assert isinstance(no_pod_is_called_evil, Promise)
    assert "no-pod-is-called-evil" == no_pod_is_called_evil.id
    assert "No pod is ever called evil." == no_pod_is_called_evil.text
    assert isinstance(CountsOnlyGrow, Promise)
    assert "counts-only-grow" == CountsOnlyGrow.id


def test_a_promise_without_words_is_refused() -> None:
    """A promise that says nothing cannot be shown."""

    def silent(fact: Committed, world: World) -> None: ...

    with pytest.raises(TypeError, match="silent has no docstring"):
        always(on=Committed)(silent)


def test_what_is_no_fact_cannot_be_asked_for() -> None:
    """A mistake in `on` is told at once, and not as a promise that is never checked."""
    with pytest.raises(TypeError, match="asks for"):
        always(on=str)(no_pod_is_called_evil)  # type: ignore[arg-type]


def test_only_promises_can_be_collected_and_each_id_once() -> None:
    """A forgotten decorator and a name used twice are told."""
    with pytest.raises(TypeError, match="is no promise"):
        promises(lambda fact, world: None)
    with pytest.raises(TypeError, match="two promises are called there-is-a-pod"):
        promises(there_is_a_pod, there_is_a_pod)


def test_the_worst_verdict_wins() -> None:
    """HELD < UNKNOWN < VIOLATED."""
    assert Verdict.HELD == worst([])
    assert Verdict.UNKNOWN == worst([Verdict.HELD, Verdict.UNKNOWN])
    assert Verdict.VIOLATED == worst([Verdict.UNKNOWN, Verdict.VIOLATED, Verdict.HELD])


def test_a_check_sees_only_the_writes_that_it_asked_for() -> None:
    """A write to another resource neither checks a promise nor costs it anything."""
    bench = Bench(no_pod_is_called_evil)
    bench.put("services", "default", "evil", {})
    assert (Verdict.UNKNOWN, 0) == (
        bench.verdict(no_pod_is_called_evil),
        bench.result(no_pod_is_called_evil).checked,
    )
    bench.put("pods", "default", "good", pod())
    assert (Verdict.HELD, 1) == (
        bench.verdict(no_pod_is_called_evil),
        bench.result(no_pod_is_called_evil).checked,
    )


def test_a_violation_says_what_where_and_when() -> None:
    """A finding has the promise, both sides, the object, the revision, the step and the virtual time."""
    bench = Bench(no_pod_is_called_evil)
    bench.advance(1_500)
    bench.put("pods", "default", "evil", pod())
    (found,) = bench.monitor.findings()
    assert ("no-pod-is-called-evil", "another name", "evil") == (
        found.invariant,
        found.expected,
        found.found,
    )
    assert ("Pod default/evil", bench.store.revision, 1_500) == (
        found.subject,
        found.revision,
        found.now_ms,
    )
    assert "Committed" in found.causes[-1]
    assert Verdict.VIOLATED == bench.monitor.verdict


def test_a_check_with_memory_starts_anew_in_each_run() -> None:
    """Nothing that one run has seen is left in the next."""
    for _ in range(2):
        bench = Bench(CountsOnlyGrow)
        for count in (1, 3, 3):
            bench.put("configmaps", "default", "counter", {"count": count})
        assert (Verdict.HELD, 3) == (
            bench.verdict(CountsOnlyGrow),
            bench.result(CountsOnlyGrow).checked,
        )
    bench.put("configmaps", "default", "counter", {"count": 2})
    assert Verdict.VIOLATED == bench.verdict(CountsOnlyGrow)


def test_a_check_that_breaks_is_unknown_and_never_a_pass() -> None:
    """An exception in a check is told and the run goes on."""

    @always(on=written("pods"))
    def broken(fact: Committed, world: World) -> Findings:
        """It holds."""
        raise KeyError("spec")

    bench = Bench(broken, no_pod_is_called_evil)
    bench.put("pods", "default", "good", pod())
    assert Verdict.UNKNOWN == bench.verdict(broken)
    assert "KeyError" in bench.result(broken).reason
    assert Verdict.HELD == bench.verdict(no_pod_is_called_evil)
    assert Verdict.UNKNOWN == bench.monitor.verdict


def test_a_promise_without_a_subject_is_not_applicable() -> None:
    """What nothing in the run is concerned with is outside the verdict."""

    @always(on=written("pods"), applies=lambda world: world.had("pods"))
    def about_pods(fact: Committed, world: World) -> Findings:
        """It holds."""
        return None

    bench = Bench(about_pods)
    bench.put("services", "default", "web", {})
    assert not bench.result(about_pods).applicable
    assert Verdict.HELD == bench.monitor.verdict
    bench.put("pods", "default", "web", pod())
    assert bench.result(about_pods).applicable


def test_a_sometimes_promise_holds_once_it_was_seen() -> None:
    """It is unknown before, and counts how often it was seen."""
    bench = Bench(a_pod_is_deleted)
    bench.put("pods", "default", "web", pod())
    assert (Verdict.UNKNOWN, "it was never seen") == (
        bench.verdict(a_pod_is_deleted),
        bench.result(a_pod_is_deleted).reason,
    )
    bench.delete("pods", "default", "web")
    assert (Verdict.HELD, 1) == (
        bench.verdict(a_pod_is_deleted),
        bench.result(a_pod_is_deleted).checked,
    )


def test_an_eventual_promise_is_unknown_before_everything_is_healed() -> None:
    """What must come true after healing proves nothing before."""
    bench = Bench(there_is_a_pod)
    bench.put("pods", "default", "web", pod())
    bench.finish()
    assert Verdict.UNKNOWN == bench.verdict(there_is_a_pod)


def test_an_eventual_promise_holds_when_it_is_true_within_its_bound() -> None:
    """It may be false until then."""
    bench = Bench(there_is_a_pod)
    bench.heal()
    bench.advance(900)
    bench.put("pods", "default", "web", pod())
    bench.finish()
    assert Verdict.HELD == bench.verdict(there_is_a_pod)


def test_an_eventual_promise_that_comes_true_too_late_is_broken() -> None:
    """The world is judged as it was at the bound, just before the first write after it."""
    bench = Bench(there_is_a_pod)
    bench.heal()
    bench.advance(1_001)
    bench.put("pods", "default", "web", pod())
    bench.finish()
    assert Verdict.VIOLATED == bench.verdict(there_is_a_pod)
    assert 1_000 == bench.monitor.findings()[0].now_ms


def test_an_eventual_promise_must_stay_true() -> None:
    """What was true at the bound and is false at the end is broken."""
    bench = Bench(there_is_a_pod)
    bench.put("pods", "default", "web", pod())
    bench.heal()
    bench.advance(2_000)
    bench.delete("pods", "default", "web")
    bench.finish()
    assert Verdict.VIOLATED == bench.verdict(there_is_a_pod)


def test_a_run_that_ends_before_the_bound_decides_nothing() -> None:
    """It is unknown, says why, and says until when the run has to go on."""
    bench = Bench(there_is_a_pod)
    bench.advance(50)
    bench.heal()
    assert 1_050 == bench.monitor.wait_until_ms()
    assert ["a pod"] == [violation.expected for _, violation in bench.monitor.unmet()]
    bench.finish(settled=False)
    assert Verdict.UNKNOWN == bench.verdict(there_is_a_pod)
    assert (
        "the run ended 1 s before its bound was over: it was stopped"
        == bench.result(there_is_a_pod).reason
    )


def test_every_fact_kind_is_handed_to_those_who_ask() -> None:
    """A promise may be about more than writes."""
    seen = []

    @always(on=(CallBegun, written("pods")))
    def watcher(fact: CallBegun | Committed, world: World) -> Findings:
        """It sees both."""
        seen.append(type(fact).__name__)
        return None

    bench = Bench(watcher)
    bench.begin("user", "create", "pods")
    bench.put("pods", "default", "web", pod())
    assert ["CallBegun", "Committed"] == seen
