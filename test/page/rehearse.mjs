// Visits a rehearsal server with Chromium, as people in both languages do: node
// rehearse.mjs PLAN OUT; the plan is the server's address.
import { barriers, browser, end, follow, looks, out, plan as url, tooWide, watch, wear } from "../../internal/testkit/browser/browser.mjs";

for (const [locale, other] of [["en-GB", "ja"], ["ja-JP", "en"]]) {
  const context = await browser.newContext({ locale, ignoreHTTPSErrors: true, viewport: looks.desk });
  const page = await context.newPage();
  watch(page, url, "data:");
  await page.goto(url);
  for (const [name, look] of Object.entries(looks)) {
    await wear(page, look);
    const one = await page.evaluate(() => ({
      lang: document.documentElement.lang, head: document.querySelector("h1").textContent, text: document.querySelector("main").innerText,
      styled: getComputedStyle(document.querySelector("h1")).borderLeftWidth !== "0px",
    }));
    out.screens.push({ ...one, name, wide: await tooWide(page), found: await barriers(page) });
  }
  await follow(page, `a[hreflang=${other}]`);
  out.screens.push(await page.evaluate(() => ({ name: "switched", lang: document.documentElement.lang, head: document.querySelector("h1").textContent, text: "", wide: 0, styled: true, found: [] })));
  await context.close();
}
await end();
