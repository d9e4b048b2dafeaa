// What the drives over pages in Chromium share. A drive is run by Drive of drive.go: its
// plan comes from there, and what it puts into "out" goes back.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(given.modules + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const plan = given.plan;

// requests are what was asked of others, console is what the browser complained of.
export const out = { requests: [], console: [], screens: [] };

// patience is how long anything may take on a busy machine, in milliseconds.
const patience = 180_000;

export const browser = await chromium.launch({
  executablePath: given.browser, timeout: patience,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});

const newContext = browser.newContext.bind(browser);
browser.newContext = async (options) => {
  const context = await newContext(options);
  context.setDefaultTimeout(patience);
  return context;
};

// The looks under which a screen is seen.
export const looks = {
  desk: { width: 1200, height: 900 }, dark: { width: 1200, height: 900, dark: true }, phone: { width: 390, height: 800 },
};

// watch notes what a page, the only one of its context, complains of, and what is asked of
// addresses that do not begin with one of its own.
export function watch(page, ...own) {
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") { out.console.push(m.text()); } });
  page.on("pageerror", (e) => out.console.push(String(e)));
  page.context().on("request", (r) => { if (!own.some((begin) => r.url().startsWith(begin))) { out.requests.push(r.url()); } });
}

// follow clicks on what leads to another page, or to the same page anew, and waits for it:
// a click alone ends before the page comes.
export async function follow(page, what) {
  const at = typeof what === "string" ? page.locator(what).first() : what;
  await Promise.all([page.waitForEvent("load"), at.click()]);
}

// wear gives a page one of the looks.
export async function wear(page, look) {
  await page.setViewportSize({ width: look.width, height: look.height });
  await page.emulateMedia({ colorScheme: look.dark ? "dark" : "light" });
}

// tooWide is by how many pixels a page has to be scrolled sideways.
export function tooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

// barriers are what axe finds in the way of people who use a page otherwise.
export async function barriers(page) {
  if (!await page.evaluate(() => "axe" in globalThis)) { await page.evaluate(axe); }
  return page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"], preload: false })).violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")));
}

// end closes the browser and hands over what was found.
export async function end() {
  await browser.close();
  writeFileSync(process.argv[3], JSON.stringify(out));
}
