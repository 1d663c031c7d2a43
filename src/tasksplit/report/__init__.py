"""Where does each handler stand, on paper? Every paper is drawn from one review and computes no decision."""

from tasksplit.report.document import as_json, from_json
from tasksplit.report.files import write
from tasksplit.report.markdown import as_markdown

__all__ = ["as_json", "as_markdown", "from_json", "write"]
