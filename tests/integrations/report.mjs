// Drives the report of harden in a browser: node report.mjs PLAYWRIGHT CHROMIUM PAGE [FOLDER FOR PICTURES]
// Prints one line of JSON with what was seen; the test reads it.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [playwright, executablePath, file, pictures] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
const seen = { errors: [], requests: [], opened: [], contrast: [] };
const address = pathToFileURL(file).href;

async function open(width, height, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, acceptDownloads: true });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.errors.push(message.text()); });
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("request", (request) => { if (request.url() !== address) seen.requests.push(request.url()); });
  const start = performance.now();
  await page.goto(address);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
  seen.opened.push(Math.round(performance.now() - start));
  return page;
}

async function picture(page, name, fullPage) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
}

/** Texts in the page whose contrast with what is behind them is less than WCAG 2.2 AA asks for. */
function lowContrast() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const over = (top, below) => top.slice(0, 3).map((value, at) => value * top[3] + below[at] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const low = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !element.checkVisibility() || ["SCRIPT", "NOSCRIPT"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const [one, other] = [luminance(over(channels(style.color), ground)), luminance(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) low.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}: ${walk.currentNode.textContent.trim().slice(0, 30)}`);
  }
  return [...low];
}

const rows = (page, name) => page.locator(`#panel-${name} [role=status]`).textContent();
const focused = (page) => page.evaluate(() => `${document.activeElement.tagName}#${document.activeElement.id}.${document.activeElement.className}`);

/* With the mouse. */
for (const scheme of ["light", "dark"]) {
  const page = await open(1400, 1000, scheme);
  await picture(page, scheme, true);
  for (const name of ["work", "bases", "repositories", "files"]) {
    await page.click(`#tab-${name}`);
    seen.contrast.push(...(await page.evaluate(lowContrast)));
  }
  await picture(page, `${scheme}-files`, false);
  await page.locator("#panel-files .group button", { hasText: "review" }).click();
  await page.click("#panel-files .body .row");
  await page.waitForTimeout(250);
  await picture(page, `${scheme}-change`, false);
  seen.contrast.push(...(await page.evaluate(lowContrast)));
  await page.click("#drawer .diff-head button:nth-child(2)");
  seen.contrast.push(...(await page.evaluate(lowContrast)));
  await page.context().close();
}

/* Search, filters, other tables, files to keep. */
{
  const page = await open(1400, 1000, "light");
  await page.click("#tab-files");
  seen.all = await rows(page, "files");
  await page.fill("#panel-files input", "service-1 dockerfile");
  seen.searched = await rows(page, "files");
  seen.fits = await page.locator("#panel-files .body .row").evaluateAll((all) => all.every((row) => row.textContent.includes("service-1")));
  await page.fill("#panel-files input", "nothing has this name");
  seen.none = await page.locator("#panel-files .none").textContent();
  await page.fill("#panel-files input", "");
  await page.locator("#panel-files .group button", { hasText: "safe" }).click();
  seen.chosen = await rows(page, "files");
  await page.click("#tab-work");
  const count = await page.locator("#panel-work .body .row").first().locator(".number").first().textContent();
  await page.locator("#panel-work .body .row").first().click();
  seen.worked = [count, await rows(page, "files")];
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#panel-files .tools button", { hasText: "CSV" }).click()]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  seen.csv = Buffer.concat(parts).toString("utf8").trimEnd().split("\r\n").length - 1;
  await page.locator("#panel-files .heads button", { hasText: "Held back" }).click();
  seen.sorted = await page.locator("#panel-files .body .row").evaluateAll((all) => all.map((row) => Number(row.lastElementChild.textContent.replaceAll(",", ""))));
  seen.drawn = await page.locator("#panel-files .body .row").count();
  const start = performance.now();
  await page.locator("#panel-files .filter button").click();
  for (const letter of "service-2") await page.locator("#panel-files input").press(letter);
  seen.typing = Math.round(performance.now() - start);
  await page.click("#theme");
  seen.theme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  await page.context().close();
}

/* With nothing but the keyboard. */
{
  const page = await open(1000, 800, "light");
  const steps = [];
  for (let at = 0; at < 60; at += 1) {
    await page.keyboard.press("Tab");
    const here = await focused(page);
    steps.push(here);
    if (here.includes("#tab-")) break;
  }
  seen.reachesTabs = steps.at(-1).includes("#tab-");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  seen.tab = await focused(page);
  for (let at = 0; at < 30 && !(await focused(page)).includes(".row"); at += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("PageDown");
  const at = await page.evaluate(() => Number(document.activeElement.dataset.at));
  await page.keyboard.press("End");
  seen.moved = [at, await page.evaluate(() => Number(document.activeElement.dataset.at))];
  await page.keyboard.press("Enter");
  seen.filtered = await page.locator("#panel-files .filter").count();
  await page.waitForFunction(() => document.activeElement.closest("#panel-files .row"));
  await page.keyboard.press("Enter");
  await page.waitForSelector("#drawer[open]");
  seen.inDrawer = await focused(page);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#drawer:not([open])", { state: "attached" });
  seen.back = await focused(page);
  await page.keyboard.press("/");
  seen.search = await page.evaluate(() => document.activeElement.type);
  await page.context().close();
}

/* On a small screen nothing is wider than the screen. */
{
  const page = await open(390, 844, "light");
  await picture(page, "narrow", true);
  seen.wide = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.click("#tab-files");
  await picture(page, "narrow-files", false);
  await page.locator("#panel-files .group button", { hasText: "review" }).click();
  await page.click("#panel-files .body .row");
  await page.waitForTimeout(250);
  await picture(page, "narrow-change", false);
  seen.wideDrawer = await page.evaluate(() => document.querySelector("#details").scrollWidth);
  seen.contrast.push(...(await page.evaluate(lowContrast)));
  await page.context().close();
}

await browser.close();
console.log(JSON.stringify(seen));
