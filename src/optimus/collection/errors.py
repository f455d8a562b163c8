"""What can go wrong in a visit. Every message says what happened, to what, and what to do next; none holds a secret."""

from optimus.errors import Code, Kind, OptimusError


class CollectionError(OptimusError):
    """Any failure of a visit or of one of its parts."""


class LcmUnreachable(CollectionError):
    """The LCM did not answer in time, has no route to it, or its name is unknown."""

    code, kind = Code.LCM_UNREACHABLE, Kind.CLOUD_TIMEOUT


class LcmRefused(CollectionError):
    """Something answered at the LCM's address, but it refused the connection or does not speak SSH."""

    code, kind = Code.LCM_REFUSED, Kind.CLOUD_FAULT


class LoginRefused(CollectionError):
    """The LCM did not accept the user name and the password."""

    code, kind = Code.LCM_LOGIN_REFUSED, Kind.CLOUD_FAULT


class PermissionDenied(CollectionError):
    """The log-in worked, but the LCM refuses commands or forwarded connections."""

    code, kind = Code.LCM_PERMISSION_DENIED, Kind.CLOUD_FAULT


class HostKeyChanged(CollectionError):
    """The LCM showed another host key than the pinned one; no password was sent. `details`: host_key, fingerprint."""

    code, kind = Code.HOST_KEY_CHANGED, Kind.CLOUD_FAULT


class RcFileUnusable(CollectionError):
    """The rc file is missing, cannot be read, asks for something, or sets too little; the message names it."""

    code, kind = Code.RC_FILE_UNUSABLE, Kind.CLOUD_FAULT


class CaFileUnusable(CollectionError):
    """The CA file that the rc file names cannot be read on the LCM."""

    code, kind = Code.CA_FILE_UNUSABLE, Kind.CLOUD_FAULT


class KeystoneRefused(CollectionError):
    """Keystone refused the rc file's user, or a service refuses Keystone's tokens."""

    code, kind = Code.KEYSTONE_REFUSED, Kind.CLOUD_FAULT


class CatalogUnusable(CollectionError):
    """Keystone's catalog lacks what every collection needs."""

    code, kind = Code.CATALOG_UNUSABLE, Kind.CLOUD_FAULT


class CloudAnswerBad(CollectionError):
    """An API could not be reached, or answered with an error, with too much, or with something that is no JSON."""

    code, kind = Code.CLOUD_ANSWER_BAD, Kind.CLOUD_FAULT


class CertificateRefused(CloudAnswerBad):
    """The certificate of an API is not one that the cloud's CA file vouches for."""


class CloudAnswerLate(CollectionError):
    """An API did not answer in time."""

    code, kind = Code.CLOUD_ANSWER_LATE, Kind.CLOUD_TIMEOUT


class TunnelLost(CollectionError):
    """The SSH connection to the LCM ended in the middle of a visit."""

    code, kind = Code.TUNNEL_LOST, Kind.CLOUD_FAULT


class AnswerUnreadable(CollectionError):
    """An API answered with JSON of another shape than its parser knows."""

    code, kind = Code.ANSWER_UNREADABLE, Kind.CLOUD_FAULT


class NotPermitted(CollectionError):
    """The account may not make this call, or the cloud does not offer it."""

    code, kind = Code.NOT_PERMITTED, Kind.CLOUD_FAULT


class NotFound(NotPermitted):
    """The cloud answered 404: the object is gone, or the call is not offered here."""


class VisitCancelled(CollectionError):
    """For callers that turn the cancellation of a visit into a result; the visit itself lets it through."""

    code, kind = Code.VISIT_CANCELLED, Kind.UNAVAILABLE


class HostUnreached(CollectionError):
    """A compute host could not be asked, and nothing it said before is stored. `details`: host, trouble."""

    code, kind = Code.HOST_UNREACHED, Kind.CLOUD_TIMEOUT


class HostsBusy(CollectionError):
    """As many of the data center's hosts are being asked as may be at once."""

    code, kind = Code.HOSTS_BUSY, Kind.UNAVAILABLE
