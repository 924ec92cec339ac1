"""Settings of a cluster: timers and flags of the components, in virtual time. Defaults are those of Kubernetes 1.36."""

from __future__ import annotations

from attrs import frozen


@frozen
class StoreSettings:
    """Flags of etcd."""

    progress_notify_ms: int = 60_000


@frozen
class ApiServerSettings:
    """Flags of kube-apiserver."""

    service_cidr: str = "10.96.0.0/16"
    node_port_low: int = 30000
    node_port_high: int = 32767
    watch_cache_size: int = 1000
    watch_buffer_size: int = 100
    bookmark_interval_ms: int = 60_000
    read_wait_ms: int = 3_000
    min_request_timeout_seconds: int = 1800
    default_toleration_seconds: int = 300
    compaction_interval_ms: int = 300_000
    service_account_admission: bool = True


@frozen
class ControllerManagerSettings:
    """Flags of kube-controller-manager."""

    concurrent_replication_syncs: int = 5
    concurrent_endpoint_syncs: int = 5
    concurrent_service_endpoint_syncs: int = 5
    mirroring_concurrent_service_endpoint_syncs: int = 5
    max_endpoints_per_slice: int = 100
    mirroring_max_endpoints_per_subset: int = 1_000
    concurrent_gc_syncs: int = 20
    burst_replicas: int = 500
    expectations_timeout_ms: int = 300_000
    retry_base_delay_ms: int = 5
    retry_max_delay_ms: int = 1_000_000
    node_monitor_period_ms: int = 5_000
    node_monitor_grace_period_ms: int = 50_000
    node_startup_grace_period_ms: int = 60_000
    node_eviction_rate: float = 0.1
    secondary_node_eviction_rate: float = 0.01
    large_cluster_size_threshold: int = 50
    unhealthy_zone_threshold: float = 0.55
    terminated_pod_gc_threshold: int = 12_500
    concurrent_resource_quota_syncs: int = 5
    resource_quota_sync_period_ms: int = 300_000


@frozen
class LeaderElectionSettings:
    """Flags of leader election, the same for kube-controller-manager and kube-scheduler."""

    lease_duration_seconds: int = 15
    renew_deadline_ms: int = 10_000
    retry_period_ms: int = 2_000


@frozen
class SchedulerSettings:
    """Flags of kube-scheduler."""

    pod_initial_backoff_ms: int = 1_000
    pod_max_backoff_ms: int = 10_000
    unschedulable_flush_ms: int = 300_000
    assume_expiry_ms: int = 0
    percentage_of_nodes_to_score: int = 0
    """How large a part of the nodes is enough to choose from; 0 adapts to the size of the cluster."""


@frozen
class KubeletSettings:
    """Flags of the kubelet, and how long its runtime takes."""

    lease_duration_seconds: int = 40
    lease_renew_ms: int = 10_000
    node_status_update_ms: int = 10_000
    node_status_report_ms: int = 300_000
    max_pods: int = 110
    cpu: str = "4"
    memory: str = "8Gi"
    sandbox_start_ms: int = 50
    container_start_ms: int = 100
    container_stop_ms: int = 200
    image_pull_ms: int = 200
    init_container_run_ms: int = 100
    hook_run_ms: int = 100
    back_off_base_ms: int = 10_000
    back_off_max_ms: int = 300_000
    back_off_reset_ms: int = 600_000
    pod_cidr_prefix: str = "10.244"
    reuse_addresses_at_once: bool = True
    """Give a new sandbox the address that was freed last; False: go through all addresses first, as host-local does."""
    status_retry_ms: int = 10_000
    elide_steady_probes: bool = True


@frozen
class Settings:
    """All settings of a cluster."""

    store: StoreSettings = StoreSettings()
    apiserver: ApiServerSettings = ApiServerSettings()
    controller_manager: ControllerManagerSettings = ControllerManagerSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    kubelet: KubeletSettings = KubeletSettings()
    leader_election: LeaderElectionSettings = LeaderElectionSettings()
    latency_ms: int = 1
    elide_steady_work: bool = True
    """Leave out what recurs for ever and provably changes nothing but times: heartbeats, and watches that would end and
    be opened again."""
