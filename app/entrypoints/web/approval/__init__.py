"""Approval (审批): the inbox and its answers, other times proposed, who stands in, chains, refusals counted."""
