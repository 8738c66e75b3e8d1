"""
Models that see, through transformers.

Most are language models with an eye, asked in their chat template: `chat`. Models that were
trained for one manner of asking have a file each in `families`.
"""
