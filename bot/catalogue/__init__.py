"""The catalogue of administrative procedures: its schema, its files, search over it and the answers made from it."""
