// Opens pages of a site in Chromium, without a script of their own and from files: node
// drive.mjs PLAN OUT. What axe finds, by how much a page is too wide, and pictures if they
// are wanted go to OUT, for the Go test beside this file to judge.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(plan.modules + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const looks = {
  desk: { width: 1200, height: 900 }, dark: { width: 1200, height: 900, dark: true }, phone: { width: 390, height: 800 },
};

const out = { requests: [], console: [], screens: [], walked: "" };
const browser = await chromium.launch({
  executablePath: plan.browser,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, bypassCSP: true }); // axe is a script
context.on("request", (r) => { if (!r.url().startsWith(plan.site)) { out.requests.push(r.url()); } });
const page = await context.newPage();
page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") { out.console.push(m.text()); } });

for (const [name, path] of Object.entries(plan.pages)) {
  await page.goto(plan.site + path);
  await page.evaluate(axe);
  for (const [look, l] of Object.entries(looks)) {
    await page.setViewportSize({ width: l.width, height: l.height });
    await page.emulateMedia({ colorScheme: l.dark ? "dark" : "light" });
    const one = { name: name + " " + look, found: [] };
    one.wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (look === "desk" || look === "dark" && name.endsWith("-en")) { // colours have no language
      one.found = await page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"], preload: false })).violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")));
    }
    out.screens.push(one);
    if (plan.images) {
      await page.screenshot({ path: plan.images + "/site-" + name.replace(/-(..)$/, "-" + look + "-$1") + ".png", fullPage: plan.full });
    }
  }
}

// As a reader would, under the page's own policy and with scripts switched off: from the
// entry over a fix to a host, then to the other language.
const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
plain.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") { out.console.push(m.text()); } });
await plain.goto(plan.site + "index.html");
await plain.waitForURL("**/en/index.html");
await plain.click("nav a[href='groups.html']");
await plain.click("tbody th a");
await plain.click("tbody th a");
await plain.click(".language a");
out.walked = await plain.locator("html").getAttribute("lang") + " " + await plain.locator("h1").innerText() + " " + await plain.locator(".headline").evaluate((e) => getComputedStyle(e).borderLeftWidth).catch(() => "");

await browser.close();
writeFileSync(process.argv[3], JSON.stringify(out));
