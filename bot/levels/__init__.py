"""Whether each procedure's published online level is true, and what people decided about showing its online filing."""
