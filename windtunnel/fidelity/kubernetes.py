"""What Kubernetes 1.36 has, by its own names, beside which the model is held.

What the model has of it is looked up in the code: a controller by its role, a scheduler plug-in among filters and
scores, an admission plug-in by its module. The rest is what the page lists as not modelled at all.
"""

from __future__ import annotations

CONTROLLERS: dict[str, str] = {
    "replicationcontroller-controller": "replication",
    "replicaset-controller": "replication",
    "deployment-controller": "deployment",
    "statefulset-controller": "statefulset",
    "daemonset-controller": "daemonset",
    "job-controller": "job",
    "cronjob-controller": "cronjob",
    "ttl-after-finished-controller": "ttl-after-finished",
    "horizontal-pod-autoscaler-controller": "horizontal-pod-autoscaler",
    "disruption-controller": "disruption",
    "endpoints-controller": "endpoints",
    "endpointslice-controller": "endpointslice",
    "endpointslice-mirroring-controller": "endpointslice-mirroring",
    "node-lifecycle-controller": "node-lifecycle",
    "taint-eviction-controller": "taint-eviction",
    "device-taint-eviction-controller": "device-taint-eviction",
    "node-ipam-controller": "node-ipam",
    "pod-garbage-collector-controller": "pod-gc",
    "garbage-collector-controller": "garbage-collector",
    "namespace-controller": "namespace",
    "resourcequota-controller": "resource-quota",
    "serviceaccount-controller": "service-account",
    "serviceaccount-token-controller": "serviceaccount-token",
    "legacy-serviceaccount-token-cleaner-controller": "legacy-serviceaccount-token-cleaner",
    "root-ca-certificate-publisher-controller": "root-ca-certificate-publisher",
    "bootstrap-signer-controller": "bootstrap-signer",
    "token-cleaner-controller": "token-cleaner",
    "certificatesigningrequest-approving-controller": "certificatesigningrequest-approving",
    "certificatesigningrequest-signing-controller": "certificatesigningrequest-signing",
    "certificatesigningrequest-cleaner-controller": "certificatesigningrequest-cleaner",
    "clusterrole-aggregation-controller": "clusterrole-aggregation",
    "persistentvolume-binder-controller": "persistentvolume-binder",
    "persistentvolume-attach-detach-controller": "persistentvolume-attach-detach",
    "persistentvolume-expander-controller": "persistentvolume-expander",
    "persistentvolume-protection-controller": "pv-protection",
    "persistentvolumeclaim-protection-controller": "pvc-protection",
    "ephemeral-volume-controller": "ephemeral-volume",
    "resourceclaim-controller": "resourceclaim",
    "service-cidr-controller": "service-cidr",
    "ttl-controller": "ttl",
    "validatingadmissionpolicy-status-controller": "validatingadmissionpolicy-status",
}
"""Controllers of kube-controller-manager, and the role that would play each here."""

SCHEDULER_PLUGINS: dict[str, str] = {
    "SchedulingGates": "windtunnel.model.scheduler.queue",
    "PrioritySort": "windtunnel.model.scheduler.queue",
    "NodeUnschedulable": "",
    "NodeName": "",
    "TaintToleration": "",
    "NodeAffinity": "",
    "NodePorts": "",
    "NodeResourcesFit": "",
    "VolumeRestrictions": "",
    "NodeVolumeLimits": "",
    "VolumeBinding": "",
    "VolumeZone": "",
    "PodTopologySpread": "",
    "InterPodAffinity": "",
    "DynamicResources": "",
    "DefaultPreemption": "windtunnel.model.scheduler.preemption",
    "NodeResourcesBalancedAllocation": "",
    "ImageLocality": "",
    "DefaultBinder": "windtunnel.model.scheduler.binding",
}
"""Plug-ins of the default profile, with the module of those that are neither a filter nor a score."""

ADMISSION_PLUGINS: dict[str, str] = {
    "NamespaceLifecycle": "namespace_lifecycle",
    "LimitRanger": "limit_ranger",
    "ServiceAccount": "service_account",
    "TaintNodesByCondition": "taint_nodes_by_condition",
    "PodSecurity": "pod_security",
    "Priority": "priority",
    "DefaultTolerationSeconds": "default_toleration_seconds",
    "DefaultStorageClass": "default_storage_class",
    "StorageObjectInUseProtection": "storage_object_in_use_protection",
    "PersistentVolumeClaimResize": "persistent_volume_claim_resize",
    "RuntimeClass": "runtime_class",
    "CertificateApproval": "certificate_approval",
    "CertificateSigning": "certificate_signing",
    "CertificateSubjectRestriction": "certificate_subject_restriction",
    "ClusterTrustBundleAttest": "cluster_trust_bundle_attest",
    "DefaultIngressClass": "default_ingress_class",
    "PodTopologyLabels": "pod_topology_labels",
    "MutatingAdmissionPolicy": "mutating_admission_policy",
    "MutatingAdmissionWebhook": "mutating_webhooks",
    "ValidatingAdmissionPolicy": "validating_admission_policy",
    "ValidatingAdmissionWebhook": "webhooks",
    "ResourceQuota": "resource_quota",
}
"""Admission plug-ins that are on by default, in their order, and the module that would be each here."""

OTHER_COMPONENTS: dict[str, str] = {
    "kube-proxy itself: rules on nodes, and how a packet to a service's address finds its way": "kube-proxy",
    "cloud-controller-manager: load balancers, routes and nodes of a cloud": "cloud-controller-manager",
    "authorization by RBAC, and authentication": "rbac",
    "DNS in the cluster": "dns",
    "aggregated API servers, and custom resources by CustomResourceDefinition (--load FILE:KIND adds a kind)": "crd",
    "container networks, images and volumes as data: they are there, or fail to be": "container-data",
}
"""What is wholly missing outside of these, and the role that would play each here."""
