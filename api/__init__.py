"""The HTTP face. Its routes stand in their own FastAPI object and share Gradio's port."""
