"""How are the stand-in services reached over a real network? `python -m legacy.standin --port 8099`."""

from __future__ import annotations

import argparse
from typing import Any
from wsgiref.handlers import BaseHandler, SimpleHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from legacy.standin.app import NoAnswerError, app


class _Answers(SimpleHandler):
    """Runs the application; where it does not answer, the connection is closed without a word."""

    environ: dict[str, Any]

    def run(self, application: Any) -> None:
        try:
            self.setup_environ()
            self.result = application(self.environ, self.start_response)
            self.finish_response()
        except NoAnswerError:
            self.close()
        except Exception:
            self.handle_error()


class _Requests(WSGIRequestHandler):
    """One request per connection, nothing written to the terminal."""

    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        errors = self.get_stderr()
        handler: BaseHandler = _Answers(self.rfile, self.wfile, errors, self.get_environ(), multithread=False)
        handler.run(self.server.get_app())  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:
        return


def serve(port: int = 0) -> WSGIServer:
    """A server on the loopback interface, not yet serving; port 0 takes any free one."""
    return make_server("127.0.0.1", port, app, handler_class=_Requests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    with serve(parser.parse_args().port) as server:
        print(f"The stand-in services listen on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
