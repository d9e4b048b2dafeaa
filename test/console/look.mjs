// Opens pages of the console in Chromium: node look.mjs PLAN OUT. What axe finds, by how
// much a page is too wide, what the browser's console says, and pictures if they are
// wanted go to OUT, for the Go test beside this file to judge.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(plan.modules + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const looks = {
  desk: { width: 1200, height: 900 }, dark: { width: 1200, height: 900, dark: true }, phone: { width: 390, height: 800 },
};
const out = { screens: [], console: [], requests: [] };
const browser = await chromium.launch({
  executablePath: plan.browser,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const watch = (page) => {
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") { out.console.push(m.text()); } });
  page.on("pageerror", (e) => out.console.push(String(e)));
  page.on("request", (r) => { if (!r.url().startsWith(plan.base) && !r.url().startsWith("data:")) { out.requests.push(r.url()); } });
};

for (const lang of plan.languages) {
  const context = await browser.newContext({ viewport: looks.desk, locale: lang === "ja" ? "ja-JP" : "en-GB", bypassCSP: true }); // axe is a script
  const page = await context.newPage();
  watch(page);
  for (const [name, path] of Object.entries(plan.pages)) {
    const answer = await page.goto(plan.base + path, { waitUntil: "load" });
    await page.evaluate(axe);
    for (const [look, l] of Object.entries(looks)) {
      await page.setViewportSize({ width: l.width, height: l.height });
      await page.emulateMedia({ colorScheme: l.dark ? "dark" : "light" });
      const one = { name: [name, look, lang].join("-"), status: answer.status(), lang: await page.locator("html").getAttribute("lang"), found: [] };
      one.wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (lang === plan.languages[0] && look !== "phone") { // colours and structure have no language
        one.found = await page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"], preload: false })).violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")));
      }
      out.screens.push(one);
      if (plan.images) {
        await page.screenshot({ path: plan.images + "/console-" + one.name + ".png", fullPage: plan.full });
      }
    }
    await page.setViewportSize(looks.desk);
  }
  await context.close();
}
await browser.close();
writeFileSync(process.argv[3], JSON.stringify(out));
