"""
What backends of local checkpoints share, whatever engine runs them. Nothing here loads one.

A Checkpoint is a folder, found and looked through before anything of it is used. Its Codec
turns text to ids and back, its Lowering a request to ids in the manner it was trained for, and
a Search says how to decode. An Engine sees ids only; Generating makes a backend of it all.
"""
