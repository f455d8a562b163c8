"""How the certificates of a cloud's APIs are verified."""

import ssl

from optimus.collection.errors import CaFileUnusable


def tls_context(ca_pem: bytes | None, *, ca_path: str | None, insecure: bool) -> ssl.SSLContext:
    """Verifies against the cloud's own CA file, else this machine's CAs; not at all when the rc file says insecure."""
    if insecure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if ca_pem is None:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=ca_pem.decode("utf-8", "replace"))
    except (ssl.SSLError, ValueError) as failure:
        raise CaFileUnusable(
            f"The file {ca_path} that OS_CACERT names holds no certificate in PEM form: correct it on the LCM."
        ) from failure
    return context
