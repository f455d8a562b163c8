"""From a request to an answer: faults, token, policy, microversion, handler, refusal."""

import asyncio
import logging
from collections.abc import Callable

from optimus_simcloud.calls import Calls
from optimus_simcloud.serve import compute
from optimus_simcloud.serve.admin import answer_admin
from optimus_simcloud.serve.call import Answer, Call, Refusal, Request
from optimus_simcloud.serve.refusals import UNAUTHENTICATED, denied, refusal, unexpected
from optimus_simcloud.serve.routes import Route, find, service_of
from optimus_simcloud.serve.world import Token, World

LOG = logging.getLogger(__name__)


def _unknown(*, known: bool) -> Route:
    raise Refusal(405 if known else 404, "The resource could not be found.")


class App:
    def __init__(self, world: World, calls: Calls, *, drop_tunnel: Callable[[], None]) -> None:
        self._world = world
        self._calls = calls
        self._drop_tunnel = drop_tunnel

    async def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/_sim/"):
            return answer_admin(request, self._world.faults, self._calls)
        route, args, known = find(request.method, request.path)
        self._calls.add(request.method, route.template if route else "(unknown)")
        if slow := self._world.faults.take("slow", request.path):
            await asyncio.sleep(slow.seconds)
        service = route.service if route else service_of(request.path)
        try:
            self._planned_refusal(request, service)
            answer = self._answer(
                route or _unknown(known=known), Call(request, args, self._world, self._token(request))
            )
        except Refusal as error:
            answer = refusal(service, error, self._world.base_url)
        except Exception:  # a bug of the simulator must look like one of a service, and be seen
            LOG.exception("%s %s", request.method, request.path)
            answer = refusal(service, unexpected(service, 500), self._world.base_url)
        return self._spoilt(request, answer)

    def _token(self, request: Request) -> Token | None:
        return self._world.token(request.headers.get("x-auth-token"))

    def _planned_refusal(self, request: Request, service: str) -> None:
        if fault := self._world.faults.take("server_error", request.path):
            raise unexpected(service, fault.status)
        if self._world.faults.take("forbidden", request.path):
            raise denied(service, "planned")

    def _answer(self, route: Route, call: Call) -> Answer:
        if not route.is_open:
            if call.token is None:
                raise Refusal(401, UNAUTHENTICATED)
            if not call.is_admin and route.template in self._world.options.reader_denied:
                self._deny_reader(route, call)
        if route.service != "compute":
            return route.handler(call)
        newest = self._world.options.newest_microversion
        if not route.is_open:
            call.version = compute.negotiate(call.request, newest)
        answer = route.handler(call)
        answer.headers += compute.version_headers(call.version, newest)
        return answer

    def _deny_reader(self, route: Route, call: Call) -> None:
        # Anyone may read the quota of their own project.
        if "os-quota-sets" not in route.template or call.args["id"] != call.project_id:
            raise denied(route.service, route.rule)

    def _spoilt(self, request: Request, answer: Answer) -> Answer:
        """The answer as the faults of the last metres leave it."""
        faults = self._world.faults
        if faults.take("truncated_json", request.path):
            answer.body = answer.body[: len(answer.body) // 2]
        if faults.take("short_body", request.path):
            answer.cut_at = len(answer.body) // 2
        if faults.tunnel_breaks(len(answer.body)):
            answer.cut_at, answer.hangs_seconds = len(answer.body) // 2, 0.5
            # A moment later, so that the first half is on its way.
            asyncio.get_running_loop().call_later(0.02, self._drop_tunnel)
        return answer
