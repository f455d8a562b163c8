"""The result as a zip: sorted names, one fixed time, fixed modes, no extra fields; equal bytes for equal input."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

_TIME = (1980, 1, 1, 0, 0, 0)


def pack(files: Mapping[str, bytes], *, store: bool = False) -> bytes:
    """`store` leaves the bytes uncompressed: then they do not depend on the zlib that was built in."""
    out = io.BytesIO()
    kind = zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", kind, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = kind
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, files[name], compresslevel=6)
    return out.getvalue()


def manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """What is in the zip, with checksums; and which rules made it."""
    sums = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()}
    return as_json({"format": "optimus-yamlgen-result/1", **about, "files": dict(sorted(sums.items()))})


def as_json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=False) + "\n").encode("utf-8")
