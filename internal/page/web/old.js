// What every browser runs, also those in which the rest does not even load: the words,
// and what to do where the check cannot run. ECMAScript 5 alone.
var tlsready = (function () {
  "use strict";
  var words = JSON.parse(document.getElementById("words").textContent), lang = "en";
  var wanted = /[&?#]lang=(en|ja)\b/.exec(location.search + location.hash);
  if (wanted) { lang = wanted[1]; } else if (/^ja\b/i.test(navigator.language || navigator.userLanguage || "")) { lang = "ja"; }

  // text gives the words of an id; {name} is an argument, {n|one|many} a choice by number.
  function text(id, args) {
    var t = words[lang][id];
    if (t === undefined) { t = words.en[id] === undefined ? id : words.en[id]; }
    return t.replace(/\{([^{}|]+)(?:\|([^{}|]*)\|([^{}|]*))?\}/g, function (all, name, one, many) {
      if (!args || args[name] === undefined) { return all; }
      return one === undefined ? String(args[name]) : Number(args[name]) === 1 ? one : many;
    });
  }

  function each(query, f) { Array.prototype.forEach.call(document.querySelectorAll(query), f); }

  // show puts the words of the language on the page.
  function show() {
    document.documentElement.lang = lang;
    document.title = text("web.title");
    document.documentElement.setAttribute("data-copy", text("report.html.copy"));
    document.documentElement.setAttribute("data-copied", text("report.html.copied"));
    document.documentElement.setAttribute("data-shown", text("report.html.shown"));
    each("[data-t]", function (e) { e.textContent = text(e.getAttribute("data-t")); });
    each("[data-label]", function (e) { e.setAttribute("aria-label", text(e.getAttribute("data-label"))); });
    each(".languages button", function (b) { b.setAttribute("aria-pressed", String(b.lang === lang)); });
  }

  // save gives the user a file.
  function save(name, data, type) {
    var blob = new Blob([data], { type: type || "application/octet-stream" });
    if (navigator.msSaveOrOpenBlob) { navigator.msSaveOrOpenBlob(blob, name); return; }
    var a = document.createElement("a");
    a.href = URL.createObjectURL(blob);
    a.download = name;
    document.body.appendChild(a);
    a.click();
    document.body.removeChild(a);
    setTimeout(function () { URL.revokeObjectURL(a.href); }, 60000);
  }

  // collector is the script as cmd.exe reads it: with CR LF.
  function collector() { return document.getElementById("collector").textContent.replace(/\r?\n/g, "\r\n"); }
  function saveCollector() { save("collect.cmd", collector()); }

  function tooOld(why) {
    document.getElementById("main").hidden = true;
    document.getElementById("screens").hidden = true;
    document.getElementById("old").hidden = false;
    document.getElementById("old").removeAttribute("hidden");
    document.getElementById("old-text").textContent = document.getElementById("collector").textContent;
    document.getElementById("old-save").onclick = saveCollector;
    if (why) { document.getElementById("old").setAttribute("data-why", why); }
  }

  show();
  each(".languages button", function (b) {
    b.onclick = function () {
      lang = b.lang;
      api.lang = lang;
      show();
      if (api.changed) { api.changed(); }
    };
  });
  var able = typeof WebAssembly === "object" && typeof Worker === "function" && typeof Promise === "function" && typeof TextDecoder === "function" && "noModule" in document.createElement("script");
  if (!able) { tooOld(); }
  var api = { able: able, lang: lang, text: text, show: show, save: save, saveCollector: saveCollector, tooOld: tooOld, changed: null, version: words.version };
  return api;
})();
