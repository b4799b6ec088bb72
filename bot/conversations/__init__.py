"""Conversations: the ledger of what was said, who may speak, handoffs, private values and outcomes."""
