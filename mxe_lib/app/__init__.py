"""What a person with a clip uses: ``analyze``.

``clip_files`` reads folders of frames, videos and GIFs; ``rebuild`` trains the shipped models again. May import:
everything.
"""
