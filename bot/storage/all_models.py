"""All tables of the ledger in one metadata: whoever needs the whole schema imports it from here."""

import importlib
import pkgutil

from bot import storage
from bot.storage.models import Base

# Every file of models beside this one: a table that nobody imported would be missing from migrations and checks.
for _module in pkgutil.iter_modules(storage.__path__):
    if _module.name.endswith("_models") and _module.name != "all_models":
        importlib.import_module(f"{storage.__name__}.{_module.name}")

METADATA = Base.metadata
