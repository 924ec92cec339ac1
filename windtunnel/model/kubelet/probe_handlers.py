"""What comes of a probe, by its handler: exec, httpGet, tcpSocket or grpc.

A program answers with an outcome, or with what the handler sees of it: an HTTP status, the exit code of a command, the
status of a gRPC service. Whatever takes longer than the probe's timeout is a failure. A command is run by the container
runtime, so that without one it cannot be run; a port that no container port has the name of cannot be called. Such a
probe was not made, and does not count.
"""

from __future__ import annotations

from windtunnel.model.kubelet.behaviour import Answer
from windtunnel.model.objects.pod import Container, Probe

SERVING = 1
"""What a gRPC service says that is well."""


def http_outcome(status_code: int | None) -> str:
    """What an HTTP probe's answer comes to; None for no answer: 2xx succeeds, 3xx warns. O(1)."""
    if status_code is None:
        return "failure"
    if 200 <= status_code < 300:
        return "success"
    return "warning" if 300 <= status_code < 400 else "failure"


def exec_outcome(exit_code: int | None) -> str:
    """What a command's exit code comes to; None if it could not be run. O(1)."""
    if exit_code is None:
        return "error"
    return "success" if exit_code == 0 else "failure"


def grpc_outcome(status: int | None) -> str:
    """What a gRPC service's health comes to; None for no answer. O(1)."""
    return "success" if status == SERVING else "failure"


def outcome_of(probe: Probe, container: Container, answer: Answer, runtime_up: bool) -> str:
    """What a probe comes to, given what the program answers. O(ports)."""
    if probe.exec is not None and not runtime_up:
        return exec_outcome(None)
    if _has_no_port(probe, container):
        return "error"
    if answer.takes_ms is not None and answer.takes_ms > probe.timeout_seconds * 1000:
        return "failure"
    if not answer.outcome.isdigit():
        return answer.outcome
    seen = int(answer.outcome)
    if probe.http_get is not None:
        return http_outcome(seen)
    if probe.exec is not None:
        return exec_outcome(seen)
    # A connection was made: that is all that is asked of a socket.
    return grpc_outcome(seen) if probe.grpc is not None else "success"


def duration_ms(probe: Probe, answer: Answer) -> int:
    """How long the probe takes: until the answer, or until its timeout. O(1)."""
    return min(answer.takes_ms or 0, probe.timeout_seconds * 1000)


def _has_no_port(probe: Probe, container: Container) -> bool:
    """Whether the port is a name that no port of the container has; a number may be written as text."""
    handler = probe.http_get if probe.http_get is not None else probe.tcp_socket
    port = handler.get("port") if handler is not None else None
    if not isinstance(port, str) or port.isdigit():
        return False
    return all(each.name != port for each in container.ports)
