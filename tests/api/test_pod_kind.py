"""Pods: schema, defaults, validation, what may change, and how they are deleted; image names."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from windtunnel.model.api import images
from windtunnel.model.api.decoder import decode
from windtunnel.model.api.kinds.pod import KIND
from windtunnel.model.api.kinds.pod.qos import qos_class

IMAGE_CASES = json.loads(
    (files("windtunnel.conformance") / "data/conformance/images.json").read_text("utf-8")
)["cases"]
CONTAINER = {"name": "c", "image": "img:1"}
METADATA = {"name": "p", "namespace": "ns", "uid": "u", "resourceVersion": "1"}
STRATEGY = KIND.strategy


def pod(metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod as the server would store it."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**METADATA, **(metadata or {})},
        "spec": {"containers": [CONTAINER], **spec},
    }
    decoded, _ = decode(KIND.schema, body)
    return STRATEGY.prepare_for_create(STRATEGY.default(decoded))


def causes(obj: dict[str, Any]) -> list[tuple[str, str]]:
    """Fields and reasons of what is wrong with a new pod."""
    return [(cause.field, cause.reason) for cause in STRATEGY.validate(obj)]


def container_causes(**fields: Any) -> list[tuple[str, str]]:
    """What is wrong with a pod whose only container has these fields; paths start at the container."""
    prefix = "spec.containers[0]."
    found = causes(pod(containers=[{**CONTAINER, **fields}]))
    return [(field.removeprefix(prefix), reason) for field, reason in found]


def update_causes(old: dict[str, Any], **spec: Any) -> list[tuple[str, str]]:
    """What is wrong with an update of the old pod to one with these fields of the spec."""
    new = {**old, "spec": {**old["spec"], **spec}}
    return [(cause.field, cause.reason) for cause in STRATEGY.validate_update(new, old)]


@pytest.mark.parametrize(
    "case",
    [case for case in IMAGE_CASES if case["given"]["kind"] == "defaultPolicy"],
    ids=lambda case: str(case["name"])[:60],
)
def test_pull_policy_follows_the_tag(case: dict[str, Any]) -> None:
    """The default pull policy is the recorded one for every recorded image name."""
    given = case["given"]
    container = {"name": "c", "image": given["image"]}
    if "imagePullPolicy" in given:
        container["imagePullPolicy"] = given["imagePullPolicy"]
    made = pod(containers=[container])["spec"]["containers"][0]
    assert case["expect"]["imagePullPolicy"] == made["imagePullPolicy"]


@pytest.mark.parametrize(
    "case",
    [case for case in IMAGE_CASES if case["given"]["kind"] == "defaultTag"],
    ids=lambda case: str(case["name"])[:60],
)
def test_default_tag_is_added_to_valid_names_only(case: dict[str, Any]) -> None:
    """A name without tag and digest gets the tag latest; an invalid name is recognised as such."""
    expected = case["expect"]["image"] if case["expect"]["valid"] else None
    assert expected == images.with_default_tag(case["given"]["image"])


def test_a_minimal_pod_gets_every_default() -> None:
    """The defaults of a pod are those of the real server, no more and no less."""
    expected = {
        "containers": [
            {
                "name": "c",
                "image": "img:1",
                "imagePullPolicy": "IfNotPresent",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }
        ],
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": True,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }
    assert expected == pod()["spec"]


def test_defaulting_twice_returns_the_same_object() -> None:
    """An object that has its defaults is returned as it is, so an update can be seen to change nothing."""
    made = pod(volumes=[{"name": "v"}])
    plain = json.loads(json.dumps(made))
    assert made is STRATEGY.default(made)
    assert plain is STRATEGY.default(plain)


def test_the_spec_of_a_stored_pod_is_read_for_free() -> None:
    """Reading a stored pod again yields the very same spec object."""
    made, _ = decode(KIND.schema, pod())
    again, _ = decode(KIND.schema, {**made, "status": {"phase": "Running"}})
    assert made["spec"] is again["spec"]


def test_probes_hooks_ports_and_sources_get_their_defaults() -> None:
    """Defaults reach into probes, hooks, ports, environment and volumes."""
    made = pod(
        containers=[
            {
                **CONTAINER,
                "livenessProbe": {"httpGet": {"port": 80}},
                "startupProbe": {"grpc": {"port": 5}, "periodSeconds": 3},
                "lifecycle": {"preStop": {"httpGet": {"port": "web"}}},
                "ports": [{"containerPort": 80}],
                "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            }
        ],
        volumes=[{"name": "a"}, {"name": "b", "configMap": {"name": "m"}}],
    )["spec"]
    container = made["containers"][0]
    numbers = {
        "periodSeconds": 10,
        "timeoutSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    get = {"path": "/", "port": 80, "scheme": "HTTP"}
    assert {"httpGet": get, **numbers} == container["livenessProbe"]
    grpc = {"port": 5, "service": ""}
    assert {"grpc": grpc, **numbers, "periodSeconds": 3} == container["startupProbe"]
    hook = {"httpGet": {"path": "/", "port": "web", "scheme": "HTTP"}}
    assert {"preStop": hook} == container["lifecycle"]
    assert [{"containerPort": 80, "protocol": "TCP"}] == container["ports"]
    assert "v1" == container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"]
    expected = [
        {"name": "a", "emptyDir": {}},
        {"name": "b", "configMap": {"name": "m", "defaultMode": 420}},
    ]
    assert expected == made["volumes"]


def test_requests_default_to_limits() -> None:
    """A limit without a request is its own request."""
    resources = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}
    made = pod(containers=[{**CONTAINER, "resources": resources}])
    requests = made["spec"]["containers"][0]["resources"]["requests"]
    assert {"cpu": "500m", "memory": "1Gi"} == requests


def test_host_network_makes_container_ports_host_ports() -> None:
    """On the host's network a container port without a host port takes its own number there."""
    made = pod(hostNetwork=True, containers=[{**CONTAINER, "ports": [{"containerPort": 80}]}])
    port = made["spec"]["containers"][0]["ports"][0]
    assert {"containerPort": 80, "hostPort": 80, "protocol": "TCP"} == port


