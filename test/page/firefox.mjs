// Opens the page in Firefox by its Marionette protocol: node firefox.mjs FIREFOX PROFILE ADDRESS PICTURE.
// (firefox-source-docs.mozilla.org/testing/marionette/Protocol.html: each message is its
// length, a colon, and JSON.) Prints what was found as JSON.
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { writeFileSync } from "node:fs";

const [firefox, profile, address, picture] = process.argv.slice(2);
const port = 10000 + Math.floor(Math.random() * 20000); // below those that systems give to whoever connects
writeFileSync(profile + "/user.js", ["marionette.port", port].map(JSON.stringify).join(", ").replace(/^/, "user_pref(") + ");\n" +
  'user_pref("app.update.enabled", false);\nuser_pref("browser.shell.checkDefaultBrowser", false);\nuser_pref("datareporting.policy.dataSubmissionEnabled", false);\n');
const browser = spawn(firefox, ["--headless", "--marionette", "--no-remote", "--profile", profile], { stdio: "ignore" });

const socket = await new Promise((resolve, reject) => {
  const until = Date.now() + 120000;
  const again = () => {
    const s = connect(port, "127.0.0.1");
    s.once("connect", () => resolve(s));
    s.once("error", (e) => { if (Date.now() > until) { reject(e); } else { setTimeout(again, 100); } });
  };
  again();
});

let held = Buffer.alloc(0), number = 0;
const waiting = new Map();
socket.on("data", (data) => {
  held = Buffer.concat([held, data]);
  for (;;) {
    const colon = held.indexOf(":");
    const length = Number(held.subarray(0, colon));
    if (colon < 0 || held.length < colon + 1 + length) { return; }
    const message = JSON.parse(held.subarray(colon + 1, colon + 1 + length));
    held = held.subarray(colon + 1 + length);
    if (Array.isArray(message)) { waiting.get(message[1])(message); }
  }
});

async function call(name, values) {
  const text = Buffer.from(JSON.stringify([0, ++number, name, values]));
  socket.write(Buffer.concat([Buffer.from(text.length + ":"), text]));
  const [, , error, result] = await new Promise((resolve) => { waiting.set(number, resolve); });
  if (error) { throw new Error(error.message); }
  return result;
}

const run = async (script) => (await call("WebDriver:ExecuteScript", { script, args: [] })).value;

async function until(script) {
  for (const end = Date.now() + 120000; Date.now() < end;) {
    const value = await run("return " + script);
    if (value) { return value; }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("never: " + script);
}

try {
  await call("WebDriver:NewSession", { capabilities: {} });
  const begun = Date.now();
  await call("WebDriver:Navigate", { url: address });
  await until("document.getElementById('version').textContent !== ''");
  const ready = Date.now() - begun;
  await until("!document.getElementById('result').hidden || !document.getElementById('problem').hidden");
  const headline = await run("return document.querySelector('#report .headline')?.textContent");
  const problem = await run("return document.getElementById('problem-what').textContent");
  const resources = await run("return performance.getEntriesByType('resource').map((r) => r.name).filter((n) => !n.startsWith('blob:'))");
  if (picture) { writeFileSync(picture, Buffer.from((await call("WebDriver:TakeScreenshot", { full: false })).value, "base64")); }
  console.log(JSON.stringify({ ready, headline, problem, resources }));
} finally {
  browser.kill();
}
