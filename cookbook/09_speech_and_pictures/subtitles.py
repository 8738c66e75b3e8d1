"""
Subtitles for a talk, beside the recording.

    python cookbook/09_speech_and_pictures/subtitles.py TALK [MODEL]

TALK is a recording in any usual format, of any length. Without a MODEL, the best Whisper that is
here does it; `pip install "s2s-tasks[whisper]"` and `s2s decide transcribe` say how to get one.
TALK.srt and TALK.vtt are written beside it. Lines that begin with `#>` are what is printed of
cookbook/data/countdown.flac and a small model that knows spoken digits only.
"""

import sys
from pathlib import Path

from s2s_tasks import Tasks

talk = Path(sys.argv[1])
client = Tasks(model=sys.argv[2] if len(sys.argv) > 2 else None)

# Segments come as soon as they are settled; `value` tells how far it is.
with client.transcribe.stream(talk, timestamps="segment") as stream:
    for piece in stream:
        so_far = piece.value
        print(f"{so_far['heard']:.0f} of {so_far['duration']:.0f} s:", piece.strip())
#> 11 of 20 s: nine eight seven
#> 11 of 20 s: six five four
#> 11 of 20 s: three two one
#> 18 of 20 s: zero
#> 18 of 20 s: one two three

result = stream.result
transcript = result.value
talk.with_suffix(".srt").write_text(transcript.to_srt(), "utf-8")
talk.with_suffix(".vtt").write_text(transcript.to_vtt(), "utf-8")
print(transcript.to_srt().split("\n\n")[0])
#> 1
#> 00:00:00,352 --> 00:00:02,528
#> nine eight seven

# What could not be understood is told, and never made up: a stretch in which the model only
# repeated itself is left out with a warning that names it, and silence is no words.
print("warnings:", *result.warnings or ["none"])
#> warnings: none

# Which word is when? For karaoke, for cutting, for a player that marks what is said.
timed = client.transcribe(talk, timestamps="word").value
for word in timed.segments[0].words[:3]:
    print(f"{word.start:.1f} s: {word.text}")
#> 0.4 s: nine
#> 1.2 s: eight
#> 2.0 s: seven
