"""A host's facts as stored: JSON of `facts.hosts.HostFacts`, field by field, compressed with zlib."""

import zlib

from pydantic import TypeAdapter, ValidationError

from optimus.facts.hosts import HostFacts

# A host with 256 CPUs and 500 ports has 200 kB; what is read back is bounded all the same.
MAX_BYTES = 32 * 1024 * 1024

_FACTS = TypeAdapter(HostFacts)


def pack(facts: HostFacts) -> bytes:
    return zlib.compress(_FACTS.dump_json(facts), level=6)


def unpack(document: bytes) -> HostFacts | None:
    """None for what this version cannot read: it is collected anew soon, and must not fail an answer."""
    try:
        reader = zlib.decompressobj()
        return _FACTS.validate_json(reader.decompress(document, MAX_BYTES))
    except (zlib.error, ValidationError):
        return None
