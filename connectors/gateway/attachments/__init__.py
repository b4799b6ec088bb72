"""What citizens send beside text: decided by rule; fetched once, safely, and kept encrypted for a time; or refused and purged."""
