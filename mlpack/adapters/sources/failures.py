"""What a server or the network said, as one sentence and a way out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mlpack.core.errors import OutsideError

_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`",
    "az": "set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or run `az login`",
    "hf": "set HF_TOKEN, or run `hf auth login`",
    "https": "add the host's login to your netrc file",
    "http": "add the host's login to your netrc file",
}
_AGAIN = "run the same command again: completed parts are kept"


def shown(uri: str) -> str:
    """Return a URI as it may be shown: without what stands after ``?``."""
    return uri.partition("?")[0]


def missing(uri: str) -> OutsideError:
    """Nothing is there."""
    return OutsideError(f"{shown(uri)} does not exist", hint="fix the artifact's `uri`")


def denied(uri: str) -> OutsideError:
    """The server wants to know who asks, or knows and says no."""
    scheme = urlsplit(uri).scheme
    way = _CREDENTIALS[scheme]
    return OutsideError(f"access to {shown(uri)} was denied", hint=way)


def refusal(uri: str, error: Exception, cannot: str = "be downloaded") -> OutsideError:
    """Return what an error of the library means to a user."""
    from obstore import exceptions

    if isinstance(error, FileNotFoundError):
        return missing(uri)
    if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return denied(uri)
    text = str(error)
    if re.search(r"status code: 30[17]|PermanentRedirect", text) and uri.startswith("s3:"):
        way = "set AWS_REGION to the bucket's region"
        return OutsideError(f"{shown(uri)} is in a region other than the one requested", hint=way)
    if "InvalidCertificate" in text:
        way = "set SSL_CERT_FILE to the authority's certificate file"
        return OutsideError(f"{shown(uri)}: the server's certificate is not trusted", hint=way)
    return OutsideError(f"{shown(uri)} cannot {cannot}: {reason(text)}", hint=_AGAIN)


def reason(text: str) -> str:
    """Return the cause in a library's report: it wraps one in the other, the last says most."""
    if status := re.search(r"status code: (\d{3}[\w ]*)", text):
        return f"the server returned {status[1].strip()}"
    if "URL scheme is not allowed" in text or "BadScheme" in text:
        return "it is redirected to a server without https"
    if "following redirect" in text or "TooManyRedirects" in text:
        return "it redirects in a loop"
    if "dns error" in text:
        return "no such host"
    if "TimedOut" in text or "kind: Timeout" in text:
        return "the server timed out"
    if messages := re.findall(r'message: "([^"]+)"', text):
        return str(messages[-1]).lower()
    if "body error" in text or "UnexpectedRange" in text:
        return "the response was cut off"
    first = text.splitlines()[0] if text else "no reason given"
    return re.sub(r"https?://\S+", "the server", first)
