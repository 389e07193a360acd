/* What is shown of one file or repository. */
const drawer = byId("drawer");
let opened = -1;
let layoutOfDiff = "";

function show(above, title, parts) {
  byId("drawer-above").textContent = above;
  byId("drawer-title").textContent = title;
  byId("details").replaceChildren(...parts);
  byId("details").scrollTop = 0;
  if (!drawer.open) drawer.showModal();
  byId("drawer-title").focus();
}

function fixes(list) {
  return element("ul", "findings", list.map(([rule, safety, title, line, checks]) => element("li", "", [
    element("div", "first", [riskMark(word(safety)), element("span", "", prose(word(title))), element("span", "rule code", `${word(rule)}, line ${line}`)]),
    ...(checks.length ? [element("ul", "", checks.map(([what, why]) => element("li", "", [...(what === title ? [] : [element("b", "", [...prose(word(what)), ": "])]), ...prose(word(why))])))] : []),
  ])));
}

function left(list) {
  return element("ul", "findings", list.map(([rule, kind, message, line, texts]) => element("li", "", [
    element("div", "first", [element("span", `risk dot-${word(kind) === "left_out" ? "empty" : word(kind)}`, word(kind).replace("_", " ")),
      element("span", "", prose(word(message))), element("span", "rule code", `${word(rule)}, line ${line}`)]),
    ...(texts.length ? [element("ul", "", texts.map((one) => element("li", "", prose(word(one)))))] : []),
  ])));
}

function change(patch) {
  const place = element("div");
  const narrow = matchMedia("(max-width: 760px)");
  const draw = () => {
    const split = layoutOfDiff ? layoutOfDiff === "split" : !narrow.matches;
    place.replaceChildren(split ? sideBySide(patch) : unified(patch));
    for (const one of choices.children) one.setAttribute("aria-pressed", String((one.dataset.value === "split") === split));
  };
  const choice = (value, title) => button(title, "quiet", () => { layoutOfDiff = value; draw(); }, { "data-value": value });
  const choices = element("span", "group", [choice("split", "Side by side"), choice("unified", "Unified")], { role: "group", "aria-label": "Layout of the change" });
  draw();
  return [element("div", "diff-head", [element("h3", "", "Change"), choices]), place];
}

function section(title, made) {
  return [element("h3", "", title), made];
}

function openFile(row, at) {
  opened = at;
  const own = details(row.index);
  const parts = [element("div", "facts", [
    riskMark(row.risk),
    ...row.bases.map((id) => element("span", "code", bases[id].before === bases[id].after ? bases[id].before : `${bases[id].before} → ${bases[id].after}`)),
  ])];
  if (own.errors.length) {
    parts.push(...section("Left as it is", element("ul", "findings", own.errors.map(([message, line]) =>
      element("li", "", [line ? `Line ${line}: ` : "", ...prose(word(message))])))));
  }
  if (own.diff) parts.push(...change(own.diff));
  if (own.fixes.length) parts.push(...section(several(own.fixes.length, "fix", "fixes"), fixes(own.fixes)));
  if (own.open.length) parts.push(...section("Held back", left(own.open)));
  if (parts.length === 1) parts.push(element("p", "lead", "Nothing to do."));
  show(row.repository.name, row.path, parts);
  const grid = view("files").grid;
  byId("before").hidden = byId("after").hidden = false;
  byId("before").disabled = at <= 0;
  byId("after").disabled = at >= grid.shown.length - 1;
}

function step(by) {
  const grid = view("files").grid;
  const row = grid.shown[opened + by];
  if (opened < 0 || !row) return;
  grid.active = opened + by;
  openFile(row, opened + by);
}

function openRepository(row) {
  opened = -1;
  byId("before").hidden = byId("after").hidden = true;
  const own = files.filter((file) => file.repository === row);
  const fact = (name, value) => (value ? [element("span", "", [`${name} `, typeof value === "string" ? element("span", "code", value) : value])] : []);
  const parts = [element("div", "facts", [
    riskMark(row.risk), ...fact("branch", row.branch), ...fact("commit", row.commit.slice(0, 12)),
    ...fact("", row.url ? pageLink(row.url, row.url) : ""),
    ...fact("request", row.request ? pageLink(row.requestUrl, row.request) : ""),
  ])];
  if (row.error) parts.push(...section("Could not be looked at", element("p", "", prose(row.error))));
  if (row.note) parts.push(...section("Request", element("p", "", row.note)));
  const shown = own.slice(0, 200);
  if (own.length) {
    parts.push(...section(several(own.length, "Dockerfile", "Dockerfiles"), element("ul", "findings", shown.map((file) => element("li", "", element("div", "first", [
      riskMark(file.risk),
      button(file.path, "link code", () => {
        jump("files", { repository: row.index });
        const grid = view("files").grid;
        const at = grid.shown.indexOf(file);
        grid.focus(at);
        openFile(file, at);
      }),
      element("span", "rule", `${several(file.fixes, "fix", "fixes")}, ${group(file.held)} held back`),
    ]))))));
  }
  if (own.length > shown.length) parts.push(button(`All ${group(own.length)}`, "link", () => jump("files", { repository: row.index })));
  show(row.url ? "Repository" : "", row.name, parts);
}

drawer.addEventListener("close", () => view(current).grid.focus(view(current).grid.active));
drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
byId("close").addEventListener("click", () => drawer.close());
byId("before").addEventListener("click", () => step(-1));
byId("after").addEventListener("click", () => step(1));

/* The theme, and keys for the whole page. */
const THEMES = ["", "light", "dark"];
let theme = "";
try { theme = localStorage.getItem("harden-theme") || ""; } catch { /* Some viewers keep nothing. */ }
function showTheme() {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme").textContent = `Theme: ${theme || "system"}`;
}
byId("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  try { localStorage.setItem("harden-theme", theme); } catch { /* As above. */ }
  showTheme();
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select, textarea");
  if (drawer.open && !typing && (event.key === "j" || event.key === "k")) step(event.key === "j" ? 1 : -1);
  else if (!drawer.open && !typing && event.key === "/") {
    event.preventDefault();
    view(current).input.focus();
  }
});

showTheme();
showFigures();
showOutcome();
showTabs();
document.documentElement.dataset.ready = "yes";
