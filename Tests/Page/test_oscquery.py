"""OSCQuery, by a validator of the proposal and by python-oscquery."""

import json
import socket
import struct
import time
import urllib.error
import urllib.request

import pytest
from pythonoscquery.osc_query_client import OSCQueryClient
from websockets.sync.client import connect
from zeroconf import ServiceInfo

from conftest import message, parse

TAGS = set("ifhdtsScrTFNIbm")
CLIPS = {"none", "low", "high", "both"}
UNITS = {"time.hz", "time.ms", "time.second", "time.bpm", "time.cents", "time.midinote", "time.samples", "gain.linear", "gain.db", "gain.db-raw", "angle.degree"}
JSON_TYPES = {"i": int, "h": int, "f": (int, float), "d": (int, float), "s": str, "S": str, "T": bool, "F": bool}

pytestmark = pytest.mark.weft(patch="bass.json")


def get(weft, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{weft.web}{path}", timeout=30) as reply:
        body = reply.read()
        return json.loads(body) if body else None


def violations(node, path="/"):
    """Breaches of the proposal in a node and below."""
    found = []

    def check(is_right, what):
        if not is_right:
            found.append(f"{path}: {what}")

    check(node.get("FULL_PATH") == path, f"FULL_PATH is {node.get('FULL_PATH')}")
    contents, tags, access = node.get("CONTENTS"), node.get("TYPE"), node.get("ACCESS", 0)
    check(access in (0, 1, 2, 3), f"ACCESS {access}")
    check(isinstance(node.get("DESCRIPTION", ""), str), "DESCRIPTION is no text")
    if contents is not None:
        check(tags is None and "VALUE" not in node, "a container with a TYPE or a VALUE")
        check(isinstance(contents, dict), "CONTENTS is no object")
        for name, child in contents.items():
            check("/" not in name, f"a name with a slash: {name}")
            found += violations(child, ("" if path == "/" else path) + "/" + name)
        return found
    if access & 3:
        check(isinstance(tags, str) and tags and set(tags) <= TAGS, f"TYPE {tags}")
    count = len(tags or "")
    for name in ("VALUE", "RANGE", "UNIT", "CLIPMODE"):
        if name in node:
            check(isinstance(node[name], list) and len(node[name]) == count, f"{name} {node[name]} for TYPE {tags}")
    check(not access & 1 or "VALUE" in node, "readable without a VALUE")
    check(access & 1 or "VALUE" not in node, "a VALUE that may not be read")
    for tag, value in zip(tags or "", node.get("VALUE", [])):
        check(isinstance(value, JSON_TYPES.get(tag, object)), f"VALUE {value} for {tag}")
    for range_, value in zip(node.get("RANGE", []), node.get("VALUE", [])):
        if "VALS" in range_:
            check(value in range_["VALS"], f"VALUE {value} outside {range_}")
        elif isinstance(value, (int, float)):
            check(range_["MIN"] <= value <= range_["MAX"], f"VALUE {value} outside {range_}")
    check(all(unit is None or unit in UNITS for unit in node.get("UNIT", [])), f"UNIT {node.get('UNIT')}")
    check(all(clip in CLIPS for clip in node.get("CLIPMODE", [])), f"CLIPMODE {node.get('CLIPMODE')}")
    return found


def containers(node):
    return "CONTENTS" in node and 1 + sum(containers(child) for child in node["CONTENTS"].values())


def leaves(node):
    if "CONTENTS" not in node:
        yield node
    for child in node.get("CONTENTS", {}).values():
        yield from leaves(child)


def test_tree_follows_the_proposal(weft):
    assert weft.try_send("/macro/add", "bright", "filter/cutoff", 100.0, 8000.0) is None
    host, tree = get(weft, "/?HOST_INFO"), get(weft, "/")
    assert host["NAME"] and host["OSC_PORT"] == weft.osc and host["WS_PORT"] == weft.web and host["OSC_TRANSPORT"] in ("UDP", "TCP")
    assert all(isinstance(supported, bool) for supported in host["EXTENSIONS"].values())
    assert get(weft, "/mod/filter/cutoff?HOST_INFO") == host
    assert violations(tree) == []
    readable = [leaf for leaf in leaves(tree) if leaf.get("ACCESS", 0) & 1]
    assert len(readable) > 80 and any(leaf["FULL_PATH"] == "/macro/bright" for leaf in readable)
    for leaf in readable[::7]:
        path = leaf["FULL_PATH"]
        assert get(weft, path)["TYPE"] == leaf["TYPE"]
        assert get(weft, path + "?TYPE") == {"TYPE": leaf["TYPE"]} and list(get(weft, path + "?VALUE")) == ["VALUE"]
    for path, status in [("/nothing", 404), ("/mod/filter/nothing", 404), ("/mod/filter/cutoff?NOTHING", 400)]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(weft, path)
        assert refused.value.code == status


def middle(leaf):
    low, high = leaf["RANGE"][0]["MIN"], leaf["RANGE"][0]["MAX"]
    return int((low + high) / 2) if leaf["TYPE"] == "i" else low + (high - low) / 2


def test_every_writable_number_takes_a_message_of_its_type(weft):
    """Each is set to the middle of its range, and its VALUE changes."""
    numbers = [leaf for leaf in leaves(get(weft, "/")) if leaf.get("ACCESS") == 3 and leaf["TYPE"] in "if" and "RANGE" in leaf]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for leaf in numbers:
            udp.sendto(message(leaf["FULL_PATH"], middle(leaf)), ("127.0.0.1", weft.osc))
            time.sleep(0.001)
    weft.send("/sync")
    after = {leaf["FULL_PATH"]: leaf for leaf in leaves(get(weft, "/"))}
    for leaf in numbers:
        assert after[leaf["FULL_PATH"]]["VALUE"][0] == pytest.approx(middle(leaf), rel=1e-5), leaf["FULL_PATH"]


def test_listeners_get_values_and_changes_of_the_tree(weft):
    path = "/mod/filter/cutoff"
    with connect(f"ws://127.0.0.1:{weft.web}/") as client:
        def next_of(kind, wanted):
            while True:
                frame = client.recv(timeout=30)
                if isinstance(frame, kind) and wanted(frame):
                    return frame

        client.send(json.dumps({"COMMAND": "LISTEN", "DATA": path}))
        assert parse(next_of(bytes, lambda frame: True))[0] == path
        weft.send(path, 1234.0)
        assert parse(next_of(bytes, lambda frame: True)) == (path, [1234.0])
        # A value of one's own is not echoed.
        client.send(message(path, 500.0))
        client.send(message("/sync"))
        next_of(bytes, lambda frame: parse(frame)[0] == "/synced")
        weft.send("/patch/create", "fresh", "saw")
        assert json.loads(next_of(str, lambda frame: True)) == {"COMMAND": "PATH_ADDED", "DATA": "/mod/fresh"}
        weft.send("/patch/rename", "fresh", "other")
        assert json.loads(next_of(str, lambda frame: True)) == {"COMMAND": "PATH_RENAMED", "DATA": {"OLD": "/mod/fresh", "NEW": "/mod/other"}}
        weft.send("/patch/delete", "other")
        assert json.loads(next_of(str, lambda frame: True)) == {"COMMAND": "PATH_REMOVED", "DATA": "/mod/other"}
        client.send(json.dumps({"COMMAND": "IGNORE", "DATA": path}))
        client.send(message("/sync"))
        next_of(bytes, lambda frame: parse(frame)[0] == "/synced")
        weft.send(path, 900.0)
        weft.send("/patch/create", "last", "saw")
        assert isinstance(client.recv(timeout=30), str)
        # Far more than a client needs: the rest is ignored, the program answers.
        for i in range(1_500):
            client.send(json.dumps({"COMMAND": "LISTEN", "DATA": f"/mod/filter/nothing{i}"}))
    weft.send("/version")


def test_python_oscquery_reads_the_whole_tree(weft):
    service = ServiceInfo("_oscjson._tcp.local.", "weft._oscjson._tcp.local.", port=weft.web, addresses=[socket.inet_aton("127.0.0.1")])
    client = OSCQueryClient(service)
    assert client.get_host_info().osc_port == weft.osc

    def count(node):
        return 1 + sum(count(child) for child in node.contents or [])

    tree = get(weft, "/")
    assert count(client.query_node("/")) == sum(1 for _ in leaves(tree)) + containers(tree)
    assert client.query_node("/mod/filter/cutoff").value == [220]


def test_malformed_packets_over_websocket_are_answered(weft):
    with connect(f"ws://127.0.0.1:{weft.web}/") as client:
        for packet in [b"", b"\0", b"/x", b"#bundle\0" + struct.pack(">I", 0), b"/a\0\0,s\0\0abc", b"\xff" * 64]:
            client.send(packet)
        client.send(message("/version", "#1"))
        while True:
            address, values = parse(client.recv(timeout=30))
            if address == "/done":
                break
            assert address == "/fail" and values[1] == "malformed"
    weft.send("/version")
