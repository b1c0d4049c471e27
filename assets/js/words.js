// The words of the scripts. The server puts `window.tagline.texts` before it.
window.tagline.say = (key, fields = {}) =>
  window.tagline.texts[key].replace(/\{(\w+)\}/g, (_, name) => fields[name]);
