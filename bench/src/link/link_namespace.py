"""A network namespace for the client, and the devices that join it to the server's side. Needs root."""

import ctypes
import fcntl
import os
import re
import struct
import subprocess

PREFIX = "tw-link-"
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
CLONE_NEWNET = 0x40000000


class Namespace:
    """Named after this process. Addresses come from the range that RFC 2544 sets aside for benchmarks."""

    def __init__(self):
        remove_stale()
        pid = os.getpid()
        self.name = f"{PREFIX}{pid}"
        first = 4 * (pid % 32768)
        base = [198, 18 + (first >> 16), first >> 8 & 255, first & 255]
        self.server = ".".join(map(str, base[:3] + [base[3] + 1]))
        self.client = ".".join(map(str, base[:3] + [base[3] + 2]))
        self.server_device, self.client_device = f"tws{pid}", f"twc{pid}"
        run("ip", "netns", "add", self.name)
        self.inside("ip", "link", "set", "lo", "up")

    def inside(self, *command):
        return run("ip", "netns", "exec", self.name, *command)

    def add_tun(self):
        """Both TUN devices, as descriptors: (the client's, the server's)."""
        server = open_tun(self.server_device)
        with open(f"/run/netns/{self.name}", "rb") as inner, open("/proc/self/ns/net", "rb") as outer:
            setns(inner.fileno())
            try:
                client = open_tun(self.client_device)
            finally:
                setns(outer.fileno())
        self.bring_up()
        return client, server

    def add_netem(self, delay_ms, bandwidth_kbit):
        """A veth pair with netem on both ends. @returns whether this kernel can."""
        shape = ["netem", "limit", "100000", "delay", f"{round(delay_ms * 1000)}us"]
        shape += ["rate", f"{bandwidth_kbit}kbit"] if bandwidth_kbit else []
        try:
            self.add_veth()
            run("tc", "qdisc", "add", "dev", self.server_device, "root", *shape)
            self.inside("tc", "qdisc", "add", "dev", self.client_device, "root", *shape)
        except (RuntimeError, OSError):
            # TUN devices will have its names.
            subprocess.run(["ip", "link", "del", self.server_device], stderr=subprocess.DEVNULL, check=False)
            return False
        return True

    def add_veth(self):
        peer = ["peer", "name", self.client_device, "netns", self.name]
        run("ip", "link", "add", self.server_device, "type", "veth", *peer)
        self.bring_up()

    def bring_up(self):
        # Packets of one MTU each, and room for those that come while the helper does something else.
        for do, device, mine, other in (
            (run, self.server_device, self.server, self.client),
            (self.inside, self.client_device, self.client, self.server),
        ):
            do("ip", "addr", "add", mine, "peer", other, "dev", device)
            do("ip", "link", "set", device, "mtu", "1500", "txqueuelen", "10000", "gso_max_segs", "1", "up")

    def remove(self):
        """The devices go with it: a TUN with the process, a veth with its peer."""
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL, check=False)


def remove_stale():
    """Namespaces whose process was killed before it could clean up."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        owner = re.fullmatch(PREFIX + r"(\d+)", name)
        if owner and not os.path.exists(f"/proc/{owner[1]}"):
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` failed: {done.stderr.strip() or done.returncode}")
    return done.stdout


def open_tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def setns(fd):
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns exists from Python 3.12 on
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter the network namespace")
