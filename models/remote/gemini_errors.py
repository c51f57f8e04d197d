"""Classify a failed request to Gemini.

Errors are ``google.rpc.Status`` in JSON (https://ai.google.dev/gemini-api/docs/troubleshooting):
``{"error": {"code", "status", "message", "details"}}``. A RetryInfo among the details, or the
header Retry-After, gives the wait.
"""

from typing import Any

from models.remote.redact import redact
from models.remote.retry import NOT_REPEATED, RequestFailure
from models.segmenter import TimedOut

QUOTA = 429
RETRYABLE = (408, QUOTA)  # and every status from 500
# Errors of the HTTP client after the request was sent, by name: google-genai uses httpx or httpx2.
READ_TIMEOUT = "ReadTimeout"
CUT_OFF = ("ReadError", "RemoteProtocolError")
# Errors that every photo would meet, and the remedy. A 400 is classified by its details.
REMEDIES = {
    401: "check GOOGLE_API_KEY",
    403: "check GOOGLE_API_KEY and what it may use",
    404: "check model.name",
    QUOTA: "the quota is used up; run again later, or lower model.requests_per_minute",
}


def classify_error(error: Exception, key: str) -> RequestFailure:
    """Classify an error of google-genai or of its HTTP client, with ``key`` redacted."""
    from google.genai.errors import APIError

    if not isinstance(error, APIError):
        return _classify_client_error(error, key)
    details = _details(error.details)
    remedy = REMEDIES.get(error.code)
    if error.code == 400 and any(d.get("reason") == "API_KEY_INVALID" for d in details):
        remedy = REMEDIES[401]
    elif error.status == "FAILED_PRECONDITION":  # the country or the billing
        remedy = REMEDIES[403]
    return RequestFailure(
        redact(f"HTTP {error.code} {error.status}: {error.message}", key),
        retryable=error.code in RETRYABLE or (isinstance(error.code, int) and error.code >= 500),
        retry_after_s=_retry_after_s(error, details),
        remedy=remedy,
    )


def _classify_client_error(error: Exception, key: str) -> RequestFailure:
    """A failure without an answer from Google."""
    kind = type(error).__name__
    reason = redact(f"{kind}: {error}", key)
    if isinstance(error, TimedOut):
        return RequestFailure(str(error), retryable=False, timed_out=True)
    if kind == READ_TIMEOUT:
        reason = f"no answer to the request, {NOT_REPEATED} ({reason})"
        return RequestFailure(reason, retryable=False, timed_out=True)
    if kind in CUT_OFF:
        reason = f"connection cut after the request was sent, {NOT_REPEATED} ({reason})"
        return RequestFailure(reason, retryable=False)
    offline = "check the connection and run again" if kind == "ConnectError" else None
    return RequestFailure(reason, retryable=True, remedy=offline)


def _details(body: Any) -> list[dict[str, Any]]:
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    return [d for d in details if isinstance(d, dict)] if isinstance(details, list) else []


def _retry_after_s(error: Any, details: list[dict[str, Any]]) -> float:
    """The wait that the server asks for; 0 where it names none that can be parsed."""
    headers = getattr(error.response, "headers", None) or {}
    for delay in [*(d.get("retryDelay") for d in details), headers.get("retry-after")]:
        try:
            return float(str(delay).removesuffix("s"))
        except ValueError:
            continue
    return 0
