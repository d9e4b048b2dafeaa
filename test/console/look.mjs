// Opens pages of the console in Chromium: node look.mjs PLAN OUT. What axe finds, by how
// much a page is too wide, what the browser's console says, and pictures if they are
// wanted go to OUT, for the Go test beside this file to judge.
import { readFileSync } from "node:fs";
import { barriers, browser, end, looks, out, plan, tooWide, watch as note, wear } from "../../internal/testkit/browser/browser.mjs";

out.walked = {};
const watch = (page) => note(page, plan.base, "data:");

// The walk of somebody new: from the empty console over a file that is dropped to a fix,
// in the other language, and to the question what else could come.
if (plan.walk) {
  const w = out.walked;
  const context = await browser.newContext({ viewport: looks.desk, locale: "en-GB", acceptDownloads: true });
  const page = await context.newPage();
  watch(page);
  await page.goto(plan.entry);
  await page.goto(plan.base + "/");
  w.empty = await page.locator(".steps > li").count();
  const reg = readFileSync(plan.walk.reg, "latin1");
  const dropped = await page.evaluateHandle(([text, name]) => {
    const all = new DataTransfer();
    all.items.add(new File([Uint8Array.from(text, (c) => c.charCodeAt(0))], name));
    return all;
  }, [reg, "FS09.reg"]);
  await Promise.all([page.waitForURL("**/add"), page.dispatchEvent("h1", "drop", { dataTransfer: dropped })]);
  w.taken = await page.locator(".headline").innerText();
  await page.click("tbody th a");
  w.host = await page.locator("h1").innerText();
  w.verdict = await page.locator(".headline").innerText();
  w.sides = await page.locator(".sides").count();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".actions button.main")]);
  await download.saveAs(plan.walk.fix);
  w.file = download.suggestedFilename();
  await page.click("form[action^='/offer/'] button");
  w.offered = await page.locator(".told[role=status]").innerText();
  w.own = await page.locator("form[action^='/decide/']").count();
  await page.click(".who a[hreflang=ja]");
  w.japanese = await page.locator("html").getAttribute("lang") + " " + await page.locator(".headline").innerText();
  await page.click("nav a[href='/what-if']");
  await page.check("input[value='TLS 1.3']");
  await page.click("form[action='/what-if'] button");
  w.whatIf = await page.locator(".headline").innerText();
  await page.goto(plan.base + "/hosts");
  const [answer] = await Promise.all([page.waitForResponse((r) => r.url().includes("q=nowhere")), page.fill("input[name=q]", "nowhere")]);
  await page.waitForFunction(() => document.querySelectorAll("#found tbody tr").length === 0);
  w.live = answer.status() + " " + new URL(page.url()).searchParams.get("q") + " " + await page.evaluate(() => document.activeElement.name);
  await context.close();

  // The same without a script: the form for files, the example, the filter.
  const plain = await (await browser.newContext({ javaScriptEnabled: false, locale: "en-GB" })).newPage();
  watch(plain);
  await plain.goto(plan.entry);
  await plain.goto(plan.base + "/add");
  await plain.setInputFiles("input[type=file]", plan.walk.lines);
  await plain.click("form.drop button");
  w.lines = await plain.locator(".headline").innerText();
  await plain.goto(plan.base + "/add");
  await plain.click("form[action='/add/example'] button");
  w.example = await plain.locator(".headline").innerText();
  await plain.goto(plan.base + "/hosts?service=azure-backup");
  await plain.fill("input[name=q]", "FS0");
  await plain.click("form[action='/hosts'] button");
  w.plain = await plain.locator("#found tbody tr").count();
  await plain.context().close();
}

for (const lang of plan.languages) {
  const context = await browser.newContext({ viewport: looks.desk, locale: lang === "ja" ? "ja-JP" : "en-GB", bypassCSP: true }); // axe is a script
  const page = await context.newPage();
  watch(page);
  await page.goto(plan.entry);
  for (const [name, path] of Object.entries(plan.pages)) {
    const answer = await page.goto(plan.base + path, { waitUntil: "load" });
    for (const [look, l] of Object.entries(looks)) {
      await wear(page, l);
      const one = { name: [name, look, lang].join("-"), status: answer.status(), lang: await page.locator("html").getAttribute("lang"), found: [] };
      one.wide = await tooWide(page);
      if (lang === plan.languages[0] && look !== "phone") { // colours and structure have no language
        one.found = await barriers(page);
      }
      if (look === "desk") { one.bytes = (await answer.body()).length; }
      out.screens.push(one);
      if (plan.images) {
        await page.screenshot({ path: plan.images + "/console-" + one.name + ".png", fullPage: plan.full });
      }
    }
    await page.setViewportSize(looks.desk);
  }
  await context.close();
}
await end();
