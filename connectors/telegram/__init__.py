"""Telegram: a bot account behind the Bot API. Off unless CHANNELS names it; README.md says why."""
