// Walks through consoles in Chromium and opens their pages: what was seen on the way, what
// axe finds, by how much a page is too wide, what the browser's console says, and pictures
// if they are wanted go to the Go test beside this file to judge.
import { barriers, browser, end, looks, out, plan, tooWide, watch, wear } from "../../internal/testkit/browser/browser.mjs";
import { people } from "./people.mjs";
import { walk } from "./walk.mjs";

// screens opens pages in every language and look. What axe looks at, colours and structure,
// has no language; the dark colours are those of a few pages.
async function screens(base, entry, signedIn, pages) {
  for (const lang of plan.languages) {
    const open = async (state) => {
      const locale = lang === "ja" ? "ja-JP" : "en-GB";
      const page = await (await browser.newContext({ viewport: looks.desk, locale, bypassCSP: true, storageState: state })).newPage(); // axe is a script
      watch(page, base, "data:");
      if (entry) { await page.goto(entry); }
      return page;
    };
    const somebody = await open(signedIn), nobody = await open();
    for (const one of pages) { await screen(one.plain ? nobody : somebody, base, lang, one); }
    for (const page of [somebody, nobody]) { await page.context().close(); }
  }
}

async function screen(page, base, lang, { name, path, dark }) {
  const answer = await page.goto(base + path, { waitUntil: "load" });
  for (const [look, l] of Object.entries(looks)) {
    await wear(page, l);
    const one = { name: [name, look, lang].join("-"), status: answer.status(), lang: await page.locator("html").getAttribute("lang"), found: [] };
    one.wide = await tooWide(page);
    if (lang === plan.languages[0] && (look === "desk" || look === "dark" && dark)) { one.found = await barriers(page); }
    if (look === "desk") { one.bytes = (await answer.body()).length; }
    out.screens.push(one);
    if (plan.images) {
      await page.screenshot({ path: plan.images + "/console-" + one.name + ".png", fullPage: plan.full });
    }
  }
  await page.setViewportSize(looks.desk);
}

await screens(plan.walk.base, plan.walk.entry, undefined, [{ name: "empty", path: "/", dark: true }]);
const [walked, met] = await Promise.all([walk(plan.walk), people(plan.people)]);
out.walked = walked;
out.people = met.walked;
await screens(plan.people.base, "", await met.admin.storageState(), plan.pages);
await end();
