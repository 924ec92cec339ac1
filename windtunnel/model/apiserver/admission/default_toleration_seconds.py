"""DefaultTolerationSeconds: a pod stays for a while (five minutes) on a node that is not ready or unreachable.

A pod that says itself how it takes the two taints is left alone.
"""

from __future__ import annotations

from windtunnel.model.api.shared_json import remembered
from windtunnel.model.apiserver.admission.plugin import Plugin
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.objects.json import Json

TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


class DefaultTolerationSeconds(Plugin):
    """Adds the two tolerations to pods."""

    resources = ("pods",)

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    async def create(self, context: RequestContext, obj: Json) -> Json:
        """A new pod."""
        return self.tolerant(obj)

    def update(self, context: RequestContext, obj: Json, old: Json) -> Json:
        """A changed pod; its subresources are left alone."""
        return obj if context.request.subresource else self.tolerant(obj)

    def tolerant(self, pod: Json) -> Json:
        """The pod with the tolerations that it lacks."""
        spec = pod.get("spec") or {}
        changed = with_default_tolerations(spec, self.seconds)
        return pod if changed is spec else {**pod, "spec": changed}


@remembered
def with_default_tolerations(spec: Json, seconds: int) -> Json:
    """The spec of a pod that tolerates both taints for that long, or as it says itself. Remembered."""
    before = spec.get("tolerations") or []
    missing = [taint for taint in TAINTS if not any(_covers(each, taint) for each in before)]
    if not missing:
        return spec
    added = [
        {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
        for taint in missing
    ]
    return {**spec, "tolerations": [*before, *added]}


def _covers(toleration: Json, taint: str) -> bool:
    return toleration.get("key") in (None, "", taint) and toleration.get("effect") in (
        None,
        "",
        "NoExecute",
    )
