"""The yearly review of each service: what its figures suggest by rules, what people say to it, what was decided and signed."""
