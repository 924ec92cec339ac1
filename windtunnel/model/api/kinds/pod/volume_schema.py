"""The fields of a pod's volumes.

The sources that the model gives a meaning to (and those it fills defaults into) are spelled out; the others
are free JSON, so that manifests with them survive a round trip.
"""

from __future__ import annotations

from windtunnel.model.api.kinds.pod.container_schema import (
    OBJECT_FIELD_SELECTOR,
    RESOURCE_FIELD_SELECTOR,
)
from windtunnel.model.api.schema import (
    ANY,
    BOOLEAN,
    FLAG,
    INTEGER,
    LABEL_SELECTOR,
    LONG,
    POINTER_STRING,
    QUANTITY,
    STRING,
    ListOf,
    Object,
    Type,
)

_ITEMS = ListOf(Object({"key": STRING, "path": STRING, "mode": INTEGER}, "KeyToPath"))
_DOWNWARD_API_FILE = Object(
    {
        "path": STRING,
        "fieldRef": OBJECT_FIELD_SELECTOR,
        "resourceFieldRef": RESOURCE_FIELD_SELECTOR,
        "mode": INTEGER,
    },
    "DownwardAPIVolumeFile",
)
_PROJECTION = Object(
    {
        "secret": Object(
            {"name": STRING, "items": _ITEMS, "optional": BOOLEAN}, "SecretProjection"
        ),
        "downwardAPI": Object({"items": ListOf(_DOWNWARD_API_FILE)}, "DownwardAPIProjection"),
        "configMap": Object(
            {"name": STRING, "items": _ITEMS, "optional": BOOLEAN}, "ConfigMapProjection"
        ),
        "serviceAccountToken": Object(
            {"audience": STRING, "expirationSeconds": LONG, "path": STRING},
            "ServiceAccountTokenProjection",
        ),
        "clusterTrustBundle": Object(
            {
                "name": POINTER_STRING,
                "signerName": POINTER_STRING,
                "labelSelector": LABEL_SELECTOR,
                "optional": BOOLEAN,
                "path": STRING,
            },
            "ClusterTrustBundleProjection",
        ),
        "podCertificate": ANY,
    },
    "VolumeProjection",
)
_UNINTERPRETED_SOURCES = (
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
    "csi",
)
VOLUME_SOURCES: dict[str, Type] = {
    "hostPath": Object({"path": STRING, "type": POINTER_STRING}, "HostPathVolumeSource"),
    "emptyDir": Object({"medium": STRING, "sizeLimit": QUANTITY}, "EmptyDirVolumeSource"),
    **dict.fromkeys(_UNINTERPRETED_SOURCES, ANY),
    "secret": Object(
        {"secretName": STRING, "items": _ITEMS, "defaultMode": INTEGER, "optional": BOOLEAN},
        "SecretVolumeSource",
    ),
    "persistentVolumeClaim": Object(
        {"claimName": STRING, "readOnly": FLAG}, "PersistentVolumeClaimVolumeSource"
    ),
    "downwardAPI": Object(
        {"items": ListOf(_DOWNWARD_API_FILE), "defaultMode": INTEGER}, "DownwardAPIVolumeSource"
    ),
    "configMap": Object(
        {"name": STRING, "items": _ITEMS, "defaultMode": INTEGER, "optional": BOOLEAN},
        "ConfigMapVolumeSource",
    ),
    "projected": Object(
        {"sources": ListOf(_PROJECTION), "defaultMode": INTEGER}, "ProjectedVolumeSource"
    ),
    "ephemeral": Object({"volumeClaimTemplate": ANY}, "EphemeralVolumeSource"),
    "image": Object({"reference": STRING, "pullPolicy": STRING}, "ImageVolumeSource"),
}
VOLUME = Object({"name": STRING, **VOLUME_SOURCES}, "Volume")
