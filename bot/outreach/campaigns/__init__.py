"""Campaigns: one text for many channels, told only to who agreed to be told news, at a pace that never delays an answer."""
