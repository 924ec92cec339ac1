"""Preemptor: carries a preemption out, beside the scheduling cycles.

The victims are told why in a DisruptionTarget condition and then deleted through the API, with their usual grace. Less
important pods that were nominated to the node lose their nomination. Until its last victim's deletion is asked for, no
event wakes the pod that all this is for; if something fails, it is tried again at once.

Each write names the victim's UID, so that a pod of the same name that came later is left alone.
"""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.api.errors import ApiError
from windtunnel.model.client.client import Client
from windtunnel.model.objects.pod import Pod
from windtunnel.model.objects.record import Key
from windtunnel.model.scheduler.conditions import no_nomination, preempted
from windtunnel.model.scheduler.node_info import PodInfo
from windtunnel.model.scheduler.nominator import Nominator
from windtunnel.model.scheduler.preemption import Candidate
from windtunnel.model.sim.network import NetworkError

_GONE = (404, 409)
"""The victim is not there any more, or is another pod by now."""


class Preemptor:
    """Owns the knowledge of which pods room is being made for. activate is told of the pods to try again at once."""

    def __init__(
        self,
        client: Client,
        nominator: Nominator,
        wall_ms: Callable[[], int],
        activate: Callable[[str], None],
    ) -> None:
        self._client = client
        self._nominator = nominator
        self._wall_ms = wall_ms
        self._activate = activate
        self._preempting: dict[str, None] = {}

    def preempting(self, uid: str) -> bool:
        """Whether room is still being made for a pod. O(1)."""
        return uid in self._preempting

    def begin(self, uid: str) -> None:
        """From now on no event wakes the pod. O(1)."""
        self._preempting[uid] = None

    async def preempt(self, pod: PodInfo, candidate: Candidate) -> None:
        """Clear the node: nominations first, then the victims, the last of which lets events wake the pod again."""
        asked = False
        try:
            await self._clear_nominations(pod, candidate.node)
            going = [each.pod for each in candidate.victims if not each.pod.metadata.deleting]
            for victim in going[:-1]:
                asked = await self._evict(victim, pod.pod) or asked
            self._preempting.pop(pod.uid, None)
            for victim in going[-1:]:
                asked = await self._evict(victim, pod.pod) or asked
        except (ApiError, NetworkError):
            asked = False
        self._preempting.pop(pod.uid, None)
        already_going = any(each.pod.metadata.deleting for each in candidate.victims)
        if not asked and not already_going:
            self._activate(pod.uid)

    async def _clear_nominations(self, pod: PodInfo, node: str) -> None:
        priority = pod.pod.spec.priority
        for other in self._nominator.on(node):
            if other.pod.spec.priority >= priority:
                continue
            try:
                await self._patch(other.pod, no_nomination(other.pod))
            except (ApiError, NetworkError):
                continue

    async def _evict(self, victim: Pod, pod: Pod) -> bool:
        """Tell a victim why and delete it; False where it is gone already."""
        try:
            await self._patch(victim, preempted(victim, pod, self._wall_ms()))
            await self._client.delete("Pod", _key(victim), uid=victim.metadata.uid)
        except ApiError as error:
            if error.code not in _GONE:
                raise
            return False
        return True

    async def _patch(self, pod: Pod, patch: dict[str, object]) -> None:
        await self._client.patch("Pod", _key(pod), patch, "strategic", "status")


def _key(pod: Pod) -> Key:
    return Key(pod.metadata.namespace, pod.metadata.name)
