"""What people hand us: every real manifest loads, every mistake gets one sentence that names the place."""

from __future__ import annotations

import pytest

from windtunnel.model import roles
from windtunnel.model.api.kinds import BUILT_IN, KindRegistry
from windtunnel.model.input_error import InputError
from windtunnel.strategies.manifests import Manifests, load_manifests, read_manifests

KINDS = KindRegistry(BUILT_IN)
POD = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n"


def read(data: bytes) -> Manifests:
    """Read one source named x.yaml."""
    return read_manifests([("x.yaml", data)], KINDS)


BAD = {
    "broken YAML": (b"a: [1, 2\nb: }", "x.yaml: line 2"),
    "tabs": (b"kind: Pod\n\tx: 1", "x.yaml: line 2"),
    "a key twice": (b"kind: Pod\nkind: Pod", "the key 'kind' is there twice"),
    "binary": (b"\x00\xff\xfe\x80PK", "not UTF-8 text"),
    "control characters": (b"a: \x00", "x.yaml: "),
    "empty": (b"", "no object in it"),
    "only comments": (b"# nothing\n---\n", "no object in it"),
    "a list": (b"- 1\n- 2", "not an object but a list"),
    "a text": (b"hello", "not an object but a text"),
    "no kind": (b"apiVersion: v1\nmetadata: {name: a}", "has no kind"),
    "no apiVersion": (b"kind: Pod\nmetadata: {name: a}", "has no apiVersion"),
    "kind of a wrong type": (b"apiVersion: v1\nkind: [Pod]", "has no kind"),
    "no name": (b"apiVersion: v1\nkind: Pod\nmetadata: {}", "metadata.name is missing"),
    "metadata of a wrong type": (
        b"apiVersion: v1\nkind: Pod\nmetadata: 3",
        "metadata.name is missing",
    ),
    "hostile tag": (b"a: !!python/object/apply:os.system [echo]", "the tag "),
    "own tag": (b"a: !Ref x", "the tag !Ref is not allowed"),
    "contains itself": (b"a: &a [*a]", "contains itself"),
    "unfolds endlessly": (
        b"\n".join(
            [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
            + [
                b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10))
                for n in range(1, 9)
            ]
        ),
        "unfolds to more than",
    ),
    "key that is no text": (
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {1: b}}",
        "the key 1",
    ),
    "not a number": (
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {x: .nan}",
        "not a finite number",
    ),
    "wrong type of a field": (
        POD.replace(b"[{name: c, image: i}]", b"3"),
        "x.yaml: document 1 (Pod a): ",
    ),
    "invalid field": (POD.replace(b"name: a", b"name: A_B"), "metadata.name: Invalid value"),
    "missing field": (POD.replace(b", image: i", b""), "spec.containers[0].image: Required value"),
    "selector that does not match its template": (
        b"apiVersion: v1\nkind: ReplicationController\nmetadata: {name: a}\nspec:\n  selector: {app: x}\n"
        b"  template:\n    metadata: {labels: {app: y}}\n    spec: {containers: [{name: c, image: i}]}\n",
        "spec.template.metadata.labels: Invalid value",
    ),
    "a List of nothing": (
        b"{apiVersion: v1, kind: List, items: []}",
        "x.yaml: a List without items; give a Kubernetes manifest",
    ),
    "a List of null": (
        b"{apiVersion: v1, kind: List, items: null}",
        "x.yaml: a List without items; give a Kubernetes manifest",
    ),
    "a List that is none": (
        b"{apiVersion: v1, kind: List, items: {}}",
        "x.yaml: document 1 (List): items is an object; it must be a list",
    ),
    "a null in a List": (
        b"{apiVersion: v1, kind: List, items: [null]}",
        "items[0]: not an object but null; give a Kubernetes manifest",
    ),
    "the same object twice": (POD + b"---\n" + POD, "is there twice, first in x.yaml: document 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_gets_one_sentence_that_names_the_place(name: str) -> None:
    """One line, starting with the file; no traceback, whatever is in it."""
    data, expected = BAD[name]
    with pytest.raises(InputError) as caught:
        read(data)
    message = str(caught.value)
    assert message.startswith("x.yaml")
    assert expected in message
    assert "\n" not in message


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: object) -> None:
    """The path is in the sentence."""
    with pytest.raises(InputError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_manifests(["nowhere.yaml"])
    with pytest.raises(InputError, match="a folder without"):
        load_manifests([str(tmp_path)])


def test_moments_stay_text_and_lists_are_unfolded() -> None:
    """YAML that looks like a date is text, and a List is its items."""
    listed = (
        b"apiVersion: v1\nkind: List\nitems:\n"
        b"- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {day: 2024-01-01}}\n"
        b"- {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: shop}}\n"
    )
    found = read(listed)
    assert [("Namespace", "shop"), ("ConfigMap", "a"), ("ConfigMap", "b")] == [
        (obj["kind"], obj["metadata"]["name"]) for obj in found.objects
    ]
    assert "2024-01-01" == found.objects[1]["data"]["day"]


def test_a_field_that_the_model_does_not_know_is_said_to_be_left_out() -> None:
    """A slip of the pen in a manifest does not go unnoticed."""
    pod = b"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
    found = read(pod + b"spec: {containers: [{name: c, image: i, readynessProbe: {}}]}")
    assert (
        'Pod web: unknown field "spec.containers[0].readynessProbe": left out, as the model does not know it',
    ) == found.notices


def test_a_dump_keeps_what_people_wrote() -> None:
    """What the server filled in and what controllers make again is left out, with a notice each."""
    dump = b"""
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: made
    ownerReferences: [{apiVersion: v1, kind: ReplicationController, name: web, uid: u, controller: true}]
  spec: {containers: [{name: c, image: i}]}
- apiVersion: v1
  kind: Service
  metadata: {name: web, uid: u, resourceVersion: "5", creationTimestamp: 2024-01-01T00:00:00Z}
  spec: {selector: {app: web}, clusterIP: 10.1.2.3, clusterIPs: [10.1.2.3], ports: [{port: 80}]}
  status: {loadBalancer: {}}
- apiVersion: v1
  kind: Endpoints
  metadata: {name: web}
- apiVersion: v1
  kind: Node
  metadata: {name: n}
"""
    found = read(dump)
    assert ["Service"] == [obj["kind"] for obj in found.objects]
    service = found.objects[0]
    assert {"name": "web", "namespace": "default"} == service["metadata"]
    assert "clusterIP" not in service["spec"]
    assert "status" not in service
    assert 3 == len(found.notices)


WORKLOAD = b"""
apiVersion: %s
kind: %s
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i}]}
"""


def test_workloads_that_are_not_run_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload that no controller in the model acts on is kept, with a notice."""
    monkeypatch.delitem(roles.BUILT_IN, "deployment", raising=False)
    found = read(WORKLOAD % (b"apps/v1", b"Deployment"))
    assert ("Deployment web",) == found.not_run
    assert (
        "Deployment web is kept but not run: the model has no controller for its kind",
    ) == found.notices


def test_workloads_that_are_run_get_no_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the model has a controller for a kind, its objects are like any other."""
    monkeypatch.setitem(roles.BUILT_IN, "daemonset", "somewhere:DaemonSetController")
    found = read(WORKLOAD % (b"apps/v1", b"DaemonSet"))
    assert ((), ()) == (found.not_run, found.notices)


def test_kinds_that_the_model_does_not_know_are_kept_as_they_are() -> None:
    """A network policy is kept as a plain object, with a notice."""
    found = read(b"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\n")
    assert (
        "NetworkPolicy deny is kept as a plain object: the model does not know its kind",
    ) == found.notices


def test_a_job_needs_no_selector_in_its_manifest() -> None:
    """The selector is made of a UID that only the server gives."""
    found = read(
        b"apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\n"
        b"spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n"
    )
    assert "selector" not in found.objects[0]["spec"]


def test_a_headless_service_is_as_good_as_any_other() -> None:
    """The server brings clusterIPs in step with clusterIP before it validates, and so does the loader."""
    found = read(
        b"apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        b"spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}\n"
    )
    assert "None" == found.objects[0]["spec"]["clusterIP"]
