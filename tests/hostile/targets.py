"""Addresses that must not be reached, and the ways in which they can be written.

The addresses are those of reliability reports on feed readers and of the registries of IANA.
"""

from __future__ import annotations

from collections.abc import Iterator

REFUSED = tuple(
    """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1
    192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:100.64.0.1 ::127.0.0.1
    ::10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 100::1
    2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
    2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fec0::1 ff02::1 ff05::1
    168.63.129.16 100.100.100.200 192.0.0.192 172.20.1.1 ::ffff:0.0.0.0 ::ffff:192.168.1.1
    64:ff9b::c0a8:101 fe80::1%lo 2001:db8:ffff::1 2001:1ff:ffff::1 febf::1 4000::1 1fff::1 e000::1
    """.split()
)
ALLOWED = tuple(
    """
    1.1.1.1 8.8.8.8 93.184.216.34 2606:4700:4700::1111 2a00:1450:4001:81b::200e ::ffff:8.8.8.8
    9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255
    169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
    203.0.114.0 223.255.255.255 168.63.129.15 168.63.129.17 64:ff9b::808:808 2001:200::1
    2001:db7:ffff::1 2001:db9::1 2001:4860:4860::8888 2003::1 2400:cb00::1 3ffe::1
    """.split()
)
#: Ways to write 127.0.0.1, ::1 or what is as bad; brackets are part of a host in an address.
SPELLINGS = tuple(
    """
    127.0.0.1 127.1 127.0.1 2130706433 017700000001 0x7f000001 0X7F000001 0x7f.1 0x7f.0.0.0x1
    0177.0.0.1 0177.0.0.01 127.000.000.001 0 0.0.0.0 127.0.0.1. 127.1. 127.255.255.254 6425673729
    localhost LOCALHOST LocalHost ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．0．1
    ⑯⑨。②⑤④。⑯⑨。②⑤④ ⓛⓞⓒⓐⓛⓗⓞⓢⓣ 127.0.0.1%00 127.0.0.1%2e 127%2e0%2e0%2e1 %31%32%37.0.0.1
    127.0.0.1%20 [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1]
    [::FFFF:7F00:0001] [::127.0.0.1] [::] [64:ff9b::127.0.0.1] [2002:7f00:1::] [::1%25lo] [::1%lo]
    [fe80::1%25lo] [::ffff:0:127.0.0.1] [::1 ::1 [127.0.0.1] 127.0.0.1\N{ZERO WIDTH SPACE}
    """.split()
)
#: Ways to put a host ``{h}`` and a port ``{p}`` into an address; ``{a}`` is one that is allowed.
FORMS = (
    "http://{h}:{p}/",
    "HTTP://{h}:{p}/",
    "hTtP://{h}:{p}",
    "http://user@{h}:{p}/",
    "http://user:secret@{h}:{p}/",
    "http://{a}@{h}:{p}/",
    "http://{a}%2f@{h}:{p}/",
    "http://{a}\\@{h}:{p}/",
    "http://{a}@{a}@{h}:{p}/",
    "http://{h}:{p}#@{a}/",
    "http://{h}:{p}?@{a}/",
    "http://{h}:0{p}/",
    "  http://{h}:{p}/ ",
    "http:\\\\{h}:{p}/",
    "http:///{h}:{p}/",
    "http:{h}:{p}/",
    "ht\ttp://{h}:\n{p}/",
    "https://{h}:{p}/",
    "http://{h}/",
)
#: Ways that only a Location has.
RELATIVE = ("//{h}:{p}/", "\\\\{h}:{p}/", "/\\{h}:{p}/", "http:/{h}:{p}/")


def spelled(port: int, allowed: str) -> Iterator[str]:
    """Every spelling in every form."""
    for host in SPELLINGS:
        for form in FORMS:
            yield form.format(h=host, p=port, a=allowed)


def literal(address: str, port: int) -> str:
    """The plain address of an IP address."""
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}/"
