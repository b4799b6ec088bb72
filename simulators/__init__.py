"""Stand-ins for the systems around the assistant: real HTTP, and independent of the code that is tested against them."""
