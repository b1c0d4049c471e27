"""Where loaded models live. The rest of the app knows only `Engine`."""
