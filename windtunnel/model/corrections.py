"""What Kubernetes 1.36 gets wrong and the model does not repeat: its corrections.

The model is 1.36 as it behaves, but for these. A promise that holds here because of one of them can be broken by a real
cluster; each entry names the issues in kubernetes/kubernetes where that is known, and the module that does it right.
"As reported" marks what is known from an issue that is still open, and not from the source of 1.36.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Correction:
    """One correction. issues: numbers in kubernetes/kubernetes, () where none is known; where: a module."""

    id: str
    issues: tuple[int, ...]
    kubernetes: str
    here: str
    where: str


CORRECTIONS: tuple[Correction, ...] = (
    Correction(
        "delete-respects-new-finalizers",
        (77988,),
        "As reported: DELETE finds an object without finalizers and then removes it whatever it is by then; a "
        "finalizer that another client adds in between is lost, and the object with it.",
        "The removal is a compare-and-swap on the version that nothing held; if that has changed, DELETE looks again.",
        "windtunnel.model.apiserver.deletion",
    ),
    Correction(
        "quota-refusals-stay",
        (141904,),
        "As reported: requests that wait for the quotas of a namespace are charged together; where a write meets "
        "another one, all of them are checked again, but only against the quotas whose write failed, and a request "
        "that another quota had refused can pass.",
        "A request that was refused stays refused.",
        "windtunnel.model.apiserver.admission.quota_evaluator",
    ),
    Correction(
        "endpoints-never-given-up",
        (),
        "The endpoints controller drops a service after 15 failed attempts; its Endpoints stay wrong until the next "
        "change or resync.",
        "A service is tried for as long as it fails, with the usual back-off.",
        "windtunnel.model.controllers.endpoints.controller",
    ),
    Correction(
        "endpointslices-never-given-up",
        (),
        "The endpoint slice controller drops a service after 15 failed attempts.",
        "A service is tried for as long as it fails, with the usual back-off.",
        "windtunnel.model.controllers.endpoint_slice.controller",
    ),
    Correction(
        "endpointslices-wait-for-the-node",
        (),
        "A service with a pod on a node that does not exist is tried again with a growing delay, which may have grown "
        "long by the time the node shows up.",
        "The service is looked at again as soon as the node shows up.",
        "windtunnel.model.controllers.endpoint_slice.controller",
    ),
    Correction(
        "mirroring-never-given-up",
        (),
        "The endpoint slice mirroring controller drops Endpoints after 15 failed attempts.",
        "Endpoints are tried for as long as they fail, with the usual back-off.",
        "windtunnel.model.controllers.endpoint_slice_mirroring.controller",
    ),
    Correction(
        "lapsed-expectations-wake",
        (),
        "Expectations that lapse after five minutes wake nobody: the ReplicationController or ReplicaSet is not looked "
        "at before the next event about it or its pods, or the next resync, 12 to 24 hours later.",
        "The controller looks again at the moment its expectations lapse.",
        "windtunnel.model.controllers.expectations",
    ),
    Correction(
        "node-lease-read-live",
        (138698,),
        "A node is given up by its Lease in the controller's cache alone; a cache that has stalled makes living nodes "
        "look dead.",
        "Before a silent node is given up its Lease is read from the API server.",
        "windtunnel.model.controllers.node_lifecycle.controller",
    ),
    Correction(
        "node-loss-marks-pods",
        (48681, 112733),
        "The pods of a node are marked as not ready only when its Ready condition turns from True in that same check: "
        "not after a crash of the controller between the two writes (as reported), nor when Ready was False before it "
        "became Unknown.",
        "Pods are marked whenever their node is found False or Unknown and this controller has not marked them for "
        "that yet; what failed is done again at the next check.",
        "windtunnel.model.controllers.node_lifecycle.controller",
    ),
    Correction(
        "no-schedule-taints-retried",
        (),
        "A NoSchedule taint that could not be written is not tried again before the next change of the node.",
        "It is tried again with the usual back-off.",
        "windtunnel.model.controllers.node_lifecycle.controller",
    ),
    Correction(
        "all-zones-down-untaints-again",
        (),
        "When all zones are down the NoExecute taints are taken off once; where that fails they stay.",
        "They are taken off at every check for as long as all zones are down.",
        "windtunnel.model.controllers.node_lifecycle.controller",
    ),
    Correction(
        "taints-read-live",
        (126755,),
        "Before a node's taints are changed, the node is read from the API server's watch cache; where that is behind, "
        "it can seem that nothing is left to do.",
        "The node is read as it is in the store.",
        "windtunnel.model.controllers.node_lifecycle.taint_writer",
    ),
    Correction(
        "evictions-never-given-up",
        (),
        "A taint eviction is given up after five failed attempts within 50 ms.",
        "It is tried for as long as it fails, with the usual back-off.",
        "windtunnel.model.controllers.taint_eviction.controller",
    ),
    Correction(
        "evictions-by-uid",
        (),
        "A planned taint eviction hits whichever pod has the name when its time comes.",
        "It is for one pod, by its UID.",
        "windtunnel.model.controllers.taint_eviction.controller",
    ),
    Correction(
        "pod-gc-by-uid",
        (),
        "The pod garbage collector deletes whichever pod has the name by then.",
        "The deletion names the UID of the pod that was found to be garbage.",
        "windtunnel.model.controllers.pod_gc.controller",
    ),
    Correction(
        "scheduler-sees-replaced-pods",
        (91126,),
        "As reported: a gap in a watch turns the deletion of a pod and the creation of another of its name into one "
        "update, which the scheduler judges by the old pod alone: the old pod may stay charged to its node.",
        "Two versions with different UIDs are handled as a deletion and a creation.",
        "windtunnel.model.scheduler.events",
    ),
    Correction(
        "preemption-by-uid",
        (),
        "Preemption deletes whichever pod has the victim's name by then.",
        "The deletion names the UID of the pod that was chosen.",
        "windtunnel.model.scheduler.preemptor",
    ),
    Correction(
        "never-pods-begin-after-a-reboot",
        (118321, 141948),
        "As reported: a pod that must not be restarted and lost its sandbox before any of its main containers ran (its "
        "init containers have succeeded, or a container was made and not started) gets no other one: it is Pending for "
        "ever.",
        "As long as none of its main containers ran and no init container failed, it begins again in a new sandbox.",
        "windtunnel.model.kubelet.pod_plan",
    ),
    Correction(
        "startup-probe-of-this-instance",
        (101064, 141155),
        "A restarted container inherits `started` from the one before, by its name: liveness and readiness probes run "
        "before its own startup probe has succeeded.",
        "Results of probes, and `started` with them, belong to one instance of a container, by its ID.",
        "windtunnel.model.kubelet.probe_results",
    ),
)
"""All corrections, in the order of the components they are in: API server, controllers, scheduler, kubelet."""
