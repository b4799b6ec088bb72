"""What those who run the product look at: the figures of the ledger for Prometheus and for the console's page of operations."""
