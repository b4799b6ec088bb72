"""Vietnamese as citizens type it. Standard library and PyYAML only: used by the application and by the dialogue engine."""
