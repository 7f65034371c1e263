"""What a person with a clip or a long video uses: ``analyze``.

``clip_files`` reads folders of frames and animations, and ``videos`` videos: ``containers`` says which of the films in
a file, ``film_parts`` where one begins and which way it is up. ``whose_face`` finds the face and sees that it stays,
``movement`` cuts the frames to it, ``spot`` finds the apex, ``verdict_files`` says where the verdict goes. A long video
is searched by ``long_video``: ``long_reading`` reads it once, ``follow`` follows the face, ``moment_stream`` asks the
spotter, ``interval_apex`` says what an apex is worth, ``progress`` shows how far it is, ``long_files`` writes table,
JSON and time line, and ``long_page`` the page. ``rebuild`` trains the shipped models again. May import: everything.
"""
