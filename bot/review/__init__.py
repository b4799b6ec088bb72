"""Review of transcripts: finding conversations, judging answers, taking them away as files."""
