"""
Speech with local models: sound to windows, windows to tokens, tokens to segments with times.

Everything here is the same for every engine. An engine (`engine.Ear`) encodes and decodes
windows of sound and knows neither recordings nor tasks.
"""
