"""NodeAgent: registers the node, and tells the control plane time and again that it is alive.

Registration is tried until it succeeds, once in a kubelet's life: a Node that is deleted later is not made again. The
Lease is renewed every ten seconds, and made where it is missing. The node's status is looked at every ten seconds and
written when it says something new, such as Ready after somebody wrote Unknown, or every five minutes. What would only
move a time, and would surely arrive, is left out (see windtunnel/model/heartbeats.py).

Not modelled: pressure conditions, images in the status, certificates.
"""

from __future__ import annotations

from windtunnel.model.api.errors import ApiError, is_already_exists, is_not_found
from windtunnel.model.client.client import Client
from windtunnel.model.heartbeats import Heartbeats
from windtunnel.model.kubelet.machine import Machine
from windtunnel.model.kubelet.node_object import (
    differs,
    is_reported_ready,
    new_node,
    node_labels,
    node_status,
)
from windtunnel.model.objects.json import Json, put
from windtunnel.model.objects.node import Lease, Node
from windtunnel.model.objects.record import Key
from windtunnel.model.objects.time import format_micro_time
from windtunnel.model.settings import KubeletSettings
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.process import Process
from windtunnel.model.sim.tasks import sleep
from windtunnel.model.steady_timer import Recurring

LEASE_NAMESPACE = "kube-node-lease"
_FIRST_STEP_MS, _MOST_STEP_MS = 100, 7_000


