"""What a task is and how it runs. Nothing here knows gradio or HTTP."""
