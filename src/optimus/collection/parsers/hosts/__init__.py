"""Readers of what a compute host's commands print; one file per command, pure.

Each ends in one of four ways: `Parsed` (read), `Parsed` with `skipped` (read in part: the lines that were not
understood), `Absent` (there is nothing of the kind), or it raises `Unreadable` with what it found instead.

>>> from optimus.collection.parsers.hosts.lspci import parse_lspci
>>> parse_lspci("0000:3b:00.0 Ethernet controller: Intel Corporation Ethernet Controller X710 (rev 02)").value
{'0000:3b:00.0': 'Ethernet controller: Intel Corporation Ethernet Controller X710 (rev 02)'}
"""
