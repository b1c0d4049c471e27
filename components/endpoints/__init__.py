"""The page of endpoints: a script draws it from `/v2`, and the server a task's panel over one."""
