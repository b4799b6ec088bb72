"""What the assistant says of itself, without being asked: notices on watched dossiers."""
