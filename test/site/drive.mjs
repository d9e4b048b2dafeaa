// Opens pages of a site in Chromium, without a script of their own and from files: node
// drive.mjs PLAN OUT. What axe finds, by how much a page is too wide, and pictures if they
// are wanted go to OUT, for the Go test beside this file to judge.
import { barriers, browser, end, follow, looks, out, plan, tooWide, watch, wear } from "../../internal/testkit/browser/browser.mjs";

const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, bypassCSP: true }); // axe is a script
const page = await context.newPage();
watch(page, plan.site);

for (const [name, path] of Object.entries(plan.pages)) {
  await page.goto(plan.site + path);
  for (const [look, l] of Object.entries(looks)) {
    await wear(page, l);
    const one = { name: name + " " + look, wide: await tooWide(page), found: [] };
    if (look === "desk" || look === "dark" && name.endsWith("-en")) { // colours have no language
      one.found = await barriers(page);
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
watch(plain, plan.site);
await plain.goto(plan.site + "index.html");
await plain.waitForURL("**/en/index.html");
for (const link of ["nav a[href='groups.html']", "tbody th a", "tbody th a", ".language a"]) { await follow(plain, link); }
out.walked = await plain.locator("html").getAttribute("lang") + " " + await plain.locator("h1").innerText() + " " + await plain.locator(".headline").evaluate((e) => getComputedStyle(e).borderLeftWidth).catch(() => "");

await end();
