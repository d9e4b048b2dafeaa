// The walk of somebody new: from the empty console over a file that is dropped to a fix,
// in the other language, and to the question what else could come. Then without a script.
import { readFileSync } from "node:fs";
import { browser, follow, looks, watch as note } from "../../internal/testkit/browser/browser.mjs";

// walk goes through an empty console, and gives what it saw.
export async function walk({ base, entry, reg, fix, lines }) {
  const w = {};
  const context = await browser.newContext({ viewport: looks.desk, locale: "en-GB", acceptDownloads: true });
  const page = await context.newPage();
  note(page, base, "data:");
  await page.goto(entry);
  await page.goto(base + "/");
  w.empty = await page.locator(".steps > li").count();
  const dropped = await page.evaluateHandle(([text, name]) => {
    const all = new DataTransfer();
    all.items.add(new File([Uint8Array.from(text, (c) => c.charCodeAt(0))], name));
    return all;
  }, [readFileSync(reg, "latin1"), "FS09.reg"]);
  await Promise.all([page.waitForURL("**/add"), page.dispatchEvent("h1", "drop", { dataTransfer: dropped })]);
  w.taken = await page.locator(".headline").innerText();
  await follow(page, "tbody th a");
  w.host = await page.locator("h1").innerText();
  w.verdict = await page.locator(".headline").innerText();
  w.sides = await page.locator(".sides").count();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".actions button.main")]);
  await download.saveAs(fix);
  w.file = download.suggestedFilename();
  await follow(page, "form[action^='/offer/'] button");
  w.offered = await page.locator(".told[role=status]").innerText();
  w.own = await page.locator("form[action^='/decide/']").count();
  await follow(page, ".who a[hreflang=ja]");
  w.japanese = await page.locator("html").getAttribute("lang") + " " + await page.locator(".headline").innerText();
  await follow(page, "nav a[href='/what-if']");
  await page.check("input[value='TLS 1.3']");
  await follow(page, "form[action='/what-if'] button");
  w.whatIf = await page.locator(".headline").innerText();
  await page.goto(base + "/hosts");
  const [answer] = await Promise.all([page.waitForResponse((r) => r.url().includes("q=nowhere")), page.fill("input[name=q]", "nowhere")]);
  await page.waitForFunction(() => document.querySelectorAll("#found tbody tr").length === 0);
  w.live = answer.status() + " " + new URL(page.url()).searchParams.get("q") + " " + await page.evaluate(() => document.activeElement.name);

  // Jobs: one that waits for a site, one that cannot be done, seen as it happens.
  await page.goto(base + "/jobs");
  await follow(page, "#run-branches");
  w.ordered = await page.locator(".told").innerText();
  await follow(page, "#run-list");
  await page.locator("#jobs tbody .badge.fails").first().waitFor();
  w.nobody = await page.locator("#jobs").innerText();
  await follow(page, "#run-branches");
  w.refused = await page.locator(".headline").innerText();
  await context.close();

  // The same without a script: the form for files, the example, the filter.
  const plain = await (await browser.newContext({ javaScriptEnabled: false, locale: "en-GB" })).newPage();
  note(plain, base, "data:");
  await plain.goto(entry);
  await plain.goto(base + "/add");
  await plain.setInputFiles("input[type=file]", lines);
  await follow(plain, "form.drop button");
  w.lines = await plain.locator(".headline").innerText();
  await plain.goto(base + "/add");
  await follow(plain, "form[action='/add/example'] button");
  w.example = await plain.locator(".headline").innerText();
  await plain.goto(base + "/hosts?service=azure-backup");
  await plain.fill("input[name=q]", "FS0");
  await follow(plain, "form[action='/hosts'] button");
  w.plain = await plain.locator("#found tbody tr").count();
  await plain.goto(base + "/what-if?service=azure-backup");
  await plain.check("input[value='TLS 1.3']");
  await follow(plain, "form[action='/what-if'] button");
  w.plainWhatIf = await plain.locator(".headline").innerText();
  await plain.context().close();
  return w;
}
