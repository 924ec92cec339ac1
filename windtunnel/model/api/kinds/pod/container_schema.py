"""The fields of a container: image, command, environment, ports, resources, probes, lifecycle, security.

App containers, init containers and ephemeral containers are the same type but for `targetContainerName`.
"""

from __future__ import annotations

from windtunnel.model.api.schema import (
    ANY,
    BOOLEAN,
    FLAG,
    INT_OR_STRING,
    INTEGER,
    LONG,
    OMITTED_ZERO,
    POINTER_STRING,
    QUANTITIES,
    QUANTITY,
    STRING,
    STRINGS,
    ListOf,
    Object,
    Type,
)


def _key_selector(name: str) -> Object:
    return Object({"name": STRING, "key": STRING, "optional": BOOLEAN}, name)


OBJECT_FIELD_SELECTOR = Object({"apiVersion": STRING, "fieldPath": STRING}, "ObjectFieldSelector")
RESOURCE_FIELD_SELECTOR = Object(
    {"containerName": STRING, "resource": STRING, "divisor": QUANTITY}, "ResourceFieldSelector"
)
_ENVIRONMENT_SOURCE = Object(
    {
        "fieldRef": OBJECT_FIELD_SELECTOR,
        "resourceFieldRef": RESOURCE_FIELD_SELECTOR,
        "configMapKeyRef": _key_selector("ConfigMapKeySelector"),
        "secretKeyRef": _key_selector("SecretKeySelector"),
        "fileKeyRef": Object(
            {"volumeName": STRING, "path": STRING, "key": STRING, "optional": BOOLEAN},
            "FileKeySelector",
        ),
    },
    "EnvVarSource",
)
_ENVIRONMENT_VARIABLE = Object(
    {"name": STRING, "value": STRING, "valueFrom": _ENVIRONMENT_SOURCE}, "EnvVar"
)
_WHOLE_SOURCE = {"name": STRING, "optional": BOOLEAN}
_ENVIRONMENT_FROM = Object(
    {
        "prefix": STRING,
        "configMapRef": Object(_WHOLE_SOURCE, "ConfigMapEnvSource"),
        "secretRef": Object(_WHOLE_SOURCE, "SecretEnvSource"),
    },
    "EnvFromSource",
)
_PORT = Object(
    {
        "name": STRING,
        "hostPort": OMITTED_ZERO,
        "containerPort": INTEGER,
        "protocol": STRING,
        "hostIP": STRING,
    },
    "ContainerPort",
)
RESOURCES = Object(
    {
        "limits": QUANTITIES,
        "requests": QUANTITIES,
        "claims": ListOf(Object({"name": STRING, "request": STRING}, "ResourceClaim")),
    },
    "ResourceRequirements",
)
_HANDLERS: dict[str, Type] = {
    "exec": Object({"command": STRINGS}, "ExecAction"),
    "httpGet": Object(
        {
            "path": STRING,
            "port": INT_OR_STRING,
            "host": STRING,
            "scheme": STRING,
            "httpHeaders": ListOf(Object({"name": STRING, "value": STRING}, "HTTPHeader")),
        },
        "HTTPGetAction",
    ),
    "tcpSocket": Object({"port": INT_OR_STRING, "host": STRING}, "TCPSocketAction"),
}
PROBE = Object(
    {
        **_HANDLERS,
        "grpc": Object({"port": INTEGER, "service": POINTER_STRING}, "GRPCAction"),
        "initialDelaySeconds": OMITTED_ZERO,
        "timeoutSeconds": OMITTED_ZERO,
        "periodSeconds": OMITTED_ZERO,
        "successThreshold": OMITTED_ZERO,
        "failureThreshold": OMITTED_ZERO,
        "terminationGracePeriodSeconds": LONG,
    },
    "Probe",
)
_LIFECYCLE_HANDLER = Object(
    {**_HANDLERS, "sleep": Object({"seconds": LONG}, "SleepAction")}, "LifecycleHandler"
)
_LIFECYCLE = Object(
    {"postStart": _LIFECYCLE_HANDLER, "preStop": _LIFECYCLE_HANDLER, "stopSignal": STRING},
    "Lifecycle",
)
SE_LINUX_OPTIONS = Object(
    {"user": STRING, "role": STRING, "type": STRING, "level": STRING}, "SELinuxOptions"
)
WINDOWS_OPTIONS = Object(
    {
        "gmsaCredentialSpecName": POINTER_STRING,
        "gmsaCredentialSpec": POINTER_STRING,
        "runAsUserName": POINTER_STRING,
        "hostProcess": BOOLEAN,
    },
    "WindowsSecurityContextOptions",
)
_PROFILE = {"type": STRING, "localhostProfile": POINTER_STRING}
SECCOMP_PROFILE = Object(_PROFILE, "SeccompProfile")
APP_ARMOR_PROFILE = Object(_PROFILE, "AppArmorProfile")
_SECURITY_CONTEXT = Object(
    {
        "capabilities": Object({"add": STRINGS, "drop": STRINGS}, "Capabilities"),
        "privileged": BOOLEAN,
        "seLinuxOptions": SE_LINUX_OPTIONS,
        "windowsOptions": WINDOWS_OPTIONS,
        "runAsUser": LONG,
        "runAsGroup": LONG,
        "runAsNonRoot": BOOLEAN,
        "readOnlyRootFilesystem": BOOLEAN,
        "allowPrivilegeEscalation": BOOLEAN,
        "procMount": STRING,
        "seccompProfile": SECCOMP_PROFILE,
        "appArmorProfile": APP_ARMOR_PROFILE,
    },
    "SecurityContext",
)
_VOLUME_MOUNT = Object(
    {
        "name": STRING,
        "readOnly": FLAG,
        "recursiveReadOnly": STRING,
        "mountPath": STRING,
        "subPath": STRING,
        "mountPropagation": STRING,
        "subPathExpr": STRING,
    },
    "VolumeMount",
)
_RESTART_RULE = Object({"action": STRING, "exitCodes": ANY}, "ContainerRestartRule")
_CONTAINER: dict[str, Type] = {
    "name": STRING,
    "image": STRING,
    "command": STRINGS,
    "args": STRINGS,
    "workingDir": STRING,
    "ports": ListOf(_PORT, merge_key="containerPort", strategy="merge"),
    "envFrom": ListOf(_ENVIRONMENT_FROM),
    "env": ListOf(_ENVIRONMENT_VARIABLE, merge_key="name", strategy="merge"),
    "resources": RESOURCES,
    "resizePolicy": ListOf(
        Object({"resourceName": STRING, "restartPolicy": STRING}, "ContainerResizePolicy")
    ),
    "restartPolicy": STRING,
    "restartPolicyRules": ListOf(_RESTART_RULE),
    "volumeMounts": ListOf(_VOLUME_MOUNT, merge_key="mountPath", strategy="merge"),
    "volumeDevices": ListOf(
        Object({"name": STRING, "devicePath": STRING}, "VolumeDevice"),
        merge_key="devicePath",
        strategy="merge",
    ),
    "livenessProbe": PROBE,
    "readinessProbe": PROBE,
    "startupProbe": PROBE,
    "lifecycle": _LIFECYCLE,
    "terminationMessagePath": STRING,
    "terminationMessagePolicy": STRING,
    "imagePullPolicy": STRING,
    "securityContext": _SECURITY_CONTEXT,
    "stdin": FLAG,
    "stdinOnce": FLAG,
    "tty": FLAG,
}
CONTAINER = Object(_CONTAINER, "Container")
EPHEMERAL_CONTAINER = Object({**_CONTAINER, "targetContainerName": STRING}, "EphemeralContainer")
