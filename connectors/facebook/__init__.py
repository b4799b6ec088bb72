"""The channel Facebook Messenger: one page, by the Messenger Platform of the Graph API."""
