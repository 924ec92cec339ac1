"""Promises about namespaces that are going, on facts made by hand: who may stay, and what must be gone at rest."""

from __future__ import annotations

from tests.invariants.bench import Bench, pod
from windtunnel.invariants.promises.namespaces import (
    NamespacesAreEmptied,
    terminating_namespaces_go,
)
from windtunnel.model.objects.json import Json
from windtunnel.model.outcome import Verdict

HELD, VIOLATED = Verdict.HELD, Verdict.VIOLATED
CONTROLLER = "system:serviceaccount:kube-system:namespace-controller"
DELETED = "2024-01-01T00:00:00Z"
HOLDING: Json = {"finalizers": ["example.com/hold"]}


def namespace(*finalizers: str, deleting: bool = True, **metadata: object) -> Json:
    """A namespace with finalizers in its spec."""
    more = {"deletionTimestamp": DELETED} if deleting else {}
    return {"metadata": {**more, **metadata}, "spec": {"finalizers": list(finalizers)}}


def going(raw: Json | None = None) -> Bench:
    """A namespace whose deletion was accepted."""
    bench = Bench(terminating_namespaces_go)
    bench.put("namespaces", "", "shop", namespace("kubernetes", deleting=False))
    bench.put("namespaces", "", "shop", raw or namespace("kubernetes"))
    return bench


def test_at_rest_a_namespace_that_was_deleted_is_gone() -> None:
    """With what was in it, as nobody holds it."""
    bench = going()
    bench.put("configmaps", "shop", "a", {})
    bench.heal_and_finish()
    finding = bench.monitor.findings()[0]
    assert ("Namespace shop", "it is still there, with 1 objects") == (
        finding.subject,
        finding.found,
    )
    bench = going()
    bench.delete("namespaces", "", "shop", CONTROLLER)
    bench.heal_and_finish()
    assert HELD == bench.verdict(terminating_namespaces_go)


def test_a_namespace_may_wait_for_whoever_holds_it() -> None:
    """A finalizer of its own, one beside Kubernetes' in its spec, or one of what is in it."""
    for raw in (namespace("kubernetes", **HOLDING), namespace("kubernetes", "example.com/hold")):
        bench = going(raw)
        bench.heal_and_finish()
        assert HELD == bench.verdict(terminating_namespaces_go)
    bench = going()
    bench.put("configmaps", "shop", "held", {"metadata": HOLDING})
    bench.heal_and_finish()
    assert HELD == bench.verdict(terminating_namespaces_go)
    bench.put("configmaps", "shop", "held", {"metadata": {"finalizers": ["orphan"]}})
    bench.finish()
    assert VIOLATED == bench.verdict(terminating_namespaces_go)


def test_a_namespace_may_wait_for_a_pod_that_is_ending() -> None:
    """One that nobody has asked to go is the namespace controller's to ask."""
    bench = going()
    bench.put("pods", "shop", "a", pod(deleting=True))
    bench.heal_and_finish()
    assert HELD == bench.verdict(terminating_namespaces_go)
    bench.put("pods", "shop", "a", pod())
    bench.finish()
    assert VIOLATED == bench.verdict(terminating_namespaces_go)


def test_a_run_in_which_no_namespace_is_deleted_is_not_asked() -> None:
    """The promise has no subject there."""
    bench = Bench(terminating_namespaces_go)
    bench.heal_and_finish()
    assert not bench.result(terminating_namespaces_go).applicable


def test_whoever_else_lets_a_namespace_go_is_not_judged() -> None:
    """Somebody may take its finalizer away by hand, as people do with namespaces that hang."""
    for by, verdict in (("kubernetes-admin", HELD), (CONTROLLER, VIOLATED)):
        bench = Bench(NamespacesAreEmptied)
        bench.put("namespaces", "", "empty", namespace("kubernetes", deleting=False))
        bench.put("namespaces", "", "empty", namespace("kubernetes"))
        bench.put("namespaces", "", "empty", namespace(), CONTROLLER)
        bench.put("namespaces", "", "shop", namespace("kubernetes", deleting=False))
        for number in range(5):
            bench.put("configmaps", "shop", f"a-{number}", {})
        bench.put("namespaces", "", "shop", namespace("kubernetes"))
        bench.put("namespaces", "", "shop", namespace(), by)
        assert verdict == bench.verdict(NamespacesAreEmptied)
