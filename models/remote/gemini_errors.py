"""What a failed request to Gemini means.

Errors are ``google.rpc.Status`` in JSON (https://ai.google.dev/gemini-api/docs/troubleshooting):
``{"error": {"code", "status", "message", "details"}}``; a RetryInfo among the details, or the
header Retry-After, says how long to wait.
"""

from typing import Any

from models.remote.retry import Trouble, line
from models.segmenter import TimedOut

BUSY = 429
PASSING = (408, BUSY)
# Errors of the HTTP client after the question was sent; it is httpx or httpx2, as there is.
SILENT = "ReadTimeout"
CUT = ("ReadError", "RemoteProtocolError")
ONCE = "after it was asked, so not asked again: it may be billed"
# What is wrong for every photo, and what to do about it. 400 is told apart by its details.
STOPPING = {
    401: "check GOOGLE_API_KEY",
    403: "check GOOGLE_API_KEY and what it may use",
    404: "check model.name",
    BUSY: "the quota is used up; run again later, or lower model.requests_per_minute",
}


def judge(error: Exception, key: str) -> Trouble:
    """Judge an error of google-genai, or of the HTTP client under it; ``key`` is left out."""
    from google.genai.errors import APIError

    if not isinstance(error, APIError):
        kind = type(error).__name__
        reason = line(f"{kind}: {error}", key)
        if isinstance(error, TimedOut):
            return Trouble(str(error), passes=False, timed_out=True)
        if kind == SILENT:
            return Trouble(f"silent {ONCE} ({reason})", passes=False, timed_out=True)
        if kind in CUT:
            return Trouble(f"cut off {ONCE} ({reason})", passes=False)
        offline = "check the connection and run again" if kind == "ConnectError" else None
        return Trouble(reason, passes=True, remedy=offline)
    details = _details(error.details)
    remedy = STOPPING.get(error.code)
    if error.code == 400 and any(d.get("reason") == "API_KEY_INVALID" for d in details):
        remedy = STOPPING[401]
    elif error.status == "FAILED_PRECONDITION":  # the country or the billing
        remedy = STOPPING[403]
    return Trouble(
        line(f"HTTP {error.code} {error.status}: {error.message}", key),
        passes=error.code in PASSING or error.code >= 500,
        wait_s=_wait_s(error, details),
        remedy=remedy,
    )


def _details(body: Any) -> list[dict[str, Any]]:
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    return [d for d in details if isinstance(d, dict)] if isinstance(details, list) else []


def _wait_s(error: Any, details: list[dict[str, Any]]) -> float:
    """What the server asks for; 0 where it asks for nothing that can be read."""
    headers = getattr(error.response, "headers", None) or {}
    for delay in [*(d.get("retryDelay") for d in details), headers.get("retry-after")]:
        try:
            return float(str(delay).removesuffix("s"))
        except ValueError:
            continue
    return 0
