(function () {
  "use strict";
  var root = document.documentElement, words = root.dataset;
  var all = function (query, from) { return Array.prototype.slice.call((from || document).querySelectorAll(query)); };
  var groups = all("details.group").map(function (g) {
    return { node: g, text: g.querySelector("summary").textContent.toLowerCase(), verdict: g.dataset.verdict, rows: null };
  });
  var box = document.getElementById("filter"), shown = document.getElementById("shown");

  function rowsOf(g) {
    if (!g.rows) {
      g.rows = all("[data-host]", g.node).map(function (r) { return { node: r, name: r.cells[0].textContent, text: r.textContent.toLowerCase() }; });
    }
    return g.rows;
  }

  function filter() {
    var want = box.value.trim().toLowerCase(), seen = new Set(), on = {};
    all("input[data-verdict]").forEach(function (c) { on[c.dataset.verdict] = c.checked; });
    groups.forEach(function (g) {
      var whole = !want || g.text.indexOf(want) >= 0, hits = 0;
      rowsOf(g).forEach(function (r) {
        var hit = !want || r.text.indexOf(want) >= 0;
        hits += hit ? 1 : 0;
        r.hit = hit;
      });
      if (!hits && whole) {
        hits = g.rows.length;
        g.rows.forEach(function (r) { r.hit = true; });
      }
      g.rows.forEach(function (r) { if (r.node.hidden === r.hit) { r.node.hidden = !r.hit; } });
      g.node.hidden = !hits || !on[g.verdict];
      if (!g.node.hidden) { g.rows.forEach(function (r) { if (r.hit) { seen.add(r.name); } }); }
    });
    shown.textContent = words.shown.replace("{n}", seen.size);
  }

  function copy(pre, button) {
    var done = function () {
      button.textContent = words.copied;
      setTimeout(function () { button.textContent = words.copy; }, 1500);
    };
    var old = function () {
      var range = document.createRange(), selection = getSelection();
      range.selectNodeContents(pre);
      selection.removeAllRanges();
      selection.addRange(range);
      if (document.execCommand("copy")) { done(); }
    };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(pre.textContent).then(done, old);
    } else { old(); }
  }

  all("pre.copy").forEach(function (pre) {
    var head = pre.previousElementSibling, button = document.createElement("button");
    button.type = "button";
    button.textContent = words.copy;
    button.addEventListener("click", function () { copy(pre, button); });
    if (head && head.className === "copyhead") { head.appendChild(button); } else { pre.parentNode.insertBefore(button, pre); }
  });

  function reveal() {
    var at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (; at; at = at.parentElement) { if (at.tagName === "DETAILS") { at.open = true; } }
  }

  addEventListener("hashchange", reveal);
  if (box) {
    box.addEventListener("input", filter);
    all("input[data-verdict]").forEach(function (c) { c.addEventListener("change", filter); });
    all("button[data-open]").forEach(function (b) {
      b.addEventListener("click", function () { groups.forEach(function (g) { g.node.open = b.dataset.open === "1"; }); });
    });
    document.getElementById("tools").hidden = false;
    filter();
  }
  reveal();
  root.classList.add("js");
})();
