"""Is central there? One request, no credentials: for the doctor and for set-up."""

from __future__ import annotations

from kiosk.sync.answers import check
from kiosk.sync.sockets import Switch
from kiosk.sync.transport import Patience, Transport

_PATIENCE = Patience(connect_s=3.0, silence_s=5.0, total_s=8.0)


def reach(central_url: str, ca_file: str | None) -> float:
    """Seconds that central took to answer ``/healthz``; raises CentralError saying why not."""
    transport = Transport(central_url, ca_file, Switch())
    try:
        answer = transport.send("GET", "/healthz", patience=_PATIENCE)
        check(answer)
        return answer.took_s
    finally:
        transport.close()
