"use strict";
// What comes from files is put into the page as text only: there is no way from here to markup.
const data = JSON.parse(document.getElementById("data").textContent);
const RISKS = data.risks;
const byId = (id) => document.getElementById(id);

/** An element with classes, children and attributes; strings become text. */
function element(name, classes, children, attributes) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  for (const child of [].concat(children === undefined ? [] : children)) {
    made.append(typeof child === "number" ? group(child) : child);
  }
  return made;
}

function button(text, classes, act, attributes) {
  const made = element("button", classes, text, { type: "button", ...attributes });
  made.addEventListener("click", act);
  return made;
}

const numbers = new Intl.NumberFormat("en");
const group = (number) => numbers.format(number);
const several = (number, one, many) => `${group(number)} ${number === 1 ? one : many}`;
const riskMark = (name) => element("span", `risk dot-${name}`, name);

/** Text in which names in backticks are code, as in all messages of harden. */
function prose(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, at) => (at % 2 ? element("code", "", part) : part)).filter((part) => part !== "");
}

/** A link where the address is one of a page; text else. */
function pageLink(address, text) {
  if (!/^https?:\/\//.test(address)) return document.createTextNode(text);
  return element("a", "", text, { href: address, target: "_blank", rel: "noopener noreferrer" });
}

/** The details of a file, read when they are first asked for. */
const chunks = new Map();
function details(number) {
  const chunk = Math.floor(number / data.chunk);
  if (!chunks.has(chunk)) chunks.set(chunk, JSON.parse(byId(`chunk-${chunk}`).textContent));
  return chunks.get(chunk)[number % data.chunk];
}
const word = (number) => data.words[number];

function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", "", "", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** A cell of CSV that no spreadsheet takes for a formula. */
function csvCell(value) {
  const text = String(value).replace(/[\u0000-\u001f\u007f]/g, " ");
  const guarded = typeof value === "string" && /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(guarded) || guarded !== text ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
