"""IPv4 packets with TCP in them: just what a link has to know of them."""

import struct

FIN, SYN, RST, ACK = 1, 2, 4, 16
HALF = 1 << 31


class Segment:
    """One TCP packet; `end` is the sequence number that follows it."""

    __slots__ = ("source_port", "target_port", "flags", "payload", "seq", "end")

    def __init__(self, packet, header_bytes):
        (self.source_port, self.target_port, self.seq, _, offset, self.flags) = struct.unpack_from(
            "!HHIIBB", packet, header_bytes
        )
        total_bytes = packet[2] << 8 | packet[3]
        self.payload = total_bytes - header_bytes - (offset >> 4) * 4
        occupied = self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)
        self.end = (self.seq + occupied) & 0xFFFFFFFF


def parse(packet):
    """The packet's segment, or None if it is no TCP over IPv4."""
    if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != 6:
        return None
    return Segment(packet, (packet[0] & 15) * 4)


def later(a, b):
    """The later of two sequence numbers, which wrap; either may be None."""
    if a is None or b is None:
        return b if a is None else a
    return b if 0 < (b - a) & 0xFFFFFFFF < HALF else a


def reset(source, source_port, target, target_port, seq, ack):
    """A RST packet; addresses as 4 bytes."""
    tcp = struct.pack("!HHIIBBHHH", source_port, target_port, seq, ack, 5 << 4, RST | ACK, 0, 0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + source + target
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
