"""The kinds of value that go into a task (`inputs`) and come out of one (`outputs`).

Tasks are many and change; kinds are few and stay. A widget, an encoding and a renderer belong to a
kind, never to a task. Input kinds are annotated types for pydantic fields; output kinds annotate
the documented wire shape and own a distance, by which a faster backend is judged (`distances`).
"""
