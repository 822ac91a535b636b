"""Announcement of both ports: a private avahi-daemon on the loopback interface, python-zeroconf as the peer."""

import os
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

from conftest import Weft

BUS = """<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
<allow eavesdrop="true"/></policy></busconfig>"""
AVAHI = """[server]
host-name=weft-test-{number}
allow-interfaces=lo
use-ipv6=no
enable-dbus=yes
[publish]
publish-workstation=no
"""


def start(command, **options):
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def end(process):
    process.terminate()
    process.wait(20)


@pytest.fixture
def daemons(tmp_path, monkeypatch):
    """A function that starts avahi-daemon on a bus of its own."""
    if not shutil.which("avahi-daemon") or not shutil.which("dbus-daemon") or os.geteuid() != 0:
        pytest.skip("needs avahi-daemon, dbus-daemon and root")
    if os.path.exists("/run/avahi-daemon/pid"):
        pytest.skip("another avahi-daemon runs")
    (tmp_path / "bus.conf").write_text(BUS.format(folder=tmp_path))
    (tmp_path / "avahi.conf").write_text(AVAHI.format(number=os.getpid()))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    running = []

    def avahi():
        if not running:
            running.append(start(["dbus-daemon", "--nofork", "--config-file", tmp_path / "bus.conf"]))
            limit = time.monotonic() + 20
            while not (tmp_path / "bus").exists():
                assert time.monotonic() < limit
                time.sleep(0.05)
        process = start(["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", tmp_path / "avahi.conf"])
        running.append(process)
        return process

    yield avahi
    for process in reversed(running):
        end(process)


class Found(ServiceListener):
    """Ports by service, as a new peer finds them."""

    def __init__(self):
        self.ports, self.changed = {}, threading.Condition()

    def add_service(self, peer, kind, name):
        # A busy machine may answer late, and this is called once.
        info = None
        for _ in range(8):
            try:
                info = info or peer.get_service_info(kind, name, 3000)
            except Exception:  # the peer was closed meanwhile
                return
        with self.changed:
            if info and name.startswith("Weft on "):
                self.ports[kind.split(".")[0]] = info.port
            self.changed.notify()

    def remove_service(self, peer, kind, name):
        pass

    update_service = add_service


def find(wanted, seconds):
    """The ports that are found until they are those wanted, or for so many seconds."""
    # In a thread of its own: playwright leaves a loop in this one, which zeroconf would use, and which does not run.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(browse, wanted, seconds).result()


def browse(wanted, seconds):
    found, peer = Found(), Zeroconf(interfaces=["127.0.0.1"])
    browser = ServiceBrowser(peer, ["_oscjson._tcp.local.", "_osc._udp.local."], found)
    with found.changed:
        found.changed.wait_for(lambda: found.ports == wanted, seconds)
    browser.cancel()
    peer.close()
    return found.ports


def test_ports_are_announced_once_avahi_runs(daemons, tmp_path):
    """The program starts before D-Bus and avahi, and outlives a restart of the daemon."""
    weft = Weft(tmp_path, options=["--allow-remote"], host="0.0.0.0")
    try:
        first, ports = daemons(), {"_oscjson": weft.web, "_osc": weft.osc}
        assert find(ports, 60) == ports
        end(first)
        daemons()
        assert find(ports, 60) == ports
        weft.stop()
        assert find(None, 3) == {}
    finally:
        weft.stop()


def test_nothing_is_announced_on_loopback(tmp_path):
    weft = Weft(tmp_path)
    weft.stop()
    assert "zeroconf" not in weft.output()
