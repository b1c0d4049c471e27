"""The look: Gradio's soft theme in our own colours, with fonts that every system has."""

from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).parent.parent / "assets"
CSS = ASSETS / "tagline.css"
FAVICON = ASSETS / "favicon.svg"
SCRIPT = ASSETS / "tagline.js"


def theme() -> gr.themes.Base:
    """Teal on slate; no font is fetched from anywhere."""
    look = gr.themes.Soft(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return look.set(**CALM)


# Plain labels and thin borders instead of Soft's coloured tags and shadows.
CALM = {
    "body_text_color_subdued": "*neutral_500",  # Soft's own is too pale to read on white
    "block_title_background_fill": "none",
    "block_title_text_color": "*body_text_color",
    "block_title_padding": "0",
    "block_label_background_fill": "*block_background_fill",
    "block_label_text_color": "*body_text_color_subdued",
    "block_label_border_width": "0",
    "block_border_width": "1px",
    "block_border_color": "*border_color_primary",
    "block_shadow": "none",
    "input_border_width": "1px",
    "input_border_color": "*border_color_primary",
    "input_shadow": "none",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "button_small_text_weight": "400",
    "button_large_text_weight": "600",
    "button_large_text_size": "*text_md",
    "checkbox_label_shadow": "none",
    "checkbox_label_border_width": "1px",
}
CALM |= {
    f"{name}_dark": value
    for name, value in CALM.items()
    if name.endswith(("fill", "color", "border_width", "shadow"))
}
