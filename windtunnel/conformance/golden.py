"""Runs golden transcripts: recordings of a real control plane, replayed against the model in virtual time.

The steps go through the REST entry. What a transcript's own nodes and kubelets do is done by stand-ins here, as it was
in the recordings: nodes are made by requests, their leases are renewed by the runner, and with `"kubelet": "auto"`
bound pods become Ready and terminating ones go.

Not modelled: the real server's own objects in the namespaces (root certificates), which transcripts filter out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from windtunnel.conformance.golden_nodes import StandInNodes
from windtunnel.conformance.golden_settings import settings_for
from windtunnel.conformance.matching import Bindings, is_time, look_up, without_noise
from windtunnel.conformance.needs import (
    has_role,
    object_need,
    path_need,
    plugin_needs,
    role_of,
    unmet,
)
from windtunnel.conformance.world import WatchReader, World
from windtunnel.model.apiserver.rest import RestAnswer
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.time import format_time

DEFAULT_WITHIN_SECONDS = 15
AGAIN_MS = 600
POLL_MS = 100
DEFAULT_ACCOUNT_MS = 10_000


class Difference(Exception):
    """A step whose outcome is not the recorded one."""


def needs(case: Json) -> tuple[str, ...]:
    """What the transcript needs that the model does not have."""
    paths = [path for step in case["steps"] for path in _paths(step)]
    found = [
        f"controller {controller}"
        for controller in case.get("controllers", ())
        if not has_role(role_of(controller))
    ]
    bodies = [step.get("request", {}).get("body") for step in case["steps"]]
    found += [path_need(path) for path in paths]
    found += [object_need(body) for body in bodies if isinstance(body, dict)]
    if "scheduler" in case.get("controllers", ()):
        found += plugin_needs(bodies)
    return unmet(found)


def _paths(step: Json) -> list[str]:
    parts = (step.get(key) for key in ("request", "state", "watch", "foreach"))
    return [part["path"] for part in parts if isinstance(part, dict) and "path" in part]


def run(case: Json) -> str | None:
    """Replay a transcript; None if all is as recorded, else what is different, in one sentence."""
    try:
        _Transcript(case).run()
    except Difference as difference:
        return str(difference)
    return None


class _Transcript:
    """One run of one transcript. Owns its world and the variables."""

    def __init__(self, case: Json) -> None:
        self.case = case
        wanted = [role_of(controller) for controller in case.get("controllers", ())]
        wanted += ["service-account", "namespace"]
        roles = tuple(role for role in dict.fromkeys(wanted) if has_role(role))
        self.world = World(settings_for(case.get("flags", {})), roles=roles)
        self.bindings = Bindings()
        self.watches: dict[str, WatchReader] = {}
        self.counter = 0
        self.nodes = StandInNodes(self.world, untaint="node-lifecycle" not in roles)

    def run(self) -> None:
        """Set up, then all steps in order. Raises Difference at the first that differs."""
        self.choose_names()
        self.set_up()
        for number, step in enumerate(self.case["steps"], 1):
            try:
                self.step(step)
            except Difference as difference:
                raise Difference(f"step {number} ({_title(step)}): {difference}") from None

    def choose_names(self) -> None:
        """Choose the names that the runner is free to choose."""
        for text in _variables(self.case):
            kind, _, label = text[1:].partition(":")
            if kind in ("ns", "node", "cluster"):
                self.bindings.values[text] = f"{kind}-{label.lower()}" if label else kind

    def set_up(self) -> None:
        """Make the namespaces and nodes of the transcript."""
        setup = self.case.get("setup", {})
        for namespace in ("default", "kube-system", "kube-node-lease"):
            self.create_namespace(namespace)
        for namespace in setup.get("namespaces", ()):
            self.create_namespace(self.bindings.fill(namespace))
        for node in setup.get("nodes", ()):
            self.nodes.create(self.bindings.fill(node))
        if setup.get("kubelet") == "auto":
            self.nodes.run_kubelets()

    def create_namespace(self, name: str) -> None:
        """Create a namespace and wait for its service account."""
        self.must("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        path = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        if has_role("service-account"):
            self.wait(lambda: self.world.http("GET", path).status == 200, DEFAULT_ACCOUNT_MS)
        else:
            self.must("POST", path.rpartition("/")[0], {"metadata": {"name": "default"}})

    def must(self, method: str, path: str, body: Json) -> None:
        """A request of the setup, which has to succeed."""
        answer = self.world.http(method, path, body=body)
        if answer.status >= 300:
            raise Difference(
                f"setup: {method} {path} is answered with {answer.status} {answer.body}"
            )

    def wait(self, condition: Callable[[], bool], limit_ms: int) -> bool:
        """Let time pass until a condition holds; False if it does not within the limit."""
        end_ms = self.world.loop.now_ms + limit_ms
        while not condition():
            if self.world.loop.now_ms >= end_ms:
                return False
            self.world.run_for(POLL_MS)
        return True

    # -- steps

    def step(self, step: Json) -> None:
        """Run one step."""
        if "foreach" in step:
            self.foreach(step)
        elif "request" in step:
            self.check_answer(self.send(step["request"], step["response"]), step["response"])
        elif "state" in step:
            self.state(step["state"], step["expect"])
        elif "watch" in step:
            self.open_watch(step["watch"], step["response"])
        elif "watch_read" in step:
            self.read_watch(step)
        elif "settle" in step:
            self.settle(step.get("seconds", 1))
        elif "advance" in step:
            self.world.run_for(int(step["advance"] * 1000))
        elif "rv_order" in step:
            self.check_order(step["rv_order"])
        elif "kubelet" in step:
            self.kubelet(self.bindings.fill(step["kubelet"]))
        else:
            raise Difference(f"unknown step {sorted(step)}")

    def send(self, request: Json, response: Json) -> RestAnswer:
        """Send the request of a step."""
        filled: Json = self.bindings.fill(
            {key: value for key, value in request.items() if key != "raw_body"}
        )
        body = filled.get("body")
        if "raw_body" in request:
            body = str(request["raw_body"]).encode()
        headers: dict[str, Any] = {}
        if "as" in filled:
            headers["Impersonate-User"] = filled["as"]
            headers["Impersonate-Group"] = filled.get("as_groups", [])
        return self.world.http(
            filled["method"], filled["path"], filled.get("query"), body,
            filled.get("content_type", "application/json"), headers,
        )  # fmt: skip

    def check_answer(self, answer: RestAnswer, expected: Json) -> None:
        """Compare an answer with the recorded one. Raises Difference."""
        body = without_noise(answer.body)
        if answer.status != expected["status"]:
            told = body.get("message", "") if isinstance(body, dict) else ""
            raise Difference(f"status is {answer.status} ({told}), expected {expected['status']}")
        if "body" in expected:
            self.raise_difference(self.bindings.difference(expected["body"], body))
        for key in ("reason", "message"):
            if key in expected:
                self.raise_difference(self.bindings.difference(expected[key], body.get(key), key))
        if "causes" in expected:
            causes = (body.get("details") or {}).get("causes") or []
            self.raise_difference(self.bindings.unordered(expected["causes"], causes, "causes"))

    def raise_difference(self, found: str | None) -> None:
        """Raise a difference, if there is one."""
        if found:
            raise Difference(found)

    def foreach(self, step: Json) -> None:
        """Send a request for each item of a list."""
        query = self.bindings.fill(step["foreach"])
        items = self.world.http("GET", query["path"], query.get("query")).body.get("items") or []
        where = query.get("where", {})
        chosen = [item for item in without_noise(items) if self.selected(item, where)]
        chosen = chosen[: query.get("limit", len(chosen))]
        if len(chosen) != step["times"]:
            raise Difference(f"{len(chosen)} items match, expected {step['times']}")
        for item in chosen:
            self.counter += 1
            self.bindings.values.update(
                {
                    "$item": item["metadata"]["name"],
                    "$i": str(self.counter),
                    "$now": format_time(self.world.loop.now_ms),
                }
            )
            self.check_answer(self.send(step["request"], step["response"]), step["response"])
        for name in ("$item", "$i", "$now"):
            self.bindings.values.pop(name, None)

    def selected(self, item: Json, where: Json) -> bool:
        """Whether an item is one of those that a foreach is for."""
        return all(
            self.bindings.difference(wanted, look_up(item, path)) is None
            for path, wanted in where.items()
        )

    def state(self, state: Json, expected: Json) -> None:
        """Wait until a GET shows what is expected, and shows it again a little later."""
        request = self.bindings.fill(state)
        end_ms = self.world.loop.now_ms + int(request.get("within", DEFAULT_WITHIN_SECONDS) * 1000)
        while True:
            found = self.look(request, expected)
            if found is None:
                self.world.run_for(AGAIN_MS)
                found = self.look(request, expected)
                if found is None:
                    self.remember(request, expected)
                    return
            if self.world.loop.now_ms >= end_ms:
                raise Difference(found)
            self.world.run_for(POLL_MS)

    def look(self, request: Json, expected: Json) -> str | None:
        """How the state differs at this moment; variables are bound only where it does not."""
        answer = self.world.http("GET", request["path"], request.get("query"))
        wanted = expected.get("status", 200)
        if answer.status != wanted:
            return f"status is {answer.status}, expected {wanted}"
        if wanted != 200:
            return None
        body = without_noise(answer.body)
        items = body.get("items", [body])
        if "count" in expected and len(items) != expected["count"]:
            return f"there are {len(items)} items, expected {expected['count']}"
        for path, wanted_tally in expected.get("tally", {}).items():
            tally = _tally(items, path)
            if tally != self.bindings.fill(wanted_tally):
                return f"{path} is {tally}, expected {wanted_tally}"
        if "kept" in expected and (found := self.kept(items, expected["kept"])):
            return found
        before = dict(self.bindings.values)
        found = self.bindings.difference(expected["body"], body) if "body" in expected else None
        if found:
            self.bindings.values = before
        return found

    def kept(self, items: list[Json], expected: Json) -> str | None:
        """How many of the remembered items are still there, and how many others."""
        known = self.bindings.values.get(expected["set"], ())
        kept = sum(item["metadata"]["uid"] in known for item in items)
        new = len(items) - kept
        if (kept, new) == (expected["kept"], expected["new"]):
            return None
        return f"{kept} kept and {new} new items, expected {expected['kept']} and {expected['new']}"

    def remember(self, request: Json, expected: Json) -> None:
        """Remember the uids of the items, if the step says so."""
        if "remember" in expected:
            body = without_noise(self.world.http("GET", request["path"], request.get("query")).body)
            items = body.get("items", [body])
            self.bindings.values[expected["remember"]] = tuple(i["metadata"]["uid"] for i in items)

    def settle(self, seconds: float) -> None:
        """Let the controllers work until nothing is written for so long."""
        for _ in range(100):
            before = self.written()
            self.world.run_for(int(seconds * 1000))
            if self.written() == before:
                return

    def written(self) -> int:
        """How many writes there were, but for the heartbeats of the stand-in nodes."""
        return int(self.world.store.revision) - self.nodes.heartbeats

    # -- watches and the rest

    def open_watch(self, watch: Json, expected: Json) -> None:
        """Open a watch under a name."""
        filled = self.bindings.fill(watch)
        query = {**filled.get("query", {}), "watch": "1"}
        answer = self.world.http("GET", filled["path"], query)
        self.check_answer(answer, expected)
        if answer.stream is not None:
            self.watches[filled["id"]] = WatchReader(self.world, answer)

    def read_watch(self, step: Json) -> None:
        """Compare what a watch has sent since the last time."""
        reader = self.watches[step["watch_read"]]
        self.world.run_for(int(step.get("quiet", 1) * 1000))
        events = [e for e in reader.take() if self.counts(e, bool(step.get("bookmarks")))]
        self.raise_difference(
            self.bindings.difference(step["events"], without_noise(events), "events")
        )
        if step.get("closed") and not reader.closed:
            raise Difference("the watch is open, expected the server to have ended it")

    def counts(self, event: Json, bookmarks: bool) -> bool:
        """Whether an event is compared: bookmarks only where the step asks for the end of the initial events."""
        obj = event["object"]
        metadata = obj.get("metadata") or {}
        if event["type"] == "BOOKMARK":
            return bookmarks and "k8s.io/initial-events-end" in (metadata.get("annotations") or {})
        return bool(without_noise([obj]))

    def check_order(self, names: list[str]) -> None:
        """The values of the variables grow."""
        values = [int(self.bindings.values[name]) for name in names]
        if any(later <= earlier for earlier, later in pairwise(values)):
            raise Difference(f"resource versions are {values}, expected strictly increasing ones")

    def kubelet(self, command: Json) -> None:
        """Stop or start the heartbeat of a node."""
        if command["do"] == "stop":
            self.nodes.stop(command["node"])
        else:
            self.nodes.start(command["node"])


def _tally(items: list[Json], path: str) -> dict[str, int]:
    tally: dict[str, int] = {}
    for item in items:
        value = look_up(item, path)
        text = "<absent>" if value is None else "<time>" if is_time(value) else _text(value)
        tally[text] = tally.get(text, 0) + 1
    return tally


def _text(value: Any) -> str:

    return value if isinstance(value, str) else json.dumps(value, separators=(", ", ": "))


def _variables(value: Any) -> list[str]:
    """All whole-string variables and namespace-like ones inside of paths, in order."""

    text = json.dumps(value)
    found = re.findall(r"\$\{?((?:ns|node|cluster)(?![a-z])(?::[A-Za-z0-9_-]+)?)", text)
    return list(dict.fromkeys(f"${name}" for name in found))


def _title(step: Json) -> str:
    for key in ("foreach", "state", "watch"):
        if isinstance(step.get(key), dict):
            return f"{key} {step[key].get('path', '')}"
    if "request" in step:
        return f"{step['request']['method']} {step['request']['path']}"
    return str(next(iter(step)))
