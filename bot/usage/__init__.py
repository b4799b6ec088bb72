"""How much the service is used, month by month: counted from the ledger, held against it, and shown without anybody in it."""
