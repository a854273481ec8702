"""The story that `manage.py demo` tells: a few people meet Clearance, by the public pages and the public API alone.

Nothing here touches a model: what a browser or another service could not do, the story cannot do either. The one
exception is the letters, which it opens where the demonstration's postman puts them.
"""
