/** The lines of a patch, as pairs for two columns: { old, new }, each { number, text } or nothing; or { hunk }. */
function pairs(patch) {
  const rows = [];
  let removed = [];
  let added = [];
  let oldLine = 0;
  let newLine = 0;
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) rows.push({ old: removed[at], new: added[at] });
    removed = [];
    added = [];
  };
  const lines = patch.split("\n");
  const start = lines.findIndex((line) => line.startsWith("@@"));
  for (const line of lines.slice(start < 0 ? lines.length : start)) {
    const text = line.slice(1);
    if (line.startsWith("-")) removed.push({ number: oldLine++, text });
    else if (line.startsWith("+")) added.push({ number: newLine++, text });
    else if (line.startsWith("\\")) {
      const last = added.at(-1) || removed.at(-1) || rows.at(-1)?.new;
      if (last) last.cut = true;
    } else if (line.startsWith("@@")) {
      flush();
      const found = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
      // An empty range names the line before it.
      oldLine = Number(found[1]) + (found[2] === "0" ? 1 : 0);
      newLine = Number(found[3]) + (found[4] === "0" ? 1 : 0);
      rows.push({ hunk: `Line ${oldLine}` });
    } else if (line.startsWith(" ")) {
      flush();
      rows.push({ old: { number: oldLine++, text }, new: { number: newLine++, text }, same: true });
    }
  }
  flush();
  return rows;
}

/** The text with what differs from the other side marked. */
function marked(own, other) {
  const text = shownText(own);
  if (!other) return [text];
  const partner = shownText(other);
  let start = 0;
  const most = Math.min(text.length, partner.length);
  while (start < most && text[start] === partner[start]) start += 1;
  let end = 0;
  while (end < most - start && text[text.length - 1 - end] === partner[partner.length - 1 - end]) end += 1;
  // Lines that have little in common are easier to read without marks.
  if (start + end < most / 3 || start + end === text.length) return [text];
  return [text.slice(0, start), element("mark", "", text.slice(start, text.length - end)), text.slice(text.length - end)];
}

/** Line ends that only a machine sees are told. */
const shownText = (line) => line.text.replace(/\r$/, "␍") + (line.cut ? "  (no line end)" : "");

function side(line, other, kind, sign, first) {
  const classes = line ? kind : "gap";
  return [
    element("td", `line ${classes} ${first}`, line ? String(line.number) : ""),
    element("td", `sign ${classes}`, line && kind ? sign : ""),
    element("td", classes, line ? marked(line, kind ? other : null) : ""),
  ];
}

function columns(widths) {
  return element("colgroup", "", widths.map((name) => element("col", name)));
}

function sideBySide(patch) {
  const table = element("table", "diff", columns(["line", "sign", "", "line", "sign", ""]), { "aria-label": "Change, old text on the left, new text on the right" });
  const body = element("tbody");
  for (const row of pairs(patch)) {
    if (row.hunk) body.append(element("tr", "hunk", element("td", "", row.hunk, { colspan: 6 })));
    else {
      const kinds = row.same ? ["", ""] : ["removed", "added"];
      body.append(element("tr", "", [...side(row.old, row.new, kinds[0], "−", ""), ...side(row.new, row.old, kinds[1], "+", "middle")]));
    }
  }
  table.append(body);
  return table;
}

function unified(patch) {
  const table = element("table", "diff", columns(["line", "line", "sign", ""]), { "aria-label": "Change" });
  const body = element("tbody");
  const line = (own, other, kind, sign, old, fresh) => element("tr", "", [
    element("td", `line ${kind}`, old), element("td", `line ${kind}`, fresh), element("td", `sign ${kind}`, sign), element("td", kind, marked(own, kind ? other : null)),
  ]);
  let added = [];
  const flush = () => { body.append(...added); added = []; };
  for (const row of pairs(patch)) {
    if (row.hunk || row.same) flush();
    if (row.hunk) body.append(element("tr", "hunk", element("td", "", row.hunk, { colspan: 4 })));
    else if (row.same) body.append(line(row.old, null, "", "", String(row.old.number), String(row.new.number)));
    else {
      if (row.old) body.append(line(row.old, row.new, "removed", "−", String(row.old.number), ""));
      if (row.new) added.push(line(row.new, row.old, "added", "+", "", String(row.new.number)));
    }
  }
  flush();
  table.append(body);
  return table;
}
