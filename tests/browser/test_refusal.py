"""Without sign-in the server listens to its own computer alone."""

import socket
from pathlib import Path

import pytest

from tests import slowly
from tests.browser import chromium


def lan_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; only asks which of our addresses would be used
        except OSError:
            return "192.168.0.10"
        return probe.getsockname()[0]


@pytest.mark.parametrize("address", slowly.after(1, ["", "0.0.0.0", "::", lan_address()]))
def test_other_addresses_are_refused_before_anything_is_served(address: str, tmp_path: Path) -> None:
    port = chromium.free_port()
    with chromium.starting(tmp_path, "--server.address", address, "--server.port", str(port)) as server:
        with pytest.raises(RuntimeError) as ended:
            chromium.wait_until_listening(server, f"http://127.0.0.1:{port}")
        assert server.returncode != 0
        # Without an address Streamlit takes all there are, of IPv6 too where the machine has it.
        assert any(f"Orderbeat refuses to listen on {one}." in str(ended.value) for one in [address or "::", "0.0.0.0"])
        assert "Traceback" not in str(ended.value)


@pytest.mark.parametrize("address", slowly.after(1, ["127.0.0.1", "localhost", "::1"]))
def test_loopback_is_accepted(address: str, tmp_path: Path) -> None:
    if address == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    port = chromium.free_port()
    with chromium.starting(tmp_path, "--server.address", address, "--server.port", str(port)) as server:
        host = f"[{address}]" if ":" in address else address
        chromium.wait_until_listening(server, f"http://{host}:{port}")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
