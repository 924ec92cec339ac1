"""The fields of a pod's status: phase, conditions, addresses and what became of each container."""

from __future__ import annotations

from windtunnel.model.api.kinds.pod.container_schema import RESOURCES
from windtunnel.model.api.schema import (
    ANY,
    BOOLEAN,
    INTEGER,
    LONG,
    OMITTED_ZERO,
    OMITTED_ZERO_LONG,
    QUANTITIES,
    STRING,
    TIME,
    ListOf,
    Object,
)

_CONDITION = Object(
    {
        "type": STRING,
        "observedGeneration": OMITTED_ZERO_LONG,
        "status": STRING,
        "lastProbeTime": TIME,
        "lastTransitionTime": TIME,
        "reason": STRING,
        "message": STRING,
    },
    "PodCondition",
)
_CONTAINER_STATE = Object(
    {
        "waiting": Object({"reason": STRING, "message": STRING}, "ContainerStateWaiting"),
        "running": Object({"startedAt": TIME}, "ContainerStateRunning"),
        "terminated": Object(
            {
                "exitCode": INTEGER,
                "signal": OMITTED_ZERO,
                "reason": STRING,
                "message": STRING,
                "startedAt": TIME,
                "finishedAt": TIME,
                "containerID": STRING,
            },
            "ContainerStateTerminated",
        ),
    },
    "ContainerState",
)
_MOUNT_STATUS = Object(
    {
        "name": STRING,
        "mountPath": STRING,
        "readOnly": BOOLEAN,
        "recursiveReadOnly": STRING,
        "volumeStatus": ANY,
    },
    "VolumeMountStatus",
)
_LINUX_USER = Object(
    {"uid": LONG, "gid": LONG, "supplementalGroups": ListOf(LONG)}, "LinuxContainerUser"
)
_CONTAINER_STATUS = Object(
    {
        "name": STRING,
        "state": _CONTAINER_STATE,
        "lastState": _CONTAINER_STATE,
        "ready": BOOLEAN,
        "restartCount": INTEGER,
        "image": STRING,
        "imageID": STRING,
        "containerID": STRING,
        "started": BOOLEAN,
        "allocatedResources": QUANTITIES,
        "resources": RESOURCES,
        "volumeMounts": ListOf(_MOUNT_STATUS, merge_key="mountPath", strategy="merge"),
        "user": Object({"linux": _LINUX_USER}, "ContainerUser"),
        "allocatedResourcesStatus": ListOf(
            Object({"name": STRING, "resources": ListOf(ANY)}, "ResourceStatus"),
            merge_key="name",
            strategy="merge",
        ),
        "stopSignal": STRING,
    },
    "ContainerStatus",
)
POD_STATUS = Object(
    {
        "observedGeneration": OMITTED_ZERO_LONG,
        "phase": STRING,
        "conditions": ListOf(_CONDITION, merge_key="type", strategy="merge"),
        "message": STRING,
        "reason": STRING,
        "nominatedNodeName": STRING,
        "hostIP": STRING,
        "hostIPs": ListOf(Object({"ip": STRING}, "HostIP"), merge_key="ip", strategy="merge"),
        "podIP": STRING,
        "podIPs": ListOf(Object({"ip": STRING}, "PodIP"), merge_key="ip", strategy="merge"),
        "startTime": TIME,
        "initContainerStatuses": ListOf(_CONTAINER_STATUS),
        "containerStatuses": ListOf(_CONTAINER_STATUS),
        "ephemeralContainerStatuses": ListOf(_CONTAINER_STATUS),
        "qosClass": STRING,
        "resize": STRING,
        "resourceClaimStatuses": ListOf(
            Object({"name": STRING, "resourceClaimName": STRING}, "PodResourceClaimStatus"),
            merge_key="name",
            strategy="merge",
        ),
        "extendedResourceClaimStatus": ANY,
        "allocatedResources": QUANTITIES,
        "resources": RESOURCES,
        "nodeAllocatableResourceClaimStatuses": ListOf(ANY),
    },
    "PodStatus",
)
