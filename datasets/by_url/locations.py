"""Where a manifest's photos are: paths and URLs, and what may be shown and stored of a URL."""

import re
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from datasets.listing.typed_path import expanded
from datasets.pictures import SUFFIXES

Location: TypeAlias = Path | str  # a file, or a URL

WEB = ("http", "https")
BUCKETS = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}  # the package that reads it
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# What signs a URL: it changes whenever a URL is signed again, and whoever has it may read.
_SIGNING = re.compile(
    r"x-(amz|goog)-.*|awsaccesskeyid|googleaccessid|signature|expires|policy|key-pair-id"
    r"|sig|s[evprt]|sk[a-z]+|token|access_token|key|api_key",
    re.IGNORECASE,
)


def locate(folder: Path, text: str) -> Location:
    """A manifest's path or URL; paths start at ``folder``, that of the manifest."""
    scheme = scheme_of(text)
    if scheme == "file":
        return Path(unquote(urlsplit(text).path))
    return text if scheme else folder / expanded(text)


def scheme_of(text: str) -> str:
    """``s3`` of ``s3://bucket/a.jpg``; empty for a path."""
    found = _URL.match(text)
    return found[1].lower() if found else ""


def identity(text: str) -> str:
    """A path or URL without what only signs it or says who reads."""
    if scheme_of(text) not in WEB:
        return text
    parts = urlsplit(text)
    query = [pair for pair in parse_qsl(parts.query, True) if not _SIGNING.fullmatch(pair[0])]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))


def shown(location: Location) -> str:
    """A path or URL for messages, which may be stored and published: no key, no query."""
    text = str(location)
    if scheme_of(text) not in WEB:
        return text
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")) + ("?…" if parts.query else "")


def server_of(url: str) -> str:
    """What one outage takes: scheme, and host or bucket."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def suffix_of(location: Location) -> str:
    """The suffix of a picture's name in lower case; empty where it has none that is known."""
    path = urlsplit(str(location)).path if isinstance(location, str) else str(location)
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if suffix in SUFFIXES else ""