def test_twin_fields_are_kept_in_step() -> None:
    """serviceAccount follows serviceAccountName, and podIPs follows podIP."""
    made = pod(serviceAccountName="bot")
    assert "bot" == made["spec"]["serviceAccount"]
    addressed = STRATEGY.default({**made, "status": {"podIP": "10.0.0.2", "podIPs": [{"ip": "x"}]}})
    assert [{"ip": "10.0.0.2"}] == addressed["status"]["podIPs"]


def test_real_manifest_fields_survive_and_unknown_ones_are_reported() -> None:
    """Known but uninterpreted fields are kept, and a strange one is named."""
    spec = {
        "containers": [
            {**CONTAINER, "securityContext": {"capabilities": {"add": ["A"]}}, "odd": 1}
        ],
        "volumes": [{"name": "n", "nfs": {"server": "s", "path": "/"}}],
        "hostUsers": False,
        "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
    }
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
    read, warnings = decode(KIND.schema, body, "warn")
    assert ('unknown field "spec.containers[0].odd"',) == warnings
    assert {"server": "s", "path": "/"} == read["spec"]["volumes"][0]["nfs"]
    assert False is read["spec"]["hostUsers"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([{}], "BestEffort"),
        ([{"requests": {"cpu": "1"}}], "Burstable"),
        ([{"requests": {"cpu": "0"}}], "BestEffort"),
        (
            [{"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}],
            "BestEffort",
        ),
        ([{"limits": {"cpu": "1", "memory": "1Gi"}}], "Guaranteed"),
        ([{"limits": {"cpu": "1", "memory": "1Gi"}}, {}], "Burstable"),
        ([{"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m"}}], "Guaranteed"),
        ([{"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1"}}], "Burstable"),
    ],
)
def test_qos_class_follows_requests_and_limits(
    resources: list[dict[str, Any]], expected: str
) -> None:
    """Only a pod whose containers all limit what they request, in cpu and memory, is Guaranteed."""
    containers = [
        {"name": f"c{index}", "image": "i:1", "resources": each}
        for index, each in enumerate(resources)
    ]
    made = pod(containers=containers)
    assert (expected, expected) == (made["status"]["qosClass"], qos_class(made["spec"]))


