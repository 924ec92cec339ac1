"""Settings as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.model.input_error import InputError
from windtunnel.model.settings import KubeletSettings, Settings
from windtunnel.reports.settings_codec import changed_settings, decode_settings, encode_settings


def test_only_what_differs_is_written() -> None:
    """A file does not repeat the defaults, so that they can improve."""
    settings = Settings(kubelet=KubeletSettings(max_pods=5, cpu="2"), latency_ms=3)
    assert {"kubelet": {"max_pods": 5, "cpu": "2"}, "latency_ms": 3} == encode_settings(settings)
    assert settings == decode_settings(encode_settings(settings), "here")
    assert {} == encode_settings(Settings())
    expected = (("kubelet.max_pods", "5"), ("kubelet.cpu", "2"), ("latency_ms", "3"))
    assert sorted(expected) == sorted(changed_settings(settings))


def test_names_may_have_dashes() -> None:
    """TOML's usual spelling is understood."""
    found = decode_settings({"controller-manager": {"burst-replicas": 7}}, "here")
    assert 7 == found.controller_manager.burst_replicas


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kublet": {}}, "did you mean kubelet?"),
        ({"kubelet": 3}, "kubelet must be a table"),
        ({"kubelet": {"max_pods": "many"}}, "kubelet.max_pods is 'many'; write a whole number"),
        ({"kubelet": {"max_pods": True}}, "kubelet.max_pods is True; write a whole number"),
        ({"kubelet": {"max_pods": -1}}, "write a number from 0"),
        ({"kubelet": {"lease_renew_ms": 0}}, "write a number from 1"),
        ({"kubelet": {"cpu": "lots"}}, "kubelet.cpu is 'lots'; write one in the form of '4'"),
        ({"kubelet": {"cpu": 4}}, "kubelet.cpu is 4; write a text"),
        ({"apiserver": {"service_cidr": "10.0.0.0/99"}}, "apiserver.service_cidr"),
        ({"apiserver": {"service_account_admission": 1}}, "write true or false"),
    ],
)
def test_a_wrong_setting_is_named(data: dict[str, Any], sentence: str) -> None:
    """A setting of a wrong name, type or range is one sentence with the place."""
    with pytest.raises(InputError) as caught:
        decode_settings(data, "windtunnel.toml")
    assert str(caught.value).startswith("windtunnel.toml: ")
    assert sentence in str(caught.value)
