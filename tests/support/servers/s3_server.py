"""An S3 server on this machine: moto's, which keeps objects in memory."""

import logging
from pathlib import Path
from typing import Any

BUCKET = "photos"


class S3Server:
    """A running server with an empty bucket. ``env`` is how commands find it."""

    def __init__(self) -> None:
        import boto3
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.env = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "no-real-key",
            "AWS_SECRET_ACCESS_KEY": "no-real-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=self.env["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
            region_name=self.env["AWS_DEFAULT_REGION"],
        )
        self._client.create_bucket(Bucket=BUCKET)

    def put(self, path: Path, name: str) -> str:
        """Upload a file; its URL."""
        self._client.put_object(Bucket=BUCKET, Key=name, Body=path.read_bytes())
        return f"s3://{BUCKET}/{name}"

    def close(self) -> None:
        """Stop it."""
        self._client.close()
        self._server.stop()
