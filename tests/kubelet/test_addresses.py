"""Addresses of pods: whose they are, and when they come back."""

from __future__ import annotations

import pytest

from tests.kubelet.small_cluster import SmallCluster, pod_json
from windtunnel.model.kubelet.addresses import (
    ADDRESSES,
    AddressPool,
    node_prefix,
    number_of,
)
from windtunnel.model.settings import KubeletSettings


def test_what_was_freed_last_is_given_next() -> None:
    """Addresses come back as soon as they can, so that stale ones meet another pod."""
    pool = AddressPool("10.244.7", at_once=True)
    first, second, third = pool.take(), pool.take(), pool.take()
    assert ("10.244.7.2", "10.244.7.3", "10.244.7.4") == (first, second, third)
    pool.free(first)
    pool.free(third)
    assert [third, first, "10.244.7.5"] == [pool.take(), pool.take(), pool.take()]


def test_a_new_sandbox_does_not_get_the_address_of_the_one_it_replaces() -> None:
    """A pod with a new sandbox moves, as long as there is another address."""
    for at_once in (True, False):
        pool = AddressPool("10.244.7", at_once=at_once)
        first = pool.take()
        pool.free(first)
        assert first != pool.take(avoid=first)


def test_addresses_in_turn_come_back_only_when_all_have_had_theirs() -> None:
    """That is how the host-local plug-in hands them out."""
    pool = AddressPool("10.244.7", at_once=False)
    given = []
    for _ in range(ADDRESSES + 1):
        given.append(pool.take())
        pool.free(given[-1])
    assert ADDRESSES == len(dict.fromkeys(given))
    assert given[0] == given[-1]


@pytest.mark.parametrize("at_once", [True, False])
def test_the_last_address_is_found_even_if_it_was_to_be_avoided(at_once: bool) -> None:
    """With a single address left, a pod gets it back."""
    pool = AddressPool("10.244.7", at_once=at_once)
    given = [pool.take() for _ in range(ADDRESSES)]
    pool.free(given[100])
    assert given[100] == pool.take(avoid=given[100])


def test_every_node_has_addresses_of_its_own() -> None:
    """Two thousand nodes share no address."""
    prefixes = [node_prefix("10.244", number_of(f"node-{number}")) for number in range(2_000)]
    assert len(prefixes) == len(dict.fromkeys(prefixes))
    assert "10.244.7" == prefixes[7]


def test_a_pod_gets_the_address_of_one_that_has_just_gone(cluster: SmallCluster) -> None:
    """Addresses of pods that are gone are reused at once."""
    cluster.create(pod_json("p"))
    address = cluster.pod("p").status.pod_ip
    cluster.delete_pod("p")
    cluster.settle()
    cluster.create(pod_json("q"))
    assert address == cluster.pod("q").status.pod_ip


def test_a_pod_that_is_over_keeps_an_address_that_another_one_has(cluster: SmallCluster) -> None:
    """The sandbox of a pod that is over is gone, and what its status says of it is history."""
    cluster.create(pod_json("p", restartPolicy="Never"))
    cluster.machine().crash_container(cluster.pod("p").uid, "c", 0)
    cluster.settle()
    cluster.create(pod_json("q"))
    assert cluster.pod("p").status.pod_ip == cluster.pod("q").status.pod_ip


def test_reuse_can_be_put_off() -> None:
    """With reuse_addresses_at_once off, the next pod gets the next address."""
    cluster = SmallCluster(kubelet=KubeletSettings(reuse_addresses_at_once=False))
    for name, address in (("p", "10.244.1.2"), ("q", "10.244.1.3")):
        cluster.create(pod_json(name))
        assert address == cluster.pod(name).status.pod_ip
        cluster.delete_pod(name)
        cluster.settle()


def test_a_pod_on_the_network_of_its_host_takes_no_address(cluster: SmallCluster) -> None:
    """It has the node's own, and the pods after it lack none."""
    cluster.create(pod_json("p", hostNetwork=True))
    cluster.create(pod_json("q"))
    assert (cluster.pod("p").status.host_ip, "10.244.1.2") == (
        cluster.pod("p").status.pod_ip,
        cluster.pod("q").status.pod_ip,
    )


def test_after_a_boot_pods_do_not_keep_their_addresses(cluster: SmallCluster) -> None:
    """Pods that come back after a boot get other addresses, those of each other among them."""
    for name in ("p", "q"):
        cluster.create(pod_json(name))
    before = [cluster.pod(name).status.pod_ip for name in ("p", "q")]
    kubelet = cluster.process("kubelet-node-1")
    kubelet.crash()
    cluster.machine().power_off()
    cluster.machine().boot()
    kubelet.start()
    cluster.settle()
    after = [cluster.pod(name).status.pod_ip for name in ("p", "q")]
    assert before[::-1] == after
