"""Resources as the scheduler counts them: whole numbers by name, CPU in thousandths and everything else in units.

A pod asks for what its containers ask for together, or for what its hungriest moment while starting needs: init
containers run one after the other, beside the sidecars that started before them. Overhead comes on top. For scoring
alone, a container that asks for no CPU or memory counts as one that asks for a little.

Not modelled: requests of a pod as a whole, resizes in place, resource claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from windtunnel.model.api.quantity import milli_value, whole_units
from windtunnel.model.objects.pod import Container, PodSpec

CPU = "cpu"
MEMORY = "memory"
EPHEMERAL_STORAGE = "ephemeral-storage"
PODS = "pods"

DEFAULT_MILLI_CPU = 100
DEFAULT_MEMORY = 200 * 1024 * 1024

Amounts = dict[str, int]


def amount(name: str, quantity: Any) -> int:
    """A quantity of a resource as the scheduler counts it. O(1) once seen."""
    text = quantity if isinstance(quantity, str) else str(quantity)
    return milli_value(text) if name == CPU else whole_units(text)


def amounts(resources: Mapping[str, Any]) -> Amounts:
    """A resource list as numbers. O(resources)."""
    return {name: amount(name, quantity) for name, quantity in resources.items()}


def is_extended(name: str) -> bool:
    """Whether a resource is one that an operator made up: a domain that is not Kubernetes' own. O(length)."""
    if "/" not in name or "kubernetes.io/" in name:
        return False
    return not name.startswith("requests.")


def is_countable(name: str) -> bool:
    """Whether the scheduler minds a resource other than CPU, memory and ephemeral storage. O(length)."""
    return (
        is_extended(name)
        or name.startswith(("hugepages-", "attachable-volumes-"))
        or "kubernetes.io/" in name
    )


def _add(total: Amounts, more: Mapping[str, int]) -> None:
    for name, number in more.items():
        total[name] = total.get(name, 0) + number


def _raise_to(total: Amounts, least: Mapping[str, int]) -> None:
    for name, number in least.items():
        if number > total.get(name, 0):
            total[name] = number


def _real(container: Container) -> Amounts:
    return amounts(container.resources.requests)


def _assumed(container: Container) -> Amounts:
    asked = amounts(container.resources.requests)
    asked.setdefault(CPU, DEFAULT_MILLI_CPU)
    asked.setdefault(MEMORY, DEFAULT_MEMORY)
    return asked


def _pod_total(spec: PodSpec, of: Callable[[Container], Amounts]) -> Amounts:
    total: Amounts = {}
    for container in spec.containers:
        _add(total, of(container))
    if spec.init_containers:
        sidecars: Amounts = {}
        hungriest: Amounts = {}
        for container in spec.init_containers:
            asked = of(container)
            if container.restart_policy == "Always":
                _add(total, asked)
                _add(sidecars, asked)
                moment = sidecars
            else:
                _add(asked, sidecars)
                moment = asked
            _raise_to(hungriest, moment)
        _raise_to(total, hungriest)
    if spec.overhead:
        _add(total, amounts(spec.overhead))
    return total


def pod_requests(spec: PodSpec) -> Amounts:
    """What a pod asks for. O(containers)."""
    return _pod_total(spec, _real)


def pod_requests_for_scoring(spec: PodSpec) -> Amounts:
    """What a pod asks for, with a little CPU and memory for each container that asks for none. O(containers)."""
    return _pod_total(spec, _assumed)
