// Opens the page in Chromium and does with it what the plan says: node drive.mjs PLAN OUT.
// Everything that was found goes to OUT, for the Go test beside this file to judge.
import { readFileSync } from "node:fs";
import { barriers, browser, end, looks as usual, out, plan, tooWide, watch, wear } from "../../internal/testkit/browser/browser.mjs";

Object.assign(out, { cases: [], zips: [], flows: [], times: {}, walk: [] });

async function open(address, options, old) {
  const context = await browser.newContext(Object.assign({ viewport: { width: 1200, height: 900 }, acceptDownloads: true }, options));
  const page = await context.newPage();
  watch(page, "blob:", plan.page);
  if (old) {
    await page.addInitScript(() => { delete globalThis.WebAssembly; });
    await page.goto(plan.page + address);
    return page;
  }
  const begun = Date.now();
  await page.goto(plan.page + (address || ""));
  await page.waitForFunction(() => document.getElementById("version").textContent !== "", null, { timeout: 60000 });
  page.took = Date.now() - begun;
  return page;
}

// dropped drags what lies at paths of this machine onto the page, and lets it go there.
async function dropped(page, paths) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const at = await page.locator("#drop").boundingBox();
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: at.x + at.width / 2, y: at.y + at.height / 2, data });
  }
  await session.detach();
}

// shown waits until a run has ended.
async function shown(page) {
  await page.waitForFunction(() => document.getElementById("busy").hidden && (!document.getElementById("result").hidden || !document.getElementById("problem").hidden), null, { timeout: 120000, polling: 5 });
}

// send asks the page's own program, with files as [path, base64].
function send(page, what, files) {
  return page.evaluate(async ([what, files]) => {
    const list = files && files.map(([path, data]) => ({ path, file: new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], path.split("/").pop()) }));
    const got = await tlsready.send(what, list);
    let data = null;
    if (got.data) {
      let text = "";
      for (let i = 0; i < got.data.length; i += 32768) { text += String.fromCharCode.apply(null, got.data.subarray(i, i + 32768)); }
      data = btoa(text);
    }
    return { said: got.said, data };
  }, [what, files]);
}

// The looks under which a screen is seen; those with axe are searched for what stands in
// the way of people who use the page otherwise. "zoomed" is 200 % on a small desk.
const looks = {
  ...usual, desk: { ...usual.desk, axe: true }, dark: { ...usual.dark, axe: true }, zoomed: { width: 600, height: 450 },
};

// look sees a screen under every look: what axe finds, by how much it is too wide, and a
// picture if they are wanted.
async function look(page, screen, lang, part) {
  for (const [name, l] of Object.entries(looks)) {
    await wear(page, l);
    const one = { name: [screen, lang, name].join(" "), wide: await tooWide(page), found: [] };
    if (l.axe && !plan.images && !(l.dark && lang === "ja")) { // colours have no language
      one.found = await barriers(page);
    }
    out.screens.push(one);
    if (plan.images && name !== "zoomed") {
      const path = plan.images + "/page-" + screen + "-" + name + "-" + lang + ".png";
      await page.evaluate((part) => { if (part) { document.querySelector(part).scrollIntoView(); } else { scrollTo(0, 0); } }, part);
      await page.screenshot({ path });
    }
  }
}

