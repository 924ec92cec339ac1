"""A fault of one's own: somebody force-deletes a pod, as `kubectl delete --grace-period=0 --force` does."""

from windtunnel import fault, pod_targets, resolve, send


@fault
class ForceDelete:
    """A pod is deleted without waiting for its kubelet; there is nothing to heal.

    Promised meanwhile: a controller replaces it, and the kubelet stops what still runs.
    """

    target: str

    @classmethod
    def choices(cls, cluster):
        return [cls(name) for name, _ in pod_targets(cluster)]

    def why_not(self, cluster):
        return "" if resolve(cluster, self.target) else f"{self.target} does not exist"

    def apply(self, cluster):
        pod = resolve(cluster, self.target)
        request = cluster.client.delete("Pod", pod.key.key, grace_period_seconds=0)
        send(cluster, request, "force delete")
