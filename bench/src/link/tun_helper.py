"""A link between a network namespace and the root one that delays every packet. Runs as root.

Argument: the options as JSON, or --check to build everything once and say whether that works. First line on stdout: what was
built; then requests on stdin, answers on stdout, JSON lines. Ends, and removes the namespace, when stdin is closed.
"""

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys

from link_namespace import Namespace, run
from link_wire import DOWN, READS_AT_ONCE, UP, Traffic, Wire
from tcp_packet import parse

PR_SET_TIMERSLACK = 29
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3  # both directions; of IPv4 alone only what comes in
HEADERS_BYTES = 128
WAKE_UP_S = 0.001


class NetemLink:
    """The kernel delays; this counts what passes and cuts through the kernel. For plain delays on kernels with netem."""

    def __init__(self, namespace):
        self.namespace, self.traffic = namespace, Traffic()
        self.tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.tap.bind((namespace.server_device, ETH_P_ALL))
        self.tap.setblocking(False)
        self.tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 25)
        self.sources = [self.tap]

    def read(self, _source):
        for _ in range(READS_AT_ONCE):
            try:
                packet, address = self.tap.recvfrom(HEADERS_BYTES)
            except BlockingIOError:
                return
            if segment := parse(packet):
                direction = DOWN if address[2] == socket.PACKET_OUTGOING else UP
                if flow := self.traffic.enter(segment, direction):
                    self.traffic.arrive(segment, direction, flow)

    def deliver(self):
        return None

    def cut(self, port=None):
        self.traffic.cut(port)
        host = self.namespace.server
        run("ss", "-K", "-t", "src", host, *(["sport", "=", f":{port}"] if port else []))
        self.namespace.inside("ss", "-K", "-t", "dst", host, *(["dport", "=", f":{port}"] if port else []))


class TunLink(Wire):
    def __init__(self, options, namespace):
        client, server = namespace.add_tun()
        super().__init__(options, client, server, (namespace.client, namespace.server))
        self.sources = [client, server]


def build(options, namespace):
    # netem reorders under jitter and knows no outages.
    is_plain = not options.get("jitterMs") and not options.get("outage")
    if is_plain and namespace.add_netem(options["rttMs"] / 2, options.get("bandwidthKbit")):
        return "netem", NetemLink(namespace)
    return "tun", TunLink(options, namespace)


def answer(link, namespace, request):
    ask, port = request["ask"], request.get("port")
    if ask == "route":
        link.traffic.route(port)
        return {"host": namespace.server, "port": port}
    if ask == "bytes":
        return link.traffic.ports
    return link.cut(port)


def say(message):
    os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


def serve(link, namespace):
    stdin = sys.stdin.fileno()
    unread = b""
    while True:
        wait = link.deliver()
        # A long sleep ends late by what a core needs to wake up: end it early, and sleep the rest from there.
        if wait is not None and wait > 2 * WAKE_UP_S:
            wait -= WAKE_UP_S
        readable, _, _ = select.select([stdin, *link.sources], [], [], wait)
        for source in readable:
            if source != stdin:
                link.read(link.sources.index(source))
                continue
            chunk = os.read(stdin, 65536)
            if not chunk:
                return
            *lines, unread = (unread + chunk).split(b"\n")
            for line in lines:
                request = json.loads(line)
                try:
                    say({"id": request["id"], "value": answer(link, namespace, request)})
                except (RuntimeError, OSError) as error:
                    say({"id": request["id"], "error": str(error)})


def main(argument):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes stdin when it is done
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0)  # ns: wake up within a µs, not within 50
    options = {"rttMs": 0} if argument == "--check" else json.loads(argument)
    namespace = Namespace()
    try:
        kind, link = build(options, namespace)
        if argument != "--check":
            say({"kind": kind, "namespace": namespace.name})
            gc.disable()  # nothing here refers to itself, and a collection would hold packets up
            serve(link, namespace)
            link.cut()  # or those connected would wait for packets that nobody brings
    finally:
        namespace.remove()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (RuntimeError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