def test_a_new_pod_is_pending_with_generation_one_whatever_its_creator_sent() -> None:
    """Status and generation of a creator are not taken over."""
    sent = {**pod({"generation": 9}), "status": {"phase": "Running", "podIP": "1.2.3.4"}}
    made = STRATEGY.prepare_for_create(sent)
    assert {"phase": "Pending", "qosClass": "BestEffort"} == made["status"]
    assert 1 == made["metadata"]["generation"]


def test_a_gated_pod_says_why_it_is_not_scheduled() -> None:
    """A pod with scheduling gates starts with PodScheduled=False and the reason SchedulingGated."""
    condition = pod(schedulingGates=[{"name": "x.io/g"}])["status"]["conditions"][0]
    found = (condition["type"], condition["status"], condition["reason"])
    assert ("PodScheduled", "False", "SchedulingGated") == found


def test_match_label_keys_become_selector_requirements() -> None:
    """The pod's own label values are written into the selector of the term that names their keys."""
    constraint = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "a"}},
        "matchLabelKeys": ["hash", "absent"],
    }
    made = pod({"labels": {"hash": "7"}}, topologySpreadConstraints=[constraint])
    selector = made["spec"]["topologySpreadConstraints"][0]["labelSelector"]
    assert [{"key": "hash", "operator": "In", "values": ["7"]}] == selector["matchExpressions"]


