"""A kubelet that begins with a new sandbox for every pod that runs, beside the one that is up."""

from __future__ import annotations

from windtunnel.model.kubelet.kubelet import Kubelet
from windtunnel.model.objects.pod import Pod


class KubeletRenewingSandboxes(Kubelet):
    """Does not ask the machine what is there."""

    def pod_added(self, pod: Pod) -> None:
        """Make a sandbox first."""
        on_machine = self.machine.pod(pod.uid)
        if self.ready and on_machine is not None and on_machine.ip:
            self.machine.create_sandbox(pod.uid, pod.namespace, pod.name)
        super().pod_added(pod)
