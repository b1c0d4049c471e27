"""The look: Gradio's soft theme in our own colours, with fonts that every system has."""

from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).parent.parent / "assets"
FAVICON = ASSETS / "favicon.svg"


def theme() -> gr.themes.Base:
    """Teal on slate; no font is fetched from anywhere."""
    look = gr.themes.Soft(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return look.set(**EVERYWHERE, **COLOURS)


# Plain labels and thin borders instead of Soft's coloured tags and shadows, light and dark alike.
PLAIN = {
    "block_title_background_fill": "none",
    "block_title_text_color": "*body_text_color",
    "block_label_background_fill": "*block_background_fill",
    "block_label_text_color": "*body_text_color_subdued",
    "block_label_border_width": "0",
    "block_info_text_color": "*body_text_color_subdued",
    "block_border_width": "1px",
    "block_border_color": "*border_color_primary",
    "block_shadow": "none",
    "input_border_width": "1px",
    "input_border_color": "*border_color_primary",
    "input_border_color_focus": "*primary_500",
    "input_shadow": "none",
    "button_primary_shadow": "none",
    "button_primary_shadow_hover": "none",
    "button_primary_shadow_active": "none",
    "button_secondary_shadow": "none",
    "button_secondary_shadow_hover": "none",
    "button_secondary_shadow_active": "none",
    "checkbox_label_shadow": "none",
    "checkbox_label_border_width": "1px",
    # White on 500 or 600 would be too pale to read (WCAG AA asks for 4.5 to 1).
    "button_primary_background_fill": "*primary_700",
    "button_primary_background_fill_hover": "*primary_800",
    "button_primary_border_color": "*primary_700",
    "button_primary_border_color_hover": "*primary_800",
    "button_primary_text_color": "white",
}
EVERYWHERE = {
    **PLAIN,
    **{f"{name}_dark": value for name, value in PLAIN.items()},
    "block_title_padding": "0",
    "block_title_text_size": "*text_sm",
    "block_radius": "*radius_md",
    "container_radius": "*radius_md",
    "input_radius": "*radius_sm",
    "button_small_text_weight": "400",
    "button_small_radius": "*radius_sm",
    "button_large_text_weight": "600",
    "button_large_text_size": "*text_md",
    "button_large_radius": "*radius_sm",
}
# A colour in the light, and the same in the dark.
PAIRS = {
    "body_background_fill": ("*neutral_50", "*neutral_950"),
    "background_fill_primary": ("white", "*neutral_900"),
    "background_fill_secondary": ("*neutral_50", "*neutral_950"),
    "body_text_color": ("*neutral_800", "*neutral_100"),
    "body_text_color_subdued": ("*neutral_600", "*neutral_400"),
    "border_color_primary": ("*neutral_200", "*neutral_800"),
    "block_background_fill": ("white", "*neutral_900"),
    "input_background_fill": ("white", "*neutral_950"),
    "input_placeholder_color": ("*neutral_500", "*neutral_400"),
    "link_text_color": ("*primary_700", "*primary_400"),
    "link_text_color_hover": ("*primary_800", "*primary_300"),
    "link_text_color_active": ("*primary_800", "*primary_300"),
    "link_text_color_visited": ("*primary_700", "*primary_400"),
    "color_accent_soft": ("*primary_50", "*primary_950"),
    "checkbox_label_background_fill": ("white", "*neutral_900"),
    "checkbox_label_background_fill_hover": ("*neutral_50", "*neutral_800"),
    "checkbox_label_background_fill_selected": ("*primary_50", "*primary_950"),
    "checkbox_label_border_color": ("*neutral_200", "*neutral_700"),
    "checkbox_label_border_color_selected": ("*primary_600", "*primary_500"),
    "checkbox_label_text_color_selected": ("*primary_900", "*primary_100"),
    "checkbox_background_color_selected": ("*primary_700", "*primary_600"),
    "checkbox_border_color": ("*neutral_400", "*neutral_500"),
    "button_secondary_background_fill": ("white", "*neutral_900"),
    "button_secondary_background_fill_hover": ("*neutral_100", "*neutral_800"),
    "button_secondary_border_color": ("*neutral_300", "*neutral_700"),
    "button_secondary_text_color": ("*neutral_700", "*neutral_200"),
}
COLOURS = {name: light for name, (light, _) in PAIRS.items()} | {
    f"{name}_dark": dark for name, (_, dark) in PAIRS.items()
}
