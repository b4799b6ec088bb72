"""Editing of reviewed procedures: forms over the YAML that Git keeps, checks at once, answers as citizens would read them."""
