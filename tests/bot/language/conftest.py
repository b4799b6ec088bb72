"""Random tests here have no time limit of their own: a busy machine is no fault of the text."""

from hypothesis import settings

settings.register_profile("language", deadline=None)
settings.load_profile("language")
