"""What ``motcua doctor`` looks at beside the processes: secrets, ledger, messages, backups, and what is around this machine."""
