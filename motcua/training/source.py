"""What this installation trains from."""

from bot.settings import PROJECT_ROOT, Settings
from motcua.training.workshop import PlainFolder, Source


def training_source(settings: Settings) -> Source:
    """The trainers' workspace."""
    del settings
    return PlainFolder(PROJECT_ROOT)
