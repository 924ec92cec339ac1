"""What physically is on a node: sandboxes with their addresses, and the instances of containers in them."""

from __future__ import annotations

from hashlib import blake2b

RUNNING, EXITED = "running", "exited"


def runtime_id(*parts: str) -> str:
    """An identifier in the form of the container runtime's, the same for the same parts. O(length)."""
    return blake2b("\x00".join(parts).encode(), digest_size=32).hexdigest()


class ContainerInstance:
    """One run of a container, from its start to its exit."""

    __slots__ = (
        "attempt", "exit_code", "finished_ms", "id", "image", "kill_due", "name", "pod_uid", "reason",
        "sandbox_attempt", "started_ms", "state",
    )  # fmt: skip

    def __init__(
        self,
        pod_uid: str,
        name: str,
        image: str,
        attempt: int,
        started_ms: int,
        runtime_id: str,
        sandbox_attempt: int,
    ) -> None:
        self.pod_uid = pod_uid
        self.name = name
        self.image = image
        self.attempt = attempt
        self.started_ms = started_ms
        self.id = f"containerd://{runtime_id}"
        self.sandbox_attempt = sandbox_attempt
        self.state = RUNNING
        self.finished_ms = 0
        self.exit_code = 0
        self.reason = ""
        self.kill_due = False
        """It was killed and hangs on."""

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.state == RUNNING

    def __repr__(self) -> str:
        return f"<{self.name}#{self.attempt} {self.state}>"


class Sandbox:
    """A pod's network: one address for all its containers, until the sandbox is gone."""

    __slots__ = ("attempt", "id", "ip", "up")

    def __init__(self, sandbox_id: str, ip: str, attempt: int) -> None:
        self.id = sandbox_id
        self.ip = ip
        self.attempt = attempt
        self.up = True


class PodOnMachine:
    """All that a machine has of one pod: its sandbox, and per container the instances, latest last."""

    __slots__ = ("instances", "name", "namespace", "sandbox", "uid")

    def __init__(self, uid: str, namespace: str, name: str) -> None:
        self.uid = uid
        self.namespace = namespace
        self.name = name
        self.sandbox: Sandbox | None = None
        self.instances: dict[str, list[ContainerInstance]] = {}

    def latest(self, name: str) -> ContainerInstance | None:
        """The latest instance of a container, None if it never ran here. O(1)."""
        instances = self.instances.get(name)
        return instances[-1] if instances else None

    def current(self, name: str) -> ContainerInstance | None:
        """The latest instance if it is one of the sandbox of now: a new sandbox begins afresh. O(1)."""
        latest, sandbox = self.latest(name), self.sandbox
        if latest is None or sandbox is None or not sandbox.up:
            return None
        return latest if latest.sandbox_attempt == sandbox.attempt else None

    def before_latest(self, name: str) -> ContainerInstance | None:
        """The instance before the latest. O(1)."""
        instances = self.instances.get(name) or []
        return instances[-2] if len(instances) > 1 else None

    def running(self) -> list[ContainerInstance]:
        """The instances that run, in the order in which their containers first started. O(containers)."""
        latest = (instances[-1] for instances in self.instances.values())
        return [instance for instance in latest if instance.running]

    @property
    def ip(self) -> str:
        """The address, '' without a sandbox that is up."""
        return self.sandbox.ip if self.sandbox is not None and self.sandbox.up else ""
