"""What ``make bench`` holds a wrapper against: a module a module of ``models/``.

Each has ``bare(segmenter, image)``: a call of the library alone, ready to be timed, on the network
the wrapper has loaded and with the photo in that form the library takes which is nearest to ours.
Its docstring says what that is.
"""
