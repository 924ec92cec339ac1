"""What the pod workers of one kubelet share."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from windtunnel.model.kubelet.back_off import BackOff
from windtunnel.model.kubelet.images import ImageManager
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.kubelet.probe_manager import ProbeManager
from windtunnel.model.kubelet.probe_results import ProbeResults
from windtunnel.model.kubelet.status_manager import StatusManager
from windtunnel.model.settings import KubeletSettings
from windtunnel.model.sim.process import Process


@frozen
class KubeletServices:
    """The parts of a kubelet that a pod worker uses; ended(uid) says that nothing of a pod is left on the node."""

    process: Process
    settings: KubeletSettings
    machine: Machine
    results: ProbeResults
    probes: ProbeManager
    statuses: StatusManager
    crash_back_off: BackOff
    images: ImageManager
    host_ip: str
    ended: Callable[[str], None]
    ending: dict[str, None] = field(factory=dict)
    """The pods whose containers are being ended, by UID: of pods at rest nobody needs to be asked."""
