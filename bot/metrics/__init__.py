"""What the product tells of itself to Prometheus, and whether a process lives and can do its work."""