class NodeAgent:
    """Owns what the kubelet last knew of its Node and its Lease."""

    def __init__(
        self,
        process: Process,
        client: Client,
        machine: Machine,
        settings: KubeletSettings,
        heartbeats: Heartbeats,
    ) -> None:
        self._process = process
        self._client = client
        self._machine = machine
        self._settings = settings
        self._heartbeats = heartbeats
        self._key = Key("", machine.name)
        self._lease: Lease | None = None
        self._reported_ms = 0
        self._nothing_new: tuple[Node, str, int] | None = None
        """The version of the Node, and of the machine, whose comparison found nothing to report."""
        self.registered = False
        self.node: Node | None = None

    def start(self) -> None:
        """Register, then keep reporting."""
        self._process.spawn(self._run(), "node agent")

    def busy(self) -> str | None:
        """Why the control plane does not have the node as it is. O(conditions)."""
        if not self.registered:
            return f"{self._machine.name} is not registered yet"
        node = self.node
        if node is None or not self._machine.runtime_up:
            return None
        if not is_reported_ready(node.raw.get("status") or {}):
            return f"{self._machine.name} has yet to report that it is ready"
        return None

    def node_changed(self, node: Node | None) -> None:
        """The kubelet's informer has another version of the Node, or none."""
        self.node = node

    async def _run(self) -> None:
        await self.register()
        self._process.spawn(self._renew_lease_forever(), "node lease")
        await self._report_status_forever()

    # -- registration ----------------------------------------------------------------------------------------------

    async def register(self) -> None:
        """Create the Node, or bring the one that is there up to date; until it works."""
        step_ms = _FIRST_STEP_MS
        while not self.registered:
            try:
                await self._try_to_register()
            except (ApiError, NetworkError):
                await sleep(step_ms, "registers again")
                step_ms = min(step_ms * 2, _MOST_STEP_MS)
        self._reported_ms = self._process.now_ms

    async def _try_to_register(self) -> None:
        wall_ms = self._process.wall_ms
        try:
            self.node = await self._client.create(new_node(self._machine, wall_ms))
        except ApiError as error:
            if not is_already_exists(error):
                raise
            self.node = await self._client.get("Node", self._key)
            await self._update_labels()
        self.registered = True
        await self.report_status()

    async def _update_labels(self) -> None:
        assert self.node is not None
        labels = node_labels(self._machine)
        if any(self.node.metadata.labels.get(key) != value for key, value in labels.items()):
            patch = {"metadata": {"labels": labels}}
            self.node = await self._client.patch("Node", self._key, patch, patch_type="strategic")

    # -- status ----------------------------------------------------------------------------------------------------

    async def _report_status_forever(self) -> None:
        timer = Recurring(
            self._process,
            self._settings.node_status_update_ms,
            "looks at its status",
            self._leave_out_looks,
        )
        self._heartbeats.timers[f"{self._process.name} status"] = timer
        while True:
            await timer.sleep()
            try:
                await self.report_status()
            except (ApiError, NetworkError):
                continue

    async def report_status(self) -> None:
        """Write the node's status if it says something new, or was not written for long."""
        node, now_ms = self.node, self._process.now_ms
        if node is None:
            return
        due = now_ms - self._reported_ms >= self._settings.node_status_report_ms
        machine = self._machine
        seen = (node, machine.identity, machine.boots) if machine.runtime_up else None
        if seen is not None and seen == self._nothing_new and not due:
            return
        before = node.raw.get("status") or {}
        status = node_status(machine, before, self._process.wall_ms)
        if not differs(before, status):
            self._nothing_new = seen
            if not due:
                return
            if self._may_leave_out():
                self._reported_ms = now_ms
                return
        patch = {"status": status}
        self.node = await self._client.patch(
            "Node", self._key, patch, patch_type="strategic", subresource="status"
        )
        self._reported_ms = now_ms

    def _leave_out_looks(self, last_ms: int) -> bool:
        """Leave out looks at the status up to a moment, if they would find nothing new; says whether. O(conditions)."""
        node, machine, period_ms = self.node, self._machine, self._settings.node_status_report_ms
        if node is None or not machine.runtime_up or not self._may_leave_out():
            return False
        before = node.raw.get("status") or {}
        if differs(before, node_status(machine, before, self._process.wall_ms)):
            return False
        while last_ms - self._reported_ms >= period_ms:
            self._reported_ms += period_ms
        return True

    def _may_leave_out(self) -> bool:
        return self._heartbeats.may_leave_out(self._process, self._lease)

    # -- lease -----------------------------------------------------------------------------------------------------

    async def _renew_lease_forever(self) -> None:
        timer = Recurring(
            self._process,
            self._settings.lease_renew_ms,
            "renews its lease",
            self._leave_out_renewal,
        )
        timer.takes_ms = self._heartbeats.write_takes_ms
        self._heartbeats.timers[f"{self._process.name} lease"] = timer
        while True:
            left_out = self._leave_out_renewal(self._process.now_ms)
            if not left_out:
                try:
                    await self.renew_lease()
                except (ApiError, NetworkError):
                    # Whatever happened, the next renewal begins by reading the Lease.
                    self._lease = None
            await timer.sleep(left_out=left_out)

    def _leave_out_renewal(self, now_ms: int) -> bool:
        """Leave the renewal of a moment out if it would arrive and change nothing else; says whether. O(servers)."""
        if not self._may_leave_out():
            return False
        self._heartbeats.renewed_ms[self._machine.name] = now_ms
        return True

    async def renew_lease(self) -> None:
        """Renew the Lease from the version that is known, else from what is there; create it where there is none."""
        lease = self._lease
        if lease is None:
            try:
                lease = await self._client.get("Lease", Key(LEASE_NAMESPACE, self._machine.name))
            except ApiError as error:
                if not is_not_found(error):
                    raise
                self._lease = await self._client.create(self._renewed(self._new_lease()))
                return
        assert lease is not None
        self._lease = await self._client.update(self._renewed(lease.raw))

    def _renewed(self, lease: Json) -> Json:
        return put(lease, format_micro_time(self._process.wall_ms), "spec", "renewTime")

    def _new_lease(self) -> Json:
        metadata: Json = {"name": self._machine.name, "namespace": LEASE_NAMESPACE}
        if self.node is not None:
            owner = {
                "apiVersion": "v1",
                "kind": "Node",
                "name": self.node.name,
                "uid": self.node.uid,
            }
            metadata["ownerReferences"] = [owner]
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": self._machine.name,
                "leaseDurationSeconds": self._settings.lease_duration_seconds,
            },
        }
