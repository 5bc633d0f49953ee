// What every script shares: the browser, the words it says, the orders it takes.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";

const modules = process.env.HINDCAST_NODE_MODULES;
const require = createRequire(path.join(modules, "script.cjs"));

export const axeSource = () => require.resolve("axe-core/axe.min.js");

export const args = JSON.parse(process.argv[2] ?? "{}");

/** Says one thing to the test. */
export function tell(event, rest = {}) {
  process.stdout.write(`${JSON.stringify({ event, ...rest })}\n`);
}

/** Orders of the test, one at a time; null when there are no more. */
export function orders() {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Messages that trunk's page is known for and that mean nothing. */
const BENIGN = [/integrity/i, /favicon/i];

/** What a page has complained about, and what it has asked for. */
export function watch(page) {
  const log = { complaints: [], requests: [] };
  page.on("console", (message) => {
    const text = message.text();
    const bad = ["error", "warning"].includes(message.type());
    if (bad && !BENIGN.some((known) => known.test(text))) {
      log.complaints.push(`${message.type()}: ${text} (${message.location().url})`);
    }
  });
  page.on("pageerror", (error) => log.complaints.push(`uncaught: ${error.message}`));
  page.on("request", (request) => log.requests.push(`${request.method()} ${request.url()}`));
  return log;
}

/** Reports of the content security policy, as the page itself sees them. */
export async function collectPolicyReports(context) {
  await context.addInitScript(() => {
    globalThis.policyReports = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.policyReports.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
}

/** Runs a script with a browser, which may get further flags; whatever it throws is told. */
export async function run(script, flags = []) {
  let browser;
  try {
    const { chromium } = require("playwright-core");
    browser = await chromium.launch({ executablePath: process.env.HINDCAST_CHROMIUM, args: [...FLAGS, ...flags] });
    await script(browser);
  } catch (error) {
    tell("failed", { why: error.stack ?? String(error) });
    process.exitCode = 1;
  } finally {
    await browser?.close();
    process.stdin.destroy();
  }
}
