"""Facts: what happened, as inert values that go to the promises that asked for their kind.

Every fact carries the step of the trace in which it happened and the virtual time. Facts are about both truths: what
the store says (Committed) and what physically is (Physical, ProcessDown, LinkCut).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from windtunnel.model.store.change import Change


@frozen
class Fact:
    """Something that happened, in a step and at a virtual time."""

    step: int
    now_ms: int


@frozen
class Committed(Fact):
    """The store accepted a write."""

    change: Change


@frozen
class CallBegun(Fact):
    """A process sent a request to another one."""

    process: str
    incarnation: int
    target: str
    call: int
    request: Any


@frozen
class CallAnswered(Fact):
    """The answer of a call reached its caller, or the caller learned that there will be none (error)."""

    process: str
    incarnation: int
    target: str
    call: int
    request: Any
    answer: Any
    error: Exception | None


@frozen
class CacheChanged(Fact):
    """An informer's cache took in one object (Records): before or after is None for an addition or a removal."""

    process: str
    incarnation: int
    resource: str
    before: Any
    after: Any
    selection: tuple[str, str, str] = ("", "", "")
    """What the informer follows of the resource: a namespace, a label selector and a field selector, '' being all."""


@frozen
class CacheReplaced(Fact):
    """An informer's cache was replaced by a list taken at a revision."""

    process: str
    incarnation: int
    resource: str
    revision: int
    items: tuple[Any, ...]
    selection: tuple[str, str, str] = ("", "", "")
    """What the informer follows of the resource: a namespace, a label selector and a field selector, '' being all."""


@frozen
class WatchDelivered(Fact):
    """A watch event reached a client: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."""

    process: str
    incarnation: int
    watch: int
    resource: str
    event_type: str
    record: Any
    revision: int


@frozen
class WatchOpened(Fact):
    """A client opened a watch of a resource from a revision (after it, events must follow without a gap)."""

    process: str
    incarnation: int
    watch: int
    resource: str
    revision: int
    selector: str


@frozen
class ProcessUp(Fact):
    """An incarnation of a process began."""

    process: str
    incarnation: int


@frozen
class ProcessDown(Fact):
    """An incarnation of a process ended."""

    process: str
    incarnation: int


@frozen
class ProcessPaused(Fact):
    """A process was stopped where it stood."""

    process: str
    incarnation: int


@frozen
class ProcessResumed(Fact):
    """A process that was stopped goes on."""

    process: str
    incarnation: int


@frozen
class ClockChanged(Fact):
    """The clock of a process was set: from now on it measures at this rate, in thousandths, and its time of day is so
    far ahead."""

    process: str
    rate: int
    ahead_ms: int


@frozen
class LeadershipBegun(Fact):
    """A process has got a lease (namespace/name), and its controllers begin; transitions counts how often it changed
    hands."""

    process: str
    incarnation: int
    lease: str
    transitions: int


@frozen
class LeadershipLost(Fact):
    """A process knows that it no longer leads: it could not renew its lease in time, and will exit."""

    process: str
    incarnation: int
    lease: str


@frozen
class LinkCut(Fact):
    """Messages from one host to another no longer arrive."""

    source: str
    target: str


@frozen
class LinkHealed(Fact):
    """Messages from one host to another arrive again."""

    source: str
    target: str


@frozen
class Physical(Fact):
    """Something changed on a node: node-up, node-down, runtime-up, runtime-down, sandbox-up, sandbox-down,
    container-started, container-exited, probe-answers, hook-ran, takes-ending (detail says what)."""

    node: str
    what: str
    pod_uid: str
    container: str
    detail: str


@frozen
class ProbeRan(Fact):
    """A kubelet probed a container (kind: readiness, liveness or startup), and what came of it: success, warning,
    failure, unknown or error. Steady probes that are left out tell nothing."""

    node: str
    pod_uid: str
    container: str
    container_id: str
    kind: str
    outcome: str


@frozen
class SchedulerDecided(Fact):
    """The scheduler chose a node: what its filters saw of it, with assumed pods, is in snapshot (a NodeInfo), and what
    they saw of the whole cluster in cluster (a FrozenSnapshot; None where nobody took one)."""

    process: str
    pod: Any
    node: str
    snapshot: Any
    cluster: Any = None


@frozen
class ActionBegun(Fact):
    """An action of the scenario was applied; its number counts from 1."""

    number: int
    action: Any


@frozen
class Settled(Fact):
    """No foreground work is left and every process says it is idle."""


@frozen
class Healed(Fact):
    """Every fault was ended: the liveness phase begins."""


@frozen
class Finished(Fact):
    """The run is over; settled says whether the cluster came to rest, reason why not (empty when it did)."""

    settled: bool
    reason: str
