// Visits a rehearsal server with Chromium, as people in both languages do:
// node rehearse.mjs MODULES BROWSER URL, what was found goes to standard output.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, executablePath, url] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const out = { requests: [], console: [], screens: [] };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"] });
for (const [locale, other] of [["en-GB", "ja"], ["ja-JP", "en"]]) {
  const context = await browser.newContext({ locale, ignoreHTTPSErrors: true, viewport: { width: 1200, height: 900 } });
  const page = await context.newPage();
  context.on("request", (r) => { if (!r.url().startsWith(url) && !r.url().startsWith("data:")) { out.requests.push(r.url()); } });
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") { out.console.push(m.text()); } });
  page.on("pageerror", (e) => out.console.push(String(e)));
  await page.goto(url);
  for (const look of [{ name: "desk", width: 1200 }, { name: "dark", width: 1200, dark: true }, { name: "phone", width: 390 }]) {
    await page.setViewportSize({ width: look.width, height: 900 });
    await page.emulateMedia({ colorScheme: look.dark ? "dark" : "light" });
    await page.evaluate(axe);
    out.screens.push(await page.evaluate(async (name) => ({
      name, lang: document.documentElement.lang, head: document.querySelector("h1").textContent, text: document.querySelector("main").innerText,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, styled: getComputedStyle(document.querySelector("h1")).borderLeftWidth !== "0px",
      found: (await axe.run(document, { resultTypes: ["violations"] })).violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")),
    }), look.name));
  }
  await page.click(`a[hreflang=${other}]`);
  out.screens.push(await page.evaluate(() => ({ name: "switched", lang: document.documentElement.lang, head: document.querySelector("h1").textContent, text: "", wide: 0, styled: true, found: [] })));
  await context.close();
}
await browser.close();
console.log(JSON.stringify(out));
