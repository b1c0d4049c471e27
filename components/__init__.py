"""The browser face. With app.py, the only code that knows gradio."""
