"""An API server whose binding handler does not ask whether the pod has a node, and moves it."""

from __future__ import annotations

from windtunnel.model.apiserver.server import ApiServer
from windtunnel.model.objects.json import Json


class ApiServerBindingTwice(ApiServer):
    """Assigns any pod."""

    def check_assignable(self, name: str, pod: Json) -> None:
        """Let it pass."""
