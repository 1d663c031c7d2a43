"""Do the two sides agree, under the declared rules, and if not, where?"""

from tasksplit.compare.comparison import Comparison, compare
from tasksplit.compare.plan import Plan, RuleFailed, compile_rules

__all__ = ["Comparison", "Plan", "RuleFailed", "compare", "compile_rules"]
