"""What is wrong with the API servers of a cluster, beside what goes wrong with their processes and links.

This is the hook for faults: they put something in, the servers ask, and healing takes it out. An armed answer is given
in the place of the server's own to the next requests of one process that it concerns; 504 is given after the request
was served, as a server's timeout does not take back what was done. A dead webhook refuses the creations and updates
that its rules name, as failurePolicy Fail has it.

Not modelled: webhooks that answer, mutate, or take their time; objectSelector, namespaceSelector and matchConditions.
"""

from __future__ import annotations

from attrs import define, frozen

from windtunnel.model.api import errors
from windtunnel.model.api.errors import ApiError
from windtunnel.model.api.kind import Kind
from windtunnel.model.apiserver.request import Request

ANY = "*"
CONFLICT, TOO_MANY, INTERNAL, UNAVAILABLE, TIMEOUT = 409, 429, 500, 503, 504
CONFLICT_VERBS = ("update", "patch")
"""The verbs that a server answers with a conflict whatever the object's state: it lost the race for the write."""
RETRY_AFTER_SECONDS = 1


@define(eq=False)
class ArmedAnswer:
    """An error for the next `left` requests of a process; verb and resource may be ANY."""

    process: str
    code: int
    verb: str
    resource: str
    left: int

    def concerns(self, process: str, request: Request) -> bool:
        """Whether it is given to this request of this process. O(1)."""
        return (
            self.left > 0
            and self.process == process
            and self.verb in (ANY, request.verb)
            and self.resource in (ANY, request.resource)
            and (self.code != CONFLICT or request.verb in CONFLICT_VERBS)
        )


@frozen
class DeadWebhook:
    """A webhook that nobody answers: its rule names a resource (or ANY) and an operation, CREATE, UPDATE or ANY."""

    resource: str
    operation: str

    def concerns(self, resource: str, operation: str) -> bool:
        """Whether its rule matches. O(1)."""
        return self.resource in (ANY, resource) and self.operation in (ANY, operation)


class Disturbances:
    """Owns the armed answers and the dead webhooks of one cluster, oldest first."""

    def __init__(self) -> None:
        self.answers: dict[ArmedAnswer, None] = {}
        self.webhooks: dict[DeadWebhook, None] = {}

    def arm(self, answer: ArmedAnswer) -> None:
        """Give this answer from now on. O(1)."""
        self.answers[answer] = None

    def disarm(self, answer: ArmedAnswer) -> None:
        """Give it no more. O(1)."""
        self.answers.pop(answer, None)

    def take(self, process: str, request: Request) -> ArmedAnswer | None:
        """The answer for this request, counted as given; None where the server answers itself. O(armed answers)."""
        for answer in self.answers:
            if answer.concerns(process, request):
                answer.left -= 1
                if not answer.left:
                    self.disarm(answer)
                return answer
        return None

    def break_webhook(self, webhook: DeadWebhook) -> None:
        """Nobody answers for this rule from now on. O(1)."""
        self.webhooks[webhook] = None

    def mend_webhook(self, webhook: DeadWebhook) -> None:
        """Somebody answers again. O(1)."""
        self.webhooks.pop(webhook, None)

    def refuse(self, resource: str, operation: str) -> None:
        """Raise 500 where a dead webhook has to be asked. O(dead webhooks)."""
        for webhook in self.webhooks:
            if webhook.concerns(resource, operation):
                raise errors.internal_error(
                    'failed calling webhook "validate.windtunnel.example": failed to call webhook: Post '
                    '"https://validate.windtunnel.svc:443/validate?timeout=10s": '
                    "connect: connection refused"
                )


def error_of(code: int, kind: Kind, name: str) -> ApiError:
    """The error that a server gives under a code. Raises KeyError for a code that is not one of the five."""
    makers = {
        CONFLICT: lambda: errors.conflict(kind, name),
        TOO_MANY: lambda: errors.too_many_requests(
            "too many requests, please try again later", RETRY_AFTER_SECONDS
        ),
        INTERNAL: lambda: errors.internal_error("etcdserver: request timed out"),
        UNAVAILABLE: lambda: errors.service_unavailable(
            "the server is currently unable to handle the request"
        ),
        TIMEOUT: lambda: errors.timeout("request did not complete within the allotted timeout"),
    }
    return makers[code]()