const flows = {
  // Every case through one page.
  async cases() {
    const page = await open("");
    out.times.ready = page.took;
    for (const c of plan.cases) {
      const one = { name: c.name };
      const begun = Date.now();
      const got = await send(page, { do: "check", lang: "en", question: c.question }, c.files);
      one.ms = Date.now() - begun;
      if (got.said.problem) {
        one.problem = got.said.problem.what;
        one.japanese = (await send(page, { do: "check", lang: "ja", question: c.question })).said.problem.what;
      }
      else { one.json = (await send(page, { do: "download", lang: "en", format: "json" })).data; }
      if (!got.said.problem && c.zip) { one.zip = (await send(page, { do: "download", lang: c.lang || "en", format: "zip", as: c.zip })).data; }
      if (!got.said.problem && c.zip) { one.html = (await send(page, { do: "download", lang: c.lang, format: "html" })).data; }
      if (!got.said.problem && c.zip) { one.csv = (await send(page, { do: "download", lang: c.lang, format: "csv" })).data; }
      out.cases.push(one);
    }
    await page.context().close();
  },

  // Each screen as a person sees it, in both languages.
  async screens() {
    for (const lang of ["en", "ja"]) {
      const page = await open("#lang=" + lang);
      await look(page, "start", lang);
      await page.click("#how > summary");
      await page.click("#more > summary");
      await look(page, "open", lang);
      await page.click("#how > summary");
      await page.click("#more > summary");
      await page.click("#example");
      await page.waitForSelector("#report .tiles");
      await page.evaluate(() => { document.querySelector("#report details.group").open = true; });
      await look(page, "result", lang, "#result");
      await page.click("#to-whatif");
      await page.setInputFiles("#recipe", plan.recipe);
      await page.click("#whatif-ask");
      await page.waitForSelector("#whatif-answer .moved");
      await look(page, "whatif", lang);
      await page.click("#to-explain");
      await page.fill("#error-text", "The request was aborted: Could not create SSL/TLS secure channel");
      await page.click("#explain-form button");
      await page.waitForSelector("#meaning h3");
      await look(page, "explain", lang);
      await page.click("#to-check");
      await page.setInputFiles("#files", plan.wrong);
      await page.waitForSelector("#problem:not([hidden])");
      await look(page, "problem", lang);
      await page.context().close();
    }
  },

  // What a person does, by the keyboard alone.
  async keyboard() {
    const page = await open("#lang=en");
    const at = () => page.evaluate(() => document.activeElement.id);
    const reach = async (id) => {
      for (let i = 0; i < 60; i++) {
        if (await at() === id) { return true; }
        await page.keyboard.press("Tab");
      }
      return false;
    };
    const steps = [];
    steps.push(await reach("example"));
    await page.keyboard.press("Enter");
    await page.waitForSelector("#report .tiles");
    steps.push(await at() === "result-title");
    steps.push((await page.textContent("#deadline")).includes("2021-09-01"));
    const [file] = await Promise.all([page.waitForEvent("download"), (async () => { await page.focus("[data-download=csv]"); await page.keyboard.press("Enter"); })()]);
    steps.push(file.suggestedFilename() === "tlsready.csv" && readFileSync(await file.path(), "utf8").includes("FS01"));
    await page.focus("#clear");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.getElementById("status").textContent !== "" && document.getElementById("result").hidden);
    steps.push(await page.evaluate(() => !document.body.textContent.includes("osaka/FS01")));
    out.flows.push({ name: "keyboard", steps });
    await page.context().close();
  },

  // The address alone: an example at once, in Japanese.
  async address() {
    const page = await open("#example&lang=ja");
    await page.waitForSelector("#report .tiles");
    const title = await page.textContent("#result-title");
    await page.click("#lang-en");
    await page.waitForFunction(() => document.querySelector("#report .headline").textContent.includes("HOSTS"));
    out.flows.push({ name: "address", steps: [title === "判定結果", await page.evaluate(() => document.documentElement.lang) === "en", (await page.textContent("#dropped")).includes("example fleet")] });
    await page.context().close();
  },

  // A browser without WebAssembly, as Internet Explorer is: what to do there, and the
  // collector to save.
  async old() {
    const page = await open("#lang=ja", {}, true);
    const steps = [await page.isVisible("#old"), await page.isHidden("#main"), (await page.textContent("#old-title")).includes("ブラウザー"), (await page.textContent("#old-text")).startsWith("@echo off")];
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("#old-save")]);
    out.collector = readFileSync(await file.path()).toString("base64");
    steps.push(file.suggestedFilename() === "collect.cmd");
    await look(page, "old", "ja");
    out.flows.push({ name: "old", steps });
    await page.context().close();
  },

  // No scripts at all, as an administrator's browser on a server may be set.
  async plain() {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(plan.page);
    const words = await page.innerText("body");
    out.flows.push({ name: "plain", steps: [words.includes("@echo off"), words.includes("JavaScript"), /[ぁ-ん]/.test(words), await page.isHidden("#main"), await page.isHidden("#old")] });
    await context.close();
  },

  // Files and folders that are dragged from the desk of the machine and dropped, as the
  // browser itself gives them.
  async drag() {
    const page = await open("#lang=en");
    const steps = [];
    for (const d of plan.drops) {
      await dropped(page, d.paths);
      await shown(page);
      const words = await page.innerText("#main");
      steps.push(d.says.every((w) => words.includes(w)) || "not said of " + d.paths + ": " + d.says + ": " + words.slice(0, 1500));
      await page.evaluate(() => { document.getElementById("clear").click(); });
      await page.waitForFunction(() => document.getElementById("result").hidden);
    }
    out.flows.push({ name: "drag", steps: steps.map((s) => s === true), words: steps.filter((s) => s !== true).join("\n") });
    await page.context().close();
  },

  // An administrator, from opening the page to the unpacked files, in Japanese.
  async walk() {
    const page = await open("#lang=ja");
    const steps = [];
    let begun = Date.now();
    const step = (name, ms) => { out.walk.push({ name, ms: ms === undefined ? Date.now() - begun : ms }); begun = Date.now(); };
    step("open", page.took);
    await dropped(page, plan.drops[0].paths);
    await shown(page);
    step("drop");
    await page.selectOption("#service", "azure-backup");
    steps.push((await page.textContent("#deadline")).includes("2021-09-01"));
    await page.click("#again");
    await shown(page);
    step("service");
    steps.push((await page.textContent("#report .headline")).includes("台"));
    await page.click("#report details.group > summary");
    const copy = page.locator("#report details.group[open] .copyhead button").first();
    await copy.click();
    await page.waitForFunction(() => Array.from(document.querySelectorAll("#report .copyhead button")).some((b) => b.textContent.includes("コピーしました")));
    step("copy");
    await page.click("#to-whatif");
    await page.setInputFiles("#recipe", plan.recipe);
    await page.click("#whatif-ask");
    await page.waitForSelector("#whatif-answer .moved");
    step("whatif");
    await page.click("#to-check");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-download=zip]")]);
    out.zip = readFileSync(await file.path()).toString("base64");
    step("zip");
    out.flows.push({ name: "walk", steps });
    await page.context().close();
  },

  // A run that is cancelled leaves nothing, and the page works on.
  async cancel() {
    const page = await open("#lang=en");
    await page.setInputFiles("#folder", plan.many);
    await page.waitForFunction(() => !document.getElementById("busy").hidden, null, { timeout: 120000 });
    await page.click("#cancel");
    const steps = [await page.isHidden("#busy"), await page.isHidden("#result"), (await page.textContent("#status")).startsWith("Cancelled")];
    await page.click("#example");
    await page.waitForSelector("#report .tiles");
    steps.push(await page.isVisible("#result"));
    out.flows.push({ name: "cancel", steps });
    await page.context().close();
  },

  // Names with markup are text; a file of 2 GB is refused without being read.
  async hostile() {
    const page = await open("#lang=en");
    const markup = "<img src=x onerror=alert(1)>";
    const got = await send(page, { do: "check", lang: "en", question: { sources: ["files"], label: markup } }, [["files/" + markup + ".json", plan.snapshot]]);
    const steps = [got.said.result.report.includes("&lt;img src=x") && !got.said.result.report.includes("<img")];
    const begun = Date.now();
    await page.setInputFiles("#files", plan.huge);
    await page.waitForSelector("#problem:not([hidden]), #report .headline", { timeout: 60000 });
    out.times.huge = Date.now() - begun;
    const words = await page.evaluate(() => document.getElementById("main").textContent);
    steps.push(/2147483648|2,147,483,648/.test(words));
    out.flows.push({ name: "hostile", steps });
    await page.context().close();
  },

  // Figures, in milliseconds.
  async figures() {
    const page = await open("");
    out.times.ready = page.took;
    const timed = async (name, input, files, done) => {
      const begun = Date.now();
      await page.setInputFiles(input, files);
      await shown(page);
      out.times[name] = Date.now() - begun;
      out.flows.push({ name, steps: [await page.isVisible("#result")], words: await page.textContent("#problem-what") });
      await page.evaluate(() => { document.getElementById("clear").click(); });
      await page.waitForFunction(() => document.getElementById("result").hidden);
    };
    for (const f of plan.figures) { await timed(f.name, f.input, f.files); }
    await page.context().close();
  },
};

for (const name of plan.flows) { await flows[name](); }
await end();