def test_a_valid_pod_has_no_causes() -> None:
    """A rich but correct pod passes."""
    assert [] == causes(
        pod(
            containers=[
                {
                    **CONTAINER,
                    "ports": [{"containerPort": 80, "name": "http"}],
                    "env": [{"name": "A.b-c", "value": "1"}],
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    "readinessProbe": {"tcpSocket": {"port": "http"}, "successThreshold": 2},
                }
            ],
            volumes=[{"name": "v"}],
            tolerations=[{"operator": "Exists"}],
            nodeSelector={"disk": "ssd"},
        )
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, ("name", "FieldValueRequired")),
        ({"name": "A"}, ("name", "FieldValueInvalid")),
        ({"image": ""}, ("image", "FieldValueRequired")),
        ({"image": " i"}, ("image", "FieldValueInvalid")),
        ({"imagePullPolicy": "Maybe"}, ("imagePullPolicy", "FieldValueNotSupported")),
        ({"ports": [{"containerPort": 70000}]}, ("ports[0].containerPort", "FieldValueInvalid")),
        ({"ports": [{"name": "x"}]}, ("ports[0].containerPort", "FieldValueRequired")),
        ({"env": [{"value": "1"}]}, ("env[0].name", "FieldValueRequired")),
        ({"env": [{"name": "a=b"}]}, ("env[0].name", "FieldValueInvalid")),
        ({"env": [{"name": "a", "valueFrom": {}}]}, ("env[0].valueFrom", "FieldValueInvalid")),
        (
            {"env": [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "spec.odd"}}}]},
            ("env[0].valueFrom.fieldRef.fieldPath", "FieldValueNotSupported"),
        ),
        (
            {"volumeMounts": [{"name": "no", "mountPath": "/x"}]},
            ("volumeMounts[0].name", "FieldValueNotFound"),
        ),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            ("resources.requests", "FieldValueInvalid"),
        ),
        (
            {"resources": {"requests": {"cpu": "-1"}}},
            ("resources.requests[cpu]", "FieldValueInvalid"),
        ),
        ({"resources": {"requests": {"a.io/x": "1"}}}, ("resources.limits", "FieldValueRequired")),
        ({"livenessProbe": {}}, ("livenessProbe", "FieldValueRequired")),
        (
            {"livenessProbe": {"exec": {"command": ["x"]}, "successThreshold": 2}},
            ("livenessProbe.successThreshold", "FieldValueInvalid"),
        ),
        (
            {"readinessProbe": {"exec": {}}},
            ("readinessProbe.exec.command", "FieldValueRequired"),
        ),
        (
            {"lifecycle": {"preStop": {"exec": {"command": ["x"]}, "sleep": {"seconds": 1}}}},
            ("lifecycle.preStop.sleep", "FieldValueForbidden"),
        ),
    ],
)
def test_a_broken_container_is_refused_at_its_field(
    fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Each fault of a container is one cause, at the real server's field and with its reason."""
    assert [expected] == container_causes(**fields)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"containers": []}, ("containers", "FieldValueRequired")),
        ({"containers": [CONTAINER, CONTAINER]}, ("containers[1].name", "FieldValueDuplicate")),
        ({"initContainers": [CONTAINER]}, ("initContainers[0].name", "FieldValueDuplicate")),
        ({"restartPolicy": "X"}, ("restartPolicy", "FieldValueNotSupported")),
        ({"dnsPolicy": "X"}, ("dnsPolicy", "FieldValueNotSupported")),
        ({"dnsPolicy": "None"}, ("dnsConfig", "FieldValueRequired")),
        ({"activeDeadlineSeconds": 0}, ("activeDeadlineSeconds", "FieldValueInvalid")),
        ({"nodeName": "A"}, ("nodeName", "FieldValueInvalid")),
        ({"hostname": "a.b"}, ("hostname", "FieldValueInvalid")),
        ({"nodeSelector": {"a b": "c"}}, ("nodeSelector", "FieldValueInvalid")),
        (
            {"tolerations": [{"key": "a", "operator": "B"}]},
            ("tolerations[0].operator", "FieldValueNotSupported"),
        ),
        ({"tolerations": [{"value": "v"}]}, ("tolerations[0].operator", "FieldValueInvalid")),
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": 3}]},
            ("tolerations[0].effect", "FieldValueInvalid"),
        ),
        ({"volumes": [{"emptyDir": {}}]}, ("volumes[0].name", "FieldValueRequired")),
        ({"volumes": [{"name": "v"}, {"name": "v"}]}, ("volumes[1].name", "FieldValueDuplicate")),
        (
            {"volumes": [{"name": "v", "emptyDir": {}, "secret": {"secretName": "s"}}]},
            ("volumes[0].secret", "FieldValueForbidden"),
        ),
        (
            {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}}},
            (
                "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
                "FieldValueRequired",
            ),
        ),
        (
            {"schedulingGates": [{"name": "g"}], "nodeName": "n"},
            ("nodeName", "FieldValueForbidden"),
        ),
        (
            {"ephemeralContainers": [{**CONTAINER, "name": "e"}]},
            ("ephemeralContainers", "FieldValueForbidden"),
        ),
    ],
)
def test_a_broken_spec_is_refused_at_its_field(
    spec: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Each fault of a spec is one cause, at the real server's field and with its reason."""
    assert [(f"spec.{expected[0]}", expected[1])] == causes(pod(**spec))


def test_messages_read_as_the_real_server_writes_them() -> None:
    """Choices are listed in the real server's order, and a doubled host port names its key."""
    ports = [{"containerPort": 80, "hostPort": 81}, {"containerPort": 82, "hostPort": 81}]
    obj = pod(dnsPolicy="Bad", containers=[{**CONTAINER, "ports": ports}])
    expected = [
        'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//81"',
        'spec.dnsPolicy: Unsupported value: "Bad": supported values: '
        '"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ]
    assert expected == [str(cause) for cause in STRATEGY.validate(obj)]


def test_a_mirror_pod_must_name_its_node() -> None:
    """The annotation of a mirror pod is refused on a pod without a node."""
    annotations = {"kubernetes.io/config.mirror": "x"}
    field = "metadata.annotations[kubernetes.io/config.mirror]"
    assert [(field, "FieldValueInvalid")] == causes(pod({"annotations": annotations}))
    assert [] == causes(pod({"annotations": annotations}, nodeName="n"))


@pytest.mark.parametrize(
    ("cost", "valid"),
    [
        ("10", True),
        ("-10", True),
        ("0", True),
        ("+1", False),
        ("008", False),
        ("", False),
        ("x", False),
    ],
)
def test_the_deletion_cost_must_be_an_integer(cost: str, valid: bool) -> None:
    """The deletion cost is a 32-bit integer without plus sign and leading zeros."""
    found = causes(pod({"annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}}))
    assert valid == (not found)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"containers": [{**CONTAINER, "image": "img:2"}]}, []),
        ({"activeDeadlineSeconds": 5}, []),
        ({"tolerations": [{"operator": "Exists"}]}, []),
        ({"nodeName": "n"}, [("spec", "FieldValueForbidden")]),
        ({"restartPolicy": "Never"}, [("spec", "FieldValueForbidden")]),
        ({"schedulerName": "x"}, [("spec", "FieldValueForbidden")]),
        ({"nodeSelector": {"a": "b"}}, [("spec", "FieldValueForbidden")]),
        ({"schedulingGates": [{"name": "g"}]}, [("spec.schedulingGates", "FieldValueForbidden")]),
    ],
)
def test_only_few_fields_of_a_pod_may_change(
    spec: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Images, the deadline and further tolerations may change; nothing else."""
    if "containers" in spec:
        spec = {"containers": pod(**spec)["spec"]["containers"]}
    assert expected == update_causes(pod(), **spec)


def test_containers_cannot_be_added() -> None:
    """Another container is refused at the list, and nothing else is said."""
    old = pod()
    more = [*old["spec"]["containers"], {**old["spec"]["containers"][0], "name": "d"}]
    assert [("spec.containers", "FieldValueForbidden")] == update_causes(old, containers=more)


def test_tolerations_cannot_be_removed_but_their_seconds_may_change() -> None:
    """An existing toleration stays, but for its seconds."""
    toleration = {"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}
    old = pod(tolerations=[toleration])
    assert [] == update_causes(old, tolerations=[{**toleration, "tolerationSeconds": 1}])
    assert [("spec.tolerations", "FieldValueForbidden")] == update_causes(old, tolerations=[])


def test_the_deadline_can_only_come_closer() -> None:
    """An active deadline cannot be moved away or removed."""
    old = pod(activeDeadlineSeconds=10)
    refused = [("spec.activeDeadlineSeconds", "FieldValueInvalid")]
    assert [] == update_causes(old, activeDeadlineSeconds=9)
    assert refused == update_causes(old, activeDeadlineSeconds=11)
    assert refused == update_causes(old, activeDeadlineSeconds=None)


def test_a_negative_grace_period_may_become_one() -> None:
    """A negative grace period can be repaired to 1, and to nothing else."""
    old = pod(terminationGracePeriodSeconds=-1)
    assert [] == update_causes(old, terminationGracePeriodSeconds=1)
    assert [("spec", "FieldValueForbidden")] == update_causes(old, terminationGracePeriodSeconds=2)


def test_a_gated_pod_may_lose_gates_and_be_narrowed_down() -> None:
    """While it is gated a pod may lose gates and get further node selector entries."""
    old = pod(schedulingGates=[{"name": "a"}, {"name": "b"}], nodeSelector={"x": "1"})
    assert [] == update_causes(old, schedulingGates=[{"name": "b"}])
    assert [] == update_causes(old, nodeSelector={"x": "1", "y": "2"})
    assert [("spec.nodeSelector", "FieldValueInvalid")] == update_causes(
        old, nodeSelector={"y": "2"}
    )


def test_generation_counts_changes_of_the_spec_only() -> None:
    """Labels leave the generation alone, a changed spec raises it, and the status is kept."""
    old = pod()
    labelled = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}, "status": {}}
    changed = {**old, "spec": {**old["spec"], "activeDeadlineSeconds": 5}}
    after = STRATEGY.prepare_for_update(labelled, old)
    assert (1, old["status"]) == (after["metadata"]["generation"], after["status"])
    assert 2 == STRATEGY.prepare_for_update(changed, old)["metadata"]["generation"]


def test_a_status_write_touches_neither_spec_nor_owners_nor_qos() -> None:
    """Through the status subresource only status, labels and annotations change."""
    old = pod({"ownerReferences": [{"uid": "o"}]})
    new = {
        **old,
        "metadata": {**METADATA, "labels": {"a": "2"}, "generation": 1},
        "spec": {},
        "status": {"phase": "Running"},
    }
    after = STRATEGY.prepare_for_status_update(new, old)
    assert old["spec"] is after["spec"]
    assert [{"uid": "o"}] == after["metadata"]["ownerReferences"]
    assert {"a": "2"} == after["metadata"]["labels"]
    assert {"phase": "Running", "qosClass": "BestEffort"} == after["status"]


def test_the_phase_may_go_back_but_the_qos_class_may_not_change() -> None:
    """Failed to Running is accepted; another QoS class is not."""
    old = pod()
    failed = {**old, "status": {**old["status"], "phase": "Failed"}}
    assert [] == STRATEGY.validate_status_update(old, failed)
    other = {**old, "status": {**old["status"], "qosClass": "Guaranteed"}}
    found = [cause.field for cause in STRATEGY.validate_status_update(other, old)]
    assert ["status.qosClass"] == found


@pytest.mark.parametrize(
    ("policy", "exit_code", "refused"),
    [("Always", 0, False), ("OnFailure", 1, False), ("OnFailure", 0, True), ("Never", 1, True)],
)
def test_a_container_is_revived_only_if_the_restart_policy_says_so(
    policy: str, exit_code: int, refused: bool
) -> None:
    """A terminated container cannot run again in a pod whose restart policy forbids it."""
    old = pod(restartPolicy=policy)
    ended = {"name": "c", "state": {"terminated": {"exitCode": exit_code}}}
    running = {"name": "c", "state": {"running": {}}}
    before = {**old, "status": {**old["status"], "containerStatuses": [ended]}}
    after = {**old, "status": {**old["status"], "containerStatuses": [running]}}
    assert refused == bool(STRATEGY.validate_status_update(after, before))


@pytest.mark.parametrize(
    ("spec", "phase", "requested", "expected"),
    [
        ({}, "Pending", None, 0),
        ({}, "Pending", 60, 0),
        ({"nodeName": "n"}, "Running", None, 30),
        ({"nodeName": "n"}, "Running", 5, 5),
        ({"nodeName": "n"}, "Running", -1, 1),
        ({"nodeName": "n", "terminationGracePeriodSeconds": 7}, "Running", None, 7),
        ({"nodeName": "n", "terminationGracePeriodSeconds": -7}, "Running", None, 1),
        ({"nodeName": "n"}, "Succeeded", None, 0),
        ({"nodeName": "n"}, "Failed", 9, 0),
    ],
)
def test_grace_is_given_only_where_a_kubelet_has_something_to_stop(
    spec: dict[str, Any], phase: str, requested: int | None, expected: int
) -> None:
    """A pod without a node, or one that has ended, is deleted at once; others get the asked seconds."""
    obj = {**pod(**spec), "status": {"phase": phase}}
    assert expected == STRATEGY.grace_period(obj, requested)


def test_field_selectors_see_node_phase_and_policy() -> None:
    """The fields of a field selector have the pod's values, missing ones read as empty."""
    fields = STRATEGY.selectable_fields(pod(nodeName="n1", restartPolicy="Never"))
    assert ("n1", "Never", "Pending", "", "false") == (
        fields["spec.nodeName"],
        fields["spec.restartPolicy"],
        fields["status.phase"],
        fields["status.podIP"],
        fields["spec.hostNetwork"],
    )
