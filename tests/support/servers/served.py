"""A web server that a test starts and stops."""

from pytest_httpserver import HTTPServer


class Served(HTTPServer):
    """A server of the test's own. It ends at once, where ``HTTPServer`` takes half a second."""

    def __init__(self) -> None:
        super().__init__(threaded=True)

    def thread_target(self) -> None:
        assert self.server
        self.server.serve_forever(poll_interval=0.01)
