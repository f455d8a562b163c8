"""How each service writes an error body."""

import json

from optimus_simcloud.serve.call import JSON, Answer, Refusal

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
NOVA_WORDS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    503: "serviceUnavailable",
}
UNEXPECTED = {
    "compute": (
        "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API "
        "log if possible.\n<class 'oslo_db.exception.DBConnectionError'>"
    ),
    "network": "Request Failed: internal server error while processing your request.",
}
POLICY = {
    "identity": "You are not authorized to perform the requested action: {rule}.",
    "compute": "Policy doesn't allow os_compute_api:{rule} to be performed.",
    "volume": "Policy doesn't allow volume_extension:{rule} to be performed.",
    "network": "rule:{rule} is disallowed by policy",
    "orchestration": "You are not authorized to use {rule}.",
    "placement": "Access was denied to this resource.\n\n placement:{rule} ",
}
UNAUTHENTICATED = "The request you have made requires authentication."


def refusal(service: str, error: Refusal, base_url: str) -> Answer:
    headers = [JSON]
    if error.status == 401:
        # keystonemiddleware answers for every service.
        service = "identity"
        headers.append(("WWW-Authenticate", f'Keystone uri="{base_url}/identity"'))
    body = _body(service, error.status, error.message)
    return Answer(error.status, json.dumps(body).encode(), headers)


def _body(service: str, status: int, message: str) -> dict[str, object]:
    title = TITLES.get(status, "Error")
    match service:
        case "compute" | "volume":
            word = NOVA_WORDS.get(status, "computeFault")
            return {word: {"code": status, "message": message}}
        case "network":
            kind = {403: "PolicyNotAuthorized", 404: "HTTPNotFound", 400: "HTTPBadRequest"}
            return {
                "NeutronError": {
                    "type": kind.get(status, "HTTPInternalServerError"),
                    "message": message,
                    "detail": "",
                }
            }
        case "orchestration":
            inner = {"message": message, "traceback": None, "type": title.replace(" ", "")}
            return {"explanation": message, "code": status, "error": inner, "title": title}
        case "placement":
            return {"errors": [{"status": status, "title": title, "detail": message, "request_id": "req-sim"}]}
        case _:
            return {"error": {"code": status, "message": message, "title": title}}


def unexpected(service: str, status: int) -> Refusal:
    return Refusal(status, UNEXPECTED.get(service, "An unexpected error prevented the server from answering."))


def denied(service: str, rule: str) -> Refusal:
    return Refusal(403, POLICY.get(service, "{rule}").format(rule=rule))
