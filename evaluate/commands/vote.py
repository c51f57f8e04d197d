"""``make vote``: serve the page of blind votes, and store each vote beside the report."""

from evaluate.commands.session import Session
from evaluate.config.settings import Settings
from evaluate.errors import ReportsError
from evaluate.exit_codes import INTERRUPTED
from evaluate.report.picture_names import VOTE_PAGE
from evaluate.votes.server import VoteServer
from evaluate.votes.store import VOTES


def run(session: Session, settings: Settings) -> int:  # noqa: ARG001 - as every command
    """Serve until Ctrl-C.

    Raises:
        ReportsError: there is no page to serve.
    """
    page = settings.folder / VOTE_PAGE
    if not page.is_file():
        raise ReportsError(
            f"{page} does not exist; run: make compare {settings.line}".rstrip()
            + " (two different masks of one photo are needed)"
        )
    with VoteServer(settings.folder) as server:
        print(f"Open: {server.url(VOTE_PAGE)}", flush=True)
        print(
            f"Votes go to {settings.folder / VOTES}; end with Ctrl-C, then: make compare",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print(f"ended; the votes are in {settings.folder / VOTES}", flush=True)
    return INTERRUPTED
