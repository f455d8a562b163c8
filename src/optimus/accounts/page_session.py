"""The web page's log-in: the refresh token travels in a cookie that no script can read, to these addresses only.

A browser sends cookies whoever asks, so each call must also carry a header that a page of another site cannot set,
and must not come from one by the browser's own word. Refresh tokens are not rotated (docs/adr/0005): two tabs that
refresh at once both succeed.
"""

from optimus.accounts import queries, service
from optimus.accounts.errors import ForeignPage
from optimus.accounts.schemas import Credentials, PageSession
from optimus.errors import FieldError, MalformedRequest
from optimus.http.call import Call, TokenMissing
from optimus.kit.clock import epoch

COOKIE = "optimus_refresh"
COOKIE_PATH = "/api/v1/session"
PAGE_HEADER = "X-Optimus-Page"
OWN_PAGE = {"same-origin", "none"}  # "none": the person typed the address


def open_session(call: Call, credentials: Credentials) -> tuple[PageSession, str]:
    """Log in; what the page gets, and its cookie. Raises ForeignPage, LoginFailed, LoginLimited."""
    check_page(call)
    call.doer, data = service.log_in(
        call.services, credentials.name, credentials.password, client_address=call.client_address
    )
    call.subject = call.doer.user_id
    found = _page_session(call, data["refresh_token"], data["access_token"], data["expires_in"])
    return found, set_cookie(data["refresh_token"], lifetime=data["time"], is_https=call.is_https)


def renew_session(call: Call) -> PageSession:
    """A new access token for the cookie's session. Raises ForeignPage, TokenMissing, TokenInvalid."""
    check_page(call)
    refresh_token = call.cookies.get(COOKIE)
    if not refresh_token:
        raise TokenMissing("This browser is not logged in.")
    data = service.refresh(call.services, refresh_token)
    return _page_session(call, refresh_token, data["access_token"], data["expires_in"])


def close_session(call: Call) -> str:
    """End the cookie's session, if there is one; the cookie that takes it from the browser. Raises ForeignPage."""
    check_page(call)
    refresh_token = call.cookies.get(COOKIE)
    if refresh_token and (doer := service.log_out(call.connection, refresh_token)):
        call.doer, call.subject = doer, doer.user_id
    return set_cookie("", lifetime=0, is_https=call.is_https)


def check_page(call: Call) -> None:
    if not call.headers.get(PAGE_HEADER):
        raise MalformedRequest(
            f"{PAGE_HEADER}: this header is required; programs log in at POST /api/v1/login.",
            errors=[FieldError(PAGE_HEADER, "is required")],
        )
    if call.headers.get("Sec-Fetch-Site", "none") not in OWN_PAGE:
        raise ForeignPage("Only Optimus' own page may use this browser's session.")


def set_cookie(value: str, *, lifetime: int, is_https: bool) -> str:
    """The header's value. Secure wherever the page came over HTTPS; behind a proxy see OPTIMUS_TRUSTED_PROXIES."""
    secure = "; Secure" if is_https else ""
    return f"{COOKIE}={value}; Path={COOKIE_PATH}; Max-Age={lifetime}; HttpOnly; SameSite=Strict{secure}"


def _page_session(call: Call, refresh_token: str, access_token: str, expires_in: int) -> PageSession:
    now = epoch()
    with call.services.database.reading() as connection:
        session = queries.session_by_refresh(connection, refresh_token, now=now)
    if session is None:
        raise service.ended()
    return {
        "access_token": access_token,
        "expires_in": expires_in,
        "time": session.expires_at - now,
        "user_id": session.user_id,
        "name": session.user_name,
        "role": session.role,
    }
