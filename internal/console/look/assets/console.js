// What the pages do beside htmx: files that are dropped anywhere on a page go into its
// form for adding data, folders with all that is in them. Without it the form works by
// its button.
(() => {
  "use strict";
  const zone = document.querySelector("form.drop");
  if (!zone) { return; }
  const input = zone.querySelector("input[type=file]");
  const most = 5000; // files: what is more goes by the command

  const files = (event) => [...(event.dataTransfer ? event.dataTransfer.types : [])].includes("Files");

  // entries are all files below what was dropped, each with its path.
  async function entries(list) {
    const found = [], left = [...list];
    while (left.length > 0 && found.length < most) {
      const at = left.shift();
      if (at.isFile) {
        const file = await new Promise((done, failed) => at.file(done, failed));
        found.push([file, at.fullPath.replace(/^\//, "")]);
        continue;
      }
      const reader = at.createReader();
      for (;;) {
        const some = await new Promise((done, failed) => reader.readEntries(done, failed));
        if (some.length === 0) { break; }
        left.push(...some);
      }
    }
    return found;
  }

  async function taken(event) {
    const list = [...event.dataTransfer.items].map((i) => i.webkitGetAsEntry && i.webkitGetAsEntry()).filter(Boolean);
    if (list.length === 0) { input.files = event.dataTransfer.files; return; }
    const all = new DataTransfer();
    for (const [file, path] of await entries(list)) {
      // A form sends the names of files alone: the path goes along as the name.
      all.items.add(new File([file], path, { type: file.type, lastModified: file.lastModified }));
    }
    input.files = all.files;
  }

  let inside = 0;
  document.addEventListener("dragenter", (e) => { if (files(e)) { inside++; zone.classList.add("over"); } });
  document.addEventListener("dragleave", (e) => { if (files(e) && --inside <= 0) { inside = 0; zone.classList.remove("over"); } });
  document.addEventListener("dragover", (e) => { if (files(e)) { e.preventDefault(); } });
  document.addEventListener("drop", async (e) => {
    if (!files(e)) { return; }
    e.preventDefault();
    inside = 0;
    zone.classList.remove("over");
    await taken(e);
    if (input.files.length > 0) { zone.requestSubmit(); }
  });
})();
