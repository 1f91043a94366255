"""What a link does to packets: when they arrive, what they carried, and how connections are cut."""

import heapq
import os
import random
import socket
import time

from tcp_packet import ACK, FIN, RST, SYN, later, parse, reset

UP, DOWN = 0, 1  # to the server, to the client
MAX_BACKLOG_S = 0.25  # a narrow link drops what would wait longer, else TCP fills any queue
READS_AT_ONCE = 64


class Flow:
    """One connection. By direction: the end of what entered, the end of what arrived, FINs arrived, last due time."""

    def __init__(self):
        self.sent, self.arrived = [None, None], [None, None]
        self.fins, self.due = [False, False], [0.0, 0.0]
        self.is_cut = False


class Traffic:
    """Payload bytes and connections by the server's port, and the connections that are open."""

    def __init__(self):
        self.ports, self.flows = {}, {}

    def route(self, port):
        self.ports.setdefault(port, {"up": 0, "down": 0, "connections": 0})

    def enter(self, segment, direction):
        """Takes note of a segment that enters the link. @returns its flow, None once that is over"""
        ends = segment.source_port, segment.target_port
        key = ends if direction == UP else ends[::-1]
        flow = self.flows.get(key)
        counts = self.ports.get(key[1])
        if direction == UP and segment.flags & (SYN | ACK) == SYN:
            if flow is None or flow.sent[UP] != segment.end:  # else it is sent again
                flow = self.flows[key] = Flow()
                if counts:
                    counts["connections"] += 1
        if counts:
            counts["up" if direction == UP else "down"] += segment.payload
        if flow:
            flow.sent[direction] = later(flow.sent[direction], segment.end)
        return flow

    def arrive(self, segment, direction, flow):
        flow.arrived[direction] = later(flow.arrived[direction], segment.end)
        if segment.flags & FIN:
            flow.fins[direction] = True
        if segment.flags & RST or all(flow.fins):
            ends = segment.source_port, segment.target_port
            key = ends if direction == UP else ends[::-1]
            if self.flows.get(key) is flow:
                del self.flows[key]

    def cut(self, port=None):
        """Forgets the flows, of one port or all. @returns [(client port, server port), flow] of each"""
        gone = [(key, flow) for key, flow in self.flows.items() if port in (None, key[1])]
        for key, flow in gone:
            flow.is_cut = True
            del self.flows[key]
        return gone


class Wire:
    """Moves packets between two TUN devices."""

    def __init__(self, options, client, server, addresses):
        self.options, self.traffic = options, Traffic()
        self.read_from, self.write_to = [client, server], [server, client]
        self.client, self.server = (socket.inet_aton(address) for address in addresses)
        self.random = random.Random(options.get("seed", 1))
        self.started = time.monotonic()
        self.free_at = [0.0, 0.0]
        self.waiting, self.order = [], 0

    def read(self, direction):
        for _ in range(READS_AT_ONCE):
            try:
                packet = os.read(self.read_from[direction], 65536)
            except BlockingIOError:
                return
            if packet[0] >> 4 == 4:  # IPv6 only asks for neighbours
                self.enter(packet, direction)

    def enter(self, packet, direction):
        now = time.monotonic()
        segment = parse(packet)
        flow = self.traffic.enter(segment, direction) if segment else None
        left = now
        if kbit := self.options.get("bandwidthKbit"):
            if self.free_at[direction] - now > MAX_BACKLOG_S:
                return
            left = max(now, self.free_at[direction]) + len(packet) * 8 / (kbit * 1000)
            self.free_at[direction] = left
        due = self.after_outage(left + self.delay())
        if flow:  # jitter never reorders a connection
            due = flow.due[direction] = max(due, flow.due[direction])
        self.order += 1
        heapq.heappush(self.waiting, (due, self.order, direction, packet, segment, flow))

    def delay(self):
        jitter_ms = self.options.get("jitterMs", 0)
        return max(0, self.options["rttMs"] / 2 + self.random.uniform(-jitter_ms, jitter_ms)) / 1000

    def after_outage(self, due):
        outage = self.options.get("outage")
        if outage is None:
            return due
        every, dead = outage["everyMs"] / 1000, outage["forMs"] / 1000
        since = due - self.started
        return due if since < every or since % every >= dead else due + dead - since % every

    def deliver(self):
        """Writes what is due. @returns seconds until the next is, None if nothing waits"""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            _, _, direction, packet, segment, flow = heapq.heappop(self.waiting)
            if flow and flow.is_cut:
                continue
            if flow:
                self.traffic.arrive(segment, direction, flow)
            os.write(self.write_to[direction], packet)
        return None

    def cut(self, port=None):
        """A RST is believed when it carries the number that its receiver expects: the end of what has arrived there."""
        for (client_port, server_port), flow in self.traffic.cut(port):
            to_client = self.server, server_port, self.client, client_port
            os.write(self.write_to[DOWN], reset(*to_client, flow.arrived[DOWN] or 0, flow.sent[UP]))
            if flow.arrived[UP] is not None:
                to_server = self.client, client_port, self.server, server_port
                os.write(self.write_to[UP], reset(*to_server, flow.arrived[UP], flow.sent[DOWN] or 0))
