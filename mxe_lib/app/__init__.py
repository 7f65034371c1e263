"""What a person with a clip uses: ``analyze``.

``clip_files`` reads folders of frames and animations, and ``videos`` videos. ``whose_face`` finds the face and sees
that it stays, ``movement`` cuts the frames to it, ``spot`` finds the apex, ``verdict_files`` says where the verdict
goes. ``rebuild`` trains the shipped models again. May import: everything.
"""
