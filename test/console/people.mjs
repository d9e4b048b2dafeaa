// The walks of several people over a server with two customers: its first administrator
// closes it and lets others in, a folder is dropped, a fix is offered by one and approved by
// another, and one customer looks for the other's hosts.
import { readFileSync } from "node:fs";
import { browser, follow, looks, watch as note } from "../../internal/testkit/browser/browser.mjs";

// person is a page of somebody with a browser of their own.
async function person(base, options = {}) {
  const context = await browser.newContext({ viewport: looks.desk, locale: "en-GB", acceptDownloads: true, ...options });
  const page = await context.newPage();
  note(page, base, "data:");
  return page;
}

const headline = (page) => page.locator(".headline").innerText();

// signIn fills in the form, does something before it is sent, and says on which page that ends.
export async function signIn(page, base, name, password, before = async () => {}) {
  await page.goto(base + "/sign-in");
  await page.fill("input[name=name]", name);
  await page.fill("input[name=password]", password);
  await before();
  await follow(page, "main form button");
  return new URL(page.url()).pathname;
}

// addUser fills in the form of the page of people.
async function addUser(page, base, name, password, role, everywhere) {
  await page.goto(base + "/people");
  const form = page.locator("form[action='/people/user']");
  await form.locator("input[name=name]").fill(name);
  await form.locator("input[name=new]").fill(password);
  await form.locator("select[name=role]").selectOption(role);
  if (everywhere) { await form.locator("input[name=everywhere]").check(); }
  await follow(page, form.locator("button"));
}

// dropFolder drops a folder of this machine onto a page, as the hand of a person does.
async function dropFolder(page, folder) {
  const devtools = await page.context().newCDPSession(page);
  const drag = (type) => devtools.send("Input.dispatchDragEvent", { type, x: 600, y: 300, data: { items: [], files: [folder], dragOperationsMask: 1 } });
  await drag("dragEnter");
  await drag("dragOver");
  const veil = await page.locator("#drop-veil:visible").innerText();
  await Promise.all([page.waitForURL("**/add"), drag("drop")]);
  return veil;
}

// people goes through all of it, and gives what was seen.
export async function people({ base, entry, folder, password, other, mine, theirs, seen }) {
  const w = {};

  // The server lets everybody in until there is an administrator.
  const admin = await person(base);
  await admin.goto(entry);
  await addUser(admin, base, "admin", password, "admin", true);
  w.closed = new URL(admin.url()).pathname;
  w.wrong = await signIn(admin, base, "admin", "another password, a wrong one") + " " + await headline(admin);
  w.in = await signIn(admin, base, "admin", password);
  await addUser(admin, base, "olga", password, "operate");
  await addUser(admin, base, "boss", password, "approve");
  await admin.locator(".who select[name=tenant]").selectOption(other);
  await follow(admin, "form[action='/tenant'] button");
  await addUser(admin, base, "nora", password, "operate");
  await admin.goto(base + "/add");
  w.token = await admin.locator("pre").first().innerText();
  await follow(admin, "form[action='/people/token']:has(input[value=enrol]) button");
  w.enrol = await admin.locator(".told code").innerText();

  // A folder that is dropped on any page, with a hint while it is held over it.
  const olga = await person(base);
  await signIn(olga, base, "olga", password);
  w.hint = await olga.locator("#drop-here").isVisible();
  w.veil = await dropFolder(olga, folder);
  w.folder = await headline(olga);

  // Offered by one, who cannot approve it, and approved by another, without a script.
  await olga.goto(base + mine);
  await follow(olga, "form[action^='/offer/'] button");
  w.waits = await olga.locator(".told.unknown").innerText();
  w.olga = await olga.locator("form[action^='/decide/']").count();

  // Tags are said of one host, and of all that a list shows.
  const say = async (form, value) => {
    await form.locator("input[name=name]").fill("wave");
    await form.locator("input[name=value]").fill(value);
    await follow(olga, form.locator("button"));
  };
  await say(olga.locator("form[action^='/tag/']"), "1");
  w.tagged = await olga.locator(".told[role=status]").innerText();
  await olga.goto(base + "/hosts?service=azure-backup&site=" + theirs);
  await olga.click("#found summary");
  await say(olga.locator("form[action^='/tags']"), "2");
  await olga.goto(base + mine);
  w.tag = await olga.locator("section li", { hasText: "wave" }).innerText();
  await olga.goto(base + "/hosts?service=azure-backup&site=" + theirs + "&by=tag:wave");
  w.wave = await olga.locator("#found tbody tr").evaluateAll((rows) => rows.map((r) => r.cells[0].innerText + " " + r.cells[4].innerText));

  const boss = await person(base, { javaScriptEnabled: false });
  await signIn(boss, base, "boss", password);
  await boss.goto(base + mine);
  await follow(boss, "form[action^='/decide/'] button[value=approve]");
  w.approved = await boss.locator(".told[role=status]").innerText();
  await follow(boss, "form[action^='/offer/'] button");
  w.boss = await boss.locator("form[action^='/decide/']").count();

  // One customer looks for another's hosts: by link, by search, by export, by changing over.
  const nora = await person(base);
  await signIn(nora, base, "nora", password);
  const link = await nora.goto(base + mine);
  w.link = link.status();
  await nora.goto(base + "/hosts");
  w.hosts = await nora.locator("#found tbody th").allInnerTexts();
  await nora.goto(base + "/hosts?q=" + theirs);
  w.search = await nora.locator("#found tbody tr").count();
  const [sheet] = await Promise.all([nora.waitForEvent("download"), nora.click("a[href^='/export/hosts.csv']")]);
  w.searched = readFileSync(await sheet.path(), "utf8").trim().split("\n").length;
  w.texts = [];
  for (const at of ["/", "/endpoints", "/clients", "/jobs", "/export/hosts.jsonl", "/api/v1/hosts", "/api/v1/offers"]) {
    const answer = await nora.request.get(base + at);
    const text = await answer.text();
    if (text.includes(theirs) || text.includes(seen)) { w.texts.push(at); }
  }
  const over = await nora.request.post(base + "/tenant", { form: { tenant: "default" }, headers: { origin: base }, maxRedirects: 0 });
  await nora.goto(base + "/hosts");
  w.over = over.status() + " " + (await nora.locator("#found").innerText()).includes(theirs);

  // A key is guessed until the server waits: then a right password waits as well. An address
  // may try again each two seconds, which on a busy machine can be between guess and password.
  const guess = await person(base);
  for (let tries = 0; tries < 5 && !/too many/.test(w.wait); tries++) {
    await guess.context().clearCookies();
    await signIn(guess, base, "olga", password, async () => {
      for (let n = 0; n < 60; n++) { // more than an address may try at once
        w.often = (await guess.request.get(base + "/sign-in/link?key=" + n)).status();
      }
    });
    w.wait = await headline(guess);
  }
  await admin.locator(".who select[name=tenant]").selectOption("default");
  await follow(admin, "form[action='/tenant'] button");
  for (const page of [olga, boss, nora, guess]) { await page.context().close(); }
  return { walked: w, admin: admin.context() };
}
