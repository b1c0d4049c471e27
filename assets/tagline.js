// Keys and small messages of the page. Gradio calls this once the page stands.
() => {
  const press = (id) => {
    const button = document.getElementById(id);
    if (button && button.offsetParent !== null && !button.disabled) button.click();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) press("run");
    if (event.key === "Escape") press("stop");
  });
  window.tagline = {
    toast() {
      const button = document.getElementById("link"), text = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = text), 1500);
    },
  };
}
