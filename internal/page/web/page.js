// The page: what is dropped goes to the worker, what it answers is shown.
(function () {
  "use strict";
  if (!tlsready.able) { return; }
  const $ = function (id) { return document.getElementById(id); };
  const text = tlsready.text;

  // maxFiles bounds what one drop may hold: the browser keeps a handle for each.
  const maxFiles = 100000;

  const state = {
    files: [], label: null, sources: [], // what was dropped
    service: "", example: null, start: null, result: null, whatif: null, meaning: null, says: [],
    worker: null, module: null, ready: null, asked: new Map(), last: 0, alive: 0,
  };

  // --- the worker

  function launch() {
    const source = new Blob([$("worker-source").textContent], { type: "text/javascript" });
    const url = URL.createObjectURL(source);
    const worker = new Worker(url);
    const life = ++state.alive;
    state.worker = worker;
    state.asked.clear();
    state.ready = new Promise(function (resolve, reject) {
      worker.onmessage = function (event) { if (life === state.alive) { hear(event.data, resolve, reject); } };
      worker.onerror = function (event) {
        event.preventDefault();
        if (life === state.alive) { fall(event.message, reject); }
      };
    });
    state.ready.catch(function () {});
    const begin = { begin: true, module: state.module };
    if (!state.module) {
      const program = $("program");
      begin.text = program.textContent;
      begin.packed = Number(program.dataset.packed);
      begin.size = Number(program.dataset.size);
      begin.program = Number(program.dataset.program);
      begin.restored = Number(program.dataset.restored);
    }
    worker.postMessage(begin);
    state.ready.then(function () { URL.revokeObjectURL(url); });
  }

  function hear(message, resolve, reject) {
    if (message.module) {
      state.module = message.module;
      state.example = message.example;
      $("program").textContent = ""; // it is compiled
    } else if (message.ready) {
      resolve();
    } else if (message.died) {
      fall(message.died, reject);
    } else if (message.total !== undefined) {
      progress(message.done, message.total);
    } else if (message.answer && state.asked.has(message.answer.id)) {
      const done = state.asked.get(message.answer.id);
      state.asked.delete(message.answer.id);
      done(message.answer, message.data);
    }
  }

  // fall is the end of a worker: while it starts, the browser cannot run it; later,
  // memory is short.
  function fall(why, reject) {
    state.worker.terminate();
    state.alive++;
    if (!state.module) {
      reject(new Error(why));
      tlsready.tooOld(why);
      return;
    }
    idle();
    launch();
    problem({ what: text("web.problem.died") });
  }

  // send gives a message to the program, with the files that it may read from now on if
  // there are other ones, and gives its answer and the bytes of a file.
  async function send(what, files) {
    await state.ready;
    const id = ++state.last;
    const question = Object.assign({ lang: tlsready.lang }, what);
    question.question = Object.assign({ today: today() }, what.question);
    return new Promise(function (resolve) {
      state.asked.set(id, function (said, data) { resolve({ said: said, data: data }); });
      state.worker.postMessage({ id: id, question: question, files: files });
    });
  }

  // ask sends a message; answer is called with what the program says. A problem is shown.
  async function ask(what, files, answer) {
    let got;
    try { got = await send(what, files); } catch (e) { return; } // the page says why
    if (got.said.problem) {
      idle();
      problem(got.said.problem);
      return;
    }
    answer(got.said, got.data);
  }

  function today() {
    const now = new Date(), two = function (n) { return String(n).padStart(2, "0"); };
    return now.getFullYear() + "-" + two(now.getMonth() + 1) + "-" + two(now.getDate());
  }

  // --- what is shown

  function make(tag, attributes) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "text") { e.textContent = value; } else { e.setAttribute(name, value); }
    }
    for (const child of Array.prototype.slice.call(arguments, 2)) { if (child) { e.append(child); } }
    return e;
  }

  function status(words) { $("status").textContent = words || ""; }

  function problem(p) {
    $("problem").hidden = !p;
    $("problem-what").textContent = p ? p.what : "";
    $("problem-hint").textContent = p && p.hint || "";
    if (!p) { return; }
    if (p.system) { $("more").open = true; }
    $("again-line").hidden = !state.files.length;
    $("problem").scrollIntoView({ block: "nearest" });
  }

  function busy(words) {
    problem(null);
    status("");
    $("busy").hidden = false;
    $("busy-text").textContent = words;
    $("bar").removeAttribute("value");
    $("cancel").focus();
    $("busy").scrollIntoView({ block: "nearest" });
  }

  function idle() { $("busy").hidden = true; }

  function progress(done, total) {
    if (!total) { return; }
    $("busy-text").textContent = text("web.busy.judging", { done: done, total: total });
    $("bar").max = total;
    $("bar").value = done;
  }

  const screens = ["check", "whatif", "explain"];

  function screen(name) {
    for (const one of screens) {
      $(one).hidden = one !== name;
      if (one === name) { $("to-" + one).setAttribute("aria-current", "page"); } else { $("to-" + one).removeAttribute("aria-current"); }
    }
    $("result").hidden = name !== "check" || !state.result;
    $("whatif-none").hidden = Boolean(state.result);
    $("whatif-form").hidden = !state.result;
    problem(null);
    status("");
  }

  // --- what is asked

  function option(value, words) { return make("option", { value: value, text: words }); }

  // dayOf says when a service stops taking old clients.
  function dayOf(s) {
    if (!s.day) { return ""; }
    return s.days ? text("web.deadline", { day: s.day, days: s.days }) : text("web.deadline.passed", { day: s.day });
  }

  function listServices() {
    const chosen = $("service").value, other = $("whatif-service").value, system = $("system").value;
    $("service").replaceChildren(option("", text("web.ask.auto")));
    $("whatif-service").replaceChildren(option("", text("web.whatif.same")));
    for (const s of state.start.services) {
      const words = s.day ? s.name + " (" + dayOf(s) + ")" : s.name;
      $("service").append(option(s.id, words));
      $("whatif-service").append(option(s.id, words));
    }
    $("system").replaceChildren(option("", text("web.ask.system.auto")));
    for (const name of state.start.systems) { $("system").append(option(name, name)); }
    $("service").value = chosen || state.service;
    $("whatif-service").value = other;
    $("system").value = system;
    deadline();
    $("version").textContent = text("web.about", { version: tlsready.version, day: state.start.asOf });
  }

  function deadline() {
    const s = state.start && state.start.services.find(function (one) { return one.id === $("service").value; });
    if (!s) {
      $("deadline").textContent = text("web.ask.auto.note");
      return;
    }
    const parts = [dayOf(s) || text("web.nodeadline"), s.note];
    $("deadline").textContent = parts.filter(Boolean).join(" · ");
  }

  // named shows which files are chosen beside those of the machines.
  function named() {
    for (const id of ["profile", "recipe"]) { $(id + "-name").textContent = $(id).files.length ? $(id).files[0].name : ""; }
  }

  function extra(input, folder, files) {
    const file = input.files[0];
    if (!file) { return ""; }
    files.push({ path: folder + "/" + file.name, file: file });
    return folder + "/" + file.name;
  }

  // --- check

  function check() {
    const files = state.files.slice();
    const own = extra($("profile"), "service", files);
    const question = {
      sources: state.sources, label: label(), on: $("on").value, os: $("system").value, updates: $("updates").checked,
      services: own ? [own] : $("service").value ? [$("service").value] : [],
    };
    state.service = $("service").value;
    forgetResult();
    busy(text("web.busy.start"));
    ask({ do: "check", question: question }, files, function (said) {
      idle();
      show(said.result);
      $("result-title").focus();
      $("result").scrollIntoView();
    });
  }

  function label() { return state.label === null ? text("web.example.name") : state.label; }

  function show(result) {
    state.result = result;
    const n = state.files.length;
    $("dropped").textContent = text("web.dropped", { name: label(), n: n });
    $("system-missing").hidden = !result.system;
    if (result.system) { $("more").open = true; }
    $("again-line").hidden = false;
    const zip = document.querySelector("[data-download=zip]");
    zip.disabled = !result.fixes;
    zip.title = result.fixes ? "" : text("web.download.nofix");
    warnings($("warning-list"), result.warnings);
    $("warnings").hidden = !result.warnings.length;
    $("warnings-title").textContent = text("web.warnings", { n: result.warnings.length });
    showReport(result.report);
    screen("check");
    status(result.headline);
  }

  function warnings(list, all) { list.replaceChildren(...all.map(function (w) { return make("li", { text: w }); })); }

  // showReport puts the parts of the report, which is a page of its own, into this one.
  // Its scripts do not run here; what they do is done by tools.
  function showReport(html) {
    const parsed = new DOMParser().parseFromString(html.replace(/<style>[^<]*<\/style>/, ""), "text/html");
    const title = parsed.querySelector("h1");
    if (title) { title.replaceWith(make("h3", { text: title.textContent })); }
    const parts = [["header", "reporthead"], ["main", "reportmain"], ["footer", "reportfoot"]].map(function (part) {
      const box = make("div", { class: part[1] }), from = parsed.querySelector(part[0]);
      if (from) { box.append(...Array.from(from.childNodes)); }
      return box;
    });
    $("report").replaceChildren(...parts);
    tools($("report"));
  }

  // tools runs the script of the report on a part of this page.
  function tools(part) {
    reportTools({
      documentElement: document.documentElement,
      querySelectorAll: function (query) { return part.querySelectorAll(query); },
      getElementById: function (id) { return part.querySelector("#" + CSS.escape(id)); },
      createElement: function (tag) { return document.createElement(tag); },
      createRange: function () { return document.createRange(); },
      execCommand: function (command) { return document.execCommand(command); },
    });
  }

  function forgetResult() {
    state.result = state.whatif = state.meaning = null;
    $("result").hidden = true;
    $("report").replaceChildren();
    $("whatif-answer").replaceChildren();
    $("meaning").replaceChildren();
  }

  // --- files

  // take makes sources of what was dropped: one file or folder as it is; several as a
  // folder that holds them, as parts of one machine belong together.
  function take(list, name) {
    if (!list.length) {
      idle();
      problem({ what: text("web.problem.empty") });
      return;
    }
    const tops = new Set(list.map(function (one) { return one.path.split("/")[0]; }));
    const top = tops.values().next().value;
    if (tops.size === 1 && !["with", "service", "-", "files"].includes(top)) {
      state.files = list;
      state.sources = [top];
      state.label = name === undefined ? top : name;
    } else {
      state.files = list.map(function (one) { return { path: "files/" + one.path, file: one.file }; });
      state.sources = ["files"];
      state.label = name === undefined ? Array.from(tops).slice(0, 3).join(", ") + (tops.size > 3 ? ", …" : "") : name;
    }
    check();
  }

  class TooMany extends Error {}

  // maxDepth bounds folders in folders: deeper are only links that lead back.
  const maxDepth = 60;

  // walk lists the files of what was dropped. A page that was opened from a disk may not
  // read entries in Chromium, so that a file is taken as such, and a folder by its handle
  // where the browser has handles. Links are the browser's to follow.
  async function walk(items) {
    const list = [];
    let shown = 0;
    function found(path, file) {
      list.push({ path: path, file: file });
      if (list.length > maxFiles) { throw new TooMany(); }
      if (list.length - shown >= 500) {
        shown = list.length;
        $("busy-text").textContent = text("web.busy.reading", { n: shown });
      }
    }
    async function handle(folder, path, depth) {
      for await (const one of folder.values()) {
        if (one.kind === "file") { found(path + one.name, await one.getFile()); }
        else if (depth < maxDepth) { await handle(one, path + one.name + "/", depth + 1); }
      }
    }
    async function entry(one, path, depth) {
      if (one.isFile) {
        found(path + one.name, await new Promise(function (resolve, reject) { one.file(resolve, reject); }));
        return;
      }
      const reader = one.createReader();
      for (;;) {
        const some = await new Promise(function (resolve, reject) { reader.readEntries(resolve, reject); });
        if (!some.length) { return; }
        for (const inner of some) { if (depth < maxDepth) { await entry(inner, path + one.name + "/", depth + 1); } }
      }
    }
    for (const item of items) {
      const folder = item.handle && await item.handle.catch(function () { return null; });
      if (!item.entry || item.entry.isFile) { found(item.file.name, item.file); }
      else if (folder) { await handle(folder, folder.name + "/", 0); }
      else { await entry(item.entry, "", 0); }
    }
    return list;
  }

  async function drop(event) {
    event.preventDefault();
    $("drop").classList.remove("over");
    // What was dropped can be asked for only now.
    const items = Array.from(event.dataTransfer.items).filter(function (i) { return i.kind === "file"; }).map(function (i) {
      const entry = i.webkitGetAsEntry && i.webkitGetAsEntry();
      return { entry: entry, file: i.getAsFile(), handle: entry && entry.isDirectory && i.getAsFileSystemHandle ? i.getAsFileSystemHandle() : null };
    });
    const name = event.dataTransfer.files.length ? event.dataTransfer.files[0].name : "";
    screen("check");
    busy(text("web.busy.start"));
    const life = state.alive;
    let list;
    try {
      list = await walk(items);
    } catch (e) {
      idle();
      problem({ what: e instanceof TooMany ? text("web.problem.many", { limit: maxFiles }) : text("web.problem.read", { name: name }) });
      return;
    }
    if (life === state.alive) { take(list); }
  }

  function chosen(input) {
    const all = Array.from(input.files);
    input.value = "";
    if (all.length > maxFiles) {
      problem({ what: text("web.problem.many", { limit: maxFiles }) });
      return;
    }
    take(all.map(function (f) { return { path: f.webkitRelativePath || f.name, file: f }; }));
  }

  async function example() {
    busy(text("web.loading"));
    if (!state.start) { await refresh(); }
    if (!state.start) { return; } // the page says why
    idle();
    const list = state.example.map(function (f) {
      const bytes = Uint8Array.from(f.text, function (c) { return c.charCodeAt(0); });
      return { path: f.path, file: new File([bytes], f.path.split("/").pop()) };
    });
    $("service").value = "azure-backup";
    $("on").value = "2021-09-01";
    deadline();
    take(list, null);
  }

  function cancel() {
    state.worker.terminate();
    launch();
    idle();
    forgetResult();
    screen("check");
    status(text("web.cancelled"));
    $("choose-files").focus();
  }

  function clear() {
    state.files = [];
    state.sources = [];
    $("again-line").hidden = true;
    for (const id of ["profile", "recipe", "error-text", "on", "whatif-on"]) { $(id).value = ""; }
    named();
    $("updates").checked = false;
    forgetResult();
    ask({ do: "clear" }, [], function () {});
    screen("check");
    status(text("web.cleared"));
    $("choose-files").focus();
  }

  function download(format) {
    ask({ do: "download", format: format, as: [$("as").value] }, undefined, function (said, data) {
      tlsready.save(said.file.name, data, said.file.type);
      status(said.file.name + (said.file.warnings && said.file.warnings.length ? " · " + said.file.warnings.join(" · ") : ""));
    });
  }

  // --- what if

  function badge(verdict) { return make("span", { class: "badge " + verdict, text: text("verdict." + verdict) }); }

  function moved(id, list) {
    const box = make("section", { class: "moved" }, make("h3", { text: text(id, { n: list.length }) }));
    if (!list.length) {
      box.append(make("p", { text: text("web.whatif.nobody") }));
      return box;
    }
    const body = make("tbody"), reasons = list.some(function (m) { return m.why; }); // who connects has none
    for (const m of list) {
      const before = make("td", { "data-head": text("web.whatif.before") }, badge(m.before)), after = make("td", { "data-head": text("web.whatif.after") }, badge(m.after));
      const why = reasons && make("td", { "data-head": text("web.whatif.why"), text: m.why || "" });
      body.append(make("tr", {}, make("th", { scope: "row" }, make("bdi", { text: m.host })), before, after, why));
    }
    const head = make("tr", {});
    for (const one of ["host", "before", "after"].concat(reasons ? "why" : [])) { head.append(make("th", { scope: "col", text: text("web.whatif." + one) })); }
    box.append(make("table", { class: "cards" }, make("thead", {}, head), body));
    return box;
  }

  function whatif() {
    const files = state.files.slice();
    const recipe = extra($("recipe"), "with", files), service = $("whatif-service").value, on = $("whatif-on").value;
    const own = extra($("profile"), "service", files);
    const question = {
      with: recipe, on: on || (service ? "" : $("on").value), services: service ? [service] : own ? [own] : state.service ? [state.service] : [],
      os: $("system").value, updates: $("updates").checked,
    };
    busy(text("web.busy.whatif"));
    ask({ do: "whatif", question: question }, files, function (said) {
      idle();
      showWhatif(said.whatif);
      $("whatif-answer").focus();
    });
  }

  function showWhatif(w) {
    state.whatif = w;
    const take = make("button", { type: "button", text: text("web.whatif.take") });
    take.addEventListener("click", function () {
      ask({ do: "take" }, undefined, function (said) {
        $("whatif-answer").replaceChildren();
        show(said.result);
        $("result-title").focus();
      });
    });
    const notes = w.assumed.concat(w.warnings).map(function (one) { return make("p", { class: "warning", text: one }); });
    $("whatif-answer").replaceChildren(
      make("p", { class: "small muted", text: text("web.whatif.before") + ": " + w.before }),
      make("p", { class: "headline", text: text("web.whatif.after") + ": " + w.headline }),
      ...notes, moved("web.whatif.gain", w.gain), moved("web.whatif.lose", w.lose), w.other.length ? moved("web.whatif.other", w.other) : "",
      make("p", { text: text("web.whatif.unchanged", { n: w.same }) }), make("p", {}, take));
  }

  // --- error text

  function explain() {
    const pasted = $("error-text").value.trim();
    if (!pasted) {
      $("error-text").focus();
      return;
    }
    problem(null);
    $("meaning").replaceChildren();
    ask({ do: "explain", text: pasted }, undefined, function (said) {
      showMeaning(said.meaning);
      $("meaning").focus();
    });
  }

  function list(tag, items) { return make(tag, {}, ...items.map(function (i) { return make("li", {}, ...[].concat(i)); })); }

  function showMeaning(m) {
    state.meaning = m;
    const parts = [make("h3", { text: m.title })];
    if (m.note) { parts.push(make("p", { text: m.note })); }
    parts.push(make("h4", { text: text("web.explain.here") }), ...here(m));
    if (m.causes.length) {
      parts.push(make("h4", { text: text("explain.causes") }), list("ol", m.causes.map(function (c) {
        return [c.text, make("br"), make("span", { class: "muted", text: text("explain.tell", { text: c.tell }) })];
      })));
    }
    if (m.collect.length) { parts.push(make("h4", { text: text("explain.collect") }), list("ul", m.collect)); }
    if (m.also.length) { parts.push(make("h4", { text: text("explain.also") }), list("ul", m.also)); }
    if (m.sources.length) {
      parts.push(make("h4", { text: text("page.sources") }), list("ul", m.sources.map(function (s) {
        return [make("a", { href: s.url, rel: "noreferrer", text: s.url }), tlsready.lang === "en" && s.says ? ": " + s.says : ""];
      })));
    }
    $("meaning").replaceChildren(...parts);
  }

  function here(m) {
    if (!state.result) { return [make("p", { text: text("web.explain.here.none") })]; }
    if (!m.here.length) { return [make("p", { text: text("web.explain.here.fine") })]; }
    return m.here.map(function (h) {
      return make("p", {}, badge(h.verdict), " ", make("strong", { text: h.hosts }), ": " + h.why, h.set ? make("span", {}, " ", make("b", { text: h.set })) : "");
    });
  }

  // --- the beginning

  function refresh() {
    return ask({ do: "start" }, undefined, function (said) {
      const first = !state.start;
      state.start = said.start;
      listServices();
      status(text("web.ready"));
      if (first) { send({ do: "prepare" }); } // while the first screen is read
    });
  }

  // The words of what is shown change with the language; what the program said is asked
  // for again.
  tlsready.changed = function () {
    refresh();
    if (state.result) { ask({ do: "again" }, undefined, function (said) { const at = screens.find(function (s) { return !$(s).hidden; }); show(said.result); screen(at); }); }
    $("whatif-answer").replaceChildren();
    if (state.meaning) { explain(); }
  };

  function on(id, event, f) { $(id).addEventListener(event, f); }

  function begin() {
    $("main").hidden = false;
    $("screens").hidden = false;
    for (const name of screens) { on("to-" + name, "click", function () { screen(name); }); }
    for (const id of ["profile", "recipe"]) { on(id, "change", named); }
    on("choose-files", "click", function () { $("files").click(); });
    on("choose-folder", "click", function () { $("folder").click(); });
    on("files", "change", function () { chosen($("files")); });
    on("folder", "change", function () { chosen($("folder")); });
    on("example", "click", example);
    on("save-collector", "click", tlsready.saveCollector);
    on("service", "change", deadline);
    on("cancel", "click", cancel);
    on("clear", "click", clear);
    on("ask", "submit", function (event) { event.preventDefault(); if (state.files.length) { check(); } });
    on("whatif-form", "submit", function (event) { event.preventDefault(); whatif(); });
    on("explain-form", "submit", function (event) { event.preventDefault(); explain(); });
    document.querySelectorAll("[data-download]").forEach(function (b) { b.addEventListener("click", function () { download(b.dataset.download); }); });
    document.addEventListener("dragover", function (event) { event.preventDefault(); $("drop").classList.add("over"); });
    document.addEventListener("dragleave", function (event) { if (!event.relatedTarget) { $("drop").classList.remove("over"); } });
    document.addEventListener("drop", drop);
    tools($("how"));
    status(text("web.loading"));
    launch();
    refresh();
    if (/#(.*&)?example\b/.test(location.hash)) { example(); }
  }

  // For scripts and tests: what the page itself asks, without its screens.
  tlsready.send = send;
  begin();
})();
