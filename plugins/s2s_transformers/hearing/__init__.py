"""Speech models through transformers: Whisper as an Ear, all others as Listeners."""
