"""multipart/form-data as a browser or curl writes it."""

from uuid import uuid4

Part = tuple[str, str, bytes]  # field, file name, content


def form(*parts: Part) -> tuple[bytes, dict[str, str]]:
    """The body and its header."""
    boundary = uuid4().hex
    lines: list[bytes] = []
    for field, name, content in parts:
        disposition = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
        lines += [f"--{boundary}".encode(), disposition.encode(), b"Content-Type: application/octet-stream", b""]
        lines.append(content)
    body = b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
