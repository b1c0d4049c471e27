// A widget within a page of somebody else: a browser keeps no file of another site by its link alone,
// and would leave the page for it.
(() => {
  const keep = async (link) => {
    const answer = await fetch(link.href);
    const file = URL.createObjectURL(await answer.blob());
    Object.assign(document.createElement("a"), { href: file, download: link.download }).click();
    setTimeout(() => URL.revokeObjectURL(file), 60000);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("gradio-app a[download]");
    if (!link || !link.href.startsWith(`${window.taglineAt}/`)) return;
    event.preventDefault();
    keep(link);
  });
})();
