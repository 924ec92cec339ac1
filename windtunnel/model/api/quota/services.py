"""How quotas count services: each as one, and by the load balancers and node ports that it will get."""

from __future__ import annotations

from windtunnel.model.api.quantity import ZERO, from_value
from windtunnel.model.api.quota.evaluator import ONE, Evaluator
from windtunnel.model.api.resource_list import ResourceList
from windtunnel.model.objects.json import Json

NODE_PORT, LOAD_BALANCER = "NodePort", "LoadBalancer"
_COUNTED_TYPES = (NODE_PORT, LOAD_BALANCER)


def _counted_type(service: Json) -> str:
    kind: str = (service.get("spec") or {}).get("type", "")
    return kind if kind in _COUNTED_TYPES else ""


class Services(Evaluator):
    """Counts services."""

    def __init__(self) -> None:
        super().__init__("services")
        self.names = (self.count, "services", "services.nodeports", "services.loadbalancers")

    def usage(self, obj: Json, now_ms: int) -> ResourceList:
        """What a service uses; the ports are those it is meant to have, given or not. O(ports)."""
        spec = obj.get("spec") or {}
        ports, kind = spec.get("ports") or (), _counted_type(obj)
        node_ports = len(ports) if kind else 0
        if kind == LOAD_BALANCER and spec.get("allocateLoadBalancerNodePorts") is False:
            node_ports = sum(1 for port in ports if port.get("nodePort"))
        return {
            self.count: ONE,
            "services": ONE,
            "services.nodeports": from_value(node_ports),
            "services.loadbalancers": ONE if kind == LOAD_BALANCER else ZERO,
        }

    def was_freed(self, old: Json, new: Json, now_ms: int) -> bool:
        """Whether a service's type changed, of those that count."""
        return _counted_type(old) != _counted_type(new)
