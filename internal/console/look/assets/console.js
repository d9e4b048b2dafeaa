// What the pages do beside htmx: files that are dropped anywhere on a page go into its
// form for adding data, folders with all that is in them. Pages without such a form have a
// hidden one, beside a line that says so. Without this script the page for adding data
// works by its button.
(() => {
  "use strict";
  const own = document.querySelector("form.drop");
  const hidden = document.getElementById("drop-here");
  const zone = own || hidden;
  if (!zone) { return; }
  if (!own) { hidden.hidden = false; }
  const veil = document.getElementById("drop-veil");
  const input = zone.querySelector("input[type=file]");
  const wrong = document.getElementById("drop-wrong");
  const most = 5000; // files in one form: what is more goes by the command

  const files = (event) => [...(event.dataTransfer ? event.dataTransfer.types : [])].includes("Files");

  // tell says above the page why nothing is sent.
  function tell(why) {
    document.getElementById("main").prepend(wrong);
    wrong.textContent = wrong.dataset[why];
    wrong.hidden = false;
    wrong.scrollIntoView({ block: "nearest" });
  }

  // entries are all files below what was dropped, each with its path, up to one too many.
  async function entries(list) {
    const found = [], left = [...list];
    while (left.length > 0 && found.length <= most) {
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
  const over = (is) => { zone.classList.toggle("over", is); if (veil) { veil.hidden = !is; } };
  document.addEventListener("dragenter", (e) => { if (files(e)) { inside++; over(true); } });
  document.addEventListener("dragleave", (e) => { if (files(e) && --inside <= 0) { inside = 0; over(false); } });
  document.addEventListener("dragover", (e) => { if (files(e)) { e.preventDefault(); } });
  document.addEventListener("drop", async (e) => {
    if (!files(e)) { return; }
    e.preventDefault();
    inside = 0;
    over(false);
    wrong.hidden = true;
    try { await taken(e); } catch { return tell("unread"); }
    if (input.files.length > most) { return tell("many"); }
    if (input.files.length > 0) { zone.requestSubmit(); }
  });
  zone.addEventListener("submit", () => {
    if (veil) { veil.hidden = false; veil.textContent = veil.dataset.sending; }
  });
  addEventListener("pageshow", () => { if (veil) { veil.hidden = true; } }); // whoever comes back
})();
