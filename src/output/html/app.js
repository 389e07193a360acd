// Rows are lists, to keep the file small; here they get their names.
const repositories = data.repositories.map(([name, url, branch, commit, risk, files, changed, held, error, request, requestUrl, note], index) =>
  ({ index, name, url, branch, commit, risk: RISKS[risk], files, changed, held, error, request, requestUrl, note }));
const files = data.files.map(([repository, path, risk, fixes, held, reasons, bases, errors], index) =>
  ({ index, repository: repositories[repository], path, risk: RISKS[risk], fixes, held, reasons, bases, errors }));
const reasons = data.reasons.map(([kind, rule, text, findings, count, spread], id) =>
  ({ id, kind, rule, text, findings, files: count, repositories: spread }));
const bases = data.bases.map(([before, after, count, spread], id) => ({ id, before, after, files: count, repositories: spread }));
const errors = data.errors.map(([message, count, spread], id) => ({ id, message, files: count, repositories: spread }));
const hasRepositories = repositories.length > 1 || (repositories[0]?.name ?? "") !== "";
const hasRequests = repositories.some((one) => one.request);
const named = (file) => (file.repository.name ? `${file.repository.name} ${file.path}` : file.path);

/* Figures and outcome. */
function figure(title, number, aside) {
  return element("div", "", [element("dt", "", title), element("dd", "", [group(number), element("p", "aside", aside)])]);
}

function showFigures() {
  const made = data.figures;
  const shown = [
    ["Dockerfiles", made.files, `${group(made.changed_files)} to change`],
    ["Changes", made.safe + made.review, `${group(made.safe)} safe, ${group(made.review)} for review`],
    ["Held back", made.held + made.manual, `${several(reasons.length, "reason", "reasons")} on the work list`],
    ["Errors", errors.reduce((sum, one) => sum + Math.max(one.files, one.repositories), 0), errors.length ? several(errors.length, "message", "messages") : "nothing failed"],
  ];
  if (hasRepositories) shown.unshift(["Repositories", repositories.length, `${group(made.changed_repositories)} to change`]);
  byId("figures").append(...shown.map((one) => figure(...one)));
}

/** A bar of parts, told in words as well. */
function bar(title, counts) {
  const total = counts.reduce((sum, one) => sum + one, 0);
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const told = RISKS.map((risk, at) => `${group(counts[at])} ${risk}`).filter((_, at) => counts[at]).join(", ");
  for (const [key, value] of Object.entries({ viewBox: "0 0 1000 26", preserveAspectRatio: "none", role: "img", "aria-label": `${title}: ${told}` })) picture.setAttribute(key, value);
  let left = 0;
  counts.forEach((count, at) => {
    if (!count) return;
    const width = (count / total) * 1000;
    const part = document.createElementNS(space, "rect");
    for (const [key, value] of Object.entries({ x: left, y: 0, width: Math.max(2, width - 2), height: 26, class: `dot-${RISKS[at]}` })) part.setAttribute(key, value);
    const tip = document.createElementNS(space, "title");
    tip.textContent = `${RISKS[at]}: ${group(count)}`;
    part.append(tip);
    picture.append(part);
    left += width;
  });
  return element("div", "bar", [element("b", "", title), picture]);
}

function showOutcome() {
  const count = (rows) => RISKS.map((risk) => rows.filter((row) => row.risk === risk).length);
  const [ofRepositories, ofFiles] = [count(repositories), count(files)];
  const place = byId("outcome");
  if (hasRepositories) place.append(bar("Repositories", ofRepositories));
  place.append(bar("Dockerfiles", ofFiles));
  const number = (tab, count, risk) => element("td", "number", count
    ? button(group(count), "link", () => jump(tab, { risk }), { "aria-label": `Show ${several(count, tab === "files" ? "Dockerfile" : "repository", tab)} with outcome ${risk}` }) : "0");
  const heads = ["Outcome", "", ...(hasRepositories ? ["Repositories"] : []), "Dockerfiles"];
  const rows = RISKS.map((risk, at) => [risk, at]).filter(([, at]) => ofRepositories[at] || ofFiles[at]);
  place.append(element("table", "outcomes", [
    element("thead", "", element("tr", "", heads.map((head, at) => element("th", at > 1 ? "number" : at ? "meaning" : "", head, { scope: "col" })))),
    element("tbody", "", rows.map(([risk, at]) => element("tr", "", [
      element("th", "", riskMark(risk), { scope: "row" }),
      element("td", "meaning", data.meanings[at]),
      ...(hasRepositories ? [number("repositories", ofRepositories[at], risk)] : []),
      number("files", ofFiles[at], risk),
    ]))),
  ]));
}

/* Tables. */
const most = (rows, key) => rows.reduce((top, row) => Math.max(top, row[key]), 1);
function meter(key, rows) {
  const top = most(rows, key);
  return (row) => {
    const part = element("i");
    part.style.width = `${(row[key] / top) * 100}%`;
    return [element("span", "", group(row[key])), element("span", "meter", part, { "aria-hidden": "true" })];
  };
}
const text = (key, title, width, more) => ({ key, title, width, value: (row) => row[key], ...more });
const number = (key, title, more) => ({ key, title, width: "96px", narrow: "64px", number: true, value: (row) => row[key], cell: (row) => element("span", "", group(row[key])), ...more });
const spread = (rows) => [
  number("files", "Files", { cell: meter("files", rows) }),
  ...(hasRepositories ? [number("repositories", "Repositories", { wide: true, width: "112px" })] : []),
];
const risk = { key: "risk", title: "Outcome", width: "96px", narrow: "84px", value: (row) => row.risk, cell: (row) => riskMark(row.risk) };
const clamped = (key) => (row) => element("span", "clamp", prose(row[key]), { title: row[key] });

const tables = {
  work: {
    title: "Work list", rows: data.work.map((id) => reasons[id]), search: "Search reasons and rules",
    lead: "What keeps harden from going further, with what most files wait for first. A row shows its files.",
    find: (row) => `${row.text} ${row.rule}`,
    choices: { key: "kind", label: "Kind", values: ["held", "manual"].filter((kind) => reasons.some((row) => row.kind === kind)) },
    columns: [
      text("reason", "Reason", "minmax(0, 1fr)", { value: (row) => row.text, cell: clamped("text") }),
      text("rule", "Rule", "230px", { wide: true, cell: (row) => element("span", "one code", row.rule) }),
      text("kind", "Kind", "84px", { wide: true, cell: (row) => element("span", `risk dot-${row.kind}`, row.kind) }),
      ...spread(reasons),
    ],
    more: [{ key: "findings", value: (row) => row.findings }],
    open: (row) => jump("files", { reason: row.id }),
  },
  bases: {
    title: "Base images", rows: data.base_order.map((id) => bases[id]), search: "Search images",
    lead: "The images that stages are built on, before and after. A row shows its files.",
    find: (row) => `${row.before} ${row.after}`,
    choices: { key: "moves", label: "Change", values: ["moves", "stays"], of: (row) => (row.before === row.after ? "stays" : "moves") },
    columns: [
      text("before", "Before", "minmax(0, 1fr)", { cell: (row) => element("span", "clamp code", row.before, { title: row.before }) }),
      text("after", "After", "minmax(0, 1fr)", {
        cell: (row) => (row.before === row.after ? element("span", "under", "stays") : element("span", "clamp code", `→ ${row.after}`, { title: row.after })),
      }),
      ...spread(bases),
    ],
    open: (row) => jump("files", { base: row.id }),
  },
  repositories: {
    title: "Repositories", rows: repositories, search: "Search repositories",
    lead: "How much a person has to look at in each: a repository is as risky as its riskiest change.",
    find: (row) => `${row.name} ${row.url} ${row.error} ${row.request}`,
    choices: { key: "risk", label: "Outcome", values: RISKS.filter((name) => repositories.some((row) => row.risk === name)) },
    columns: [
      text("repository", "Repository", "minmax(0, 1fr)", {
        value: (row) => row.name,
        cell: (row) => [element("span", "one", row.name), element("span", "under", row.error || row.branch || row.url)],
      }),
      risk,
      number("files", "Dockerfiles", { wide: true }),
      number("changed", "To change"),
      number("held", "Held back", { wide: true }),
      ...(hasRequests ? [{ key: "request", title: "Request", width: "150px", wide: true, value: (row) => row.request, cell: (row) => pageLink(row.requestUrl, row.request) }] : []),
    ],
    more: ["url", "branch", "commit", "error", "requestUrl"].map((key) => ({ key, value: (row) => row[key] })),
    open: (row) => openRepository(row),
  },
  files: {
    title: "Files", rows: files, search: "Search repositories, paths and images",
    lead: "Each Dockerfile. A row opens what changes and why, what is held back, and the change side by side.",
    find: (row) => `${named(row)} ${row.bases.map((id) => `${bases[id].before} ${bases[id].after}`).join(" ")}`,
    choices: { key: "risk", label: "Outcome", values: RISKS.filter((name) => files.some((row) => row.risk === name)) },
    columns: [
      text("path", "File", "minmax(0, 1fr)", {
        value: named,
        cell: (row) => [element("span", "one code", row.path), ...(hasRepositories ? [element("span", "under", row.repository.name)] : [])],
      }),
      risk,
      text("base", "Base image", "minmax(0, 0.8fr)", {
        wide: true,
        value: (row) => row.bases.map((id) => bases[id].before).join(" "),
        cell: (row) => {
          const last = bases[row.bases.at(-1)];
          if (!last) return "";
          const after = last.after === last.before ? "stays" : `→ ${last.after}`;
          return [element("span", "one code", last.before, { title: last.before }), element("span", "under", after, { title: after })];
        },
      }),
      number("fixes", "Fixes", { wide: true, width: "64px" }),
      number("held", "Held back", { width: "88px", narrow: "56px" }),
    ],
    more: [
      { key: "repository", value: (row) => row.repository.name },
      { key: "after", value: (row) => row.bases.map((id) => bases[id].after).join(" ") },
    ],
    open: (row, at) => openFile(row, at),
  },
  errors: {
    title: "Errors", rows: errors, search: "Search messages",
    lead: "What could not be looked at, by message. A row shows where.",
    find: (row) => row.message,
    columns: [text("message", "Message", "minmax(0, 1fr)", { cell: clamped("message") }), ...spread(errors)],
    open: (row) => jump(row.files ? "files" : "repositories", { error: row.id }),
  },
};
if (!hasRepositories) delete tables.repositories;
if (!errors.length) delete tables.errors;
if (!reasons.length) delete tables.work;

/* Filters that other tables set. */
const FILTERS = {
  reason: { told: (id) => reasons[id].text, fits: (row, id) => row.reasons?.includes(id) },
  base: { told: (id) => `${bases[id].before} → ${bases[id].after}`, fits: (row, id) => row.bases?.includes(id) },
  error: { told: (id) => errors[id].message, fits: (row, id) => (row.errors ? row.errors.includes(id) : row.error === errors[id].message) },
  repository: { told: (id) => repositories[id].name, fits: (row, id) => row.repository?.index === id },
};

class View {
  constructor(name, table) {
    Object.assign(this, { name, table, filters: {}, choice: "", needle: "" });
    this.input = element("input", "", [], { type: "search", placeholder: table.search, "aria-label": table.search, autocomplete: "off", spellcheck: "false" });
    this.input.addEventListener("input", () => { this.needle = this.input.value; this.apply(); });
    this.count = element("span", "", [], { role: "status", "aria-live": "polite" });
    this.told = element("div", "told", this.count);
    this.grid = new Grid({ name, label: table.title, rows: table.rows, columns: table.columns, more: table.more, open: table.open, tall: [58, 62] });
    const save = (type) => button(type.toUpperCase(), "quiet", () => this.grid.download(type), { "aria-label": `Download the rows shown as ${type.toUpperCase()}`, title: "Download the rows shown" });
    this.tools = element("div", "tools", [this.input, this.choices(), element("span", "group", [save("csv"), save("json")])]);
    this.panel = element("div", "", [element("p", "lead", table.lead), this.tools, this.told, this.grid.element], {
      role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, hidden: "",
    });
    this.lower = null;
  }

  choices() {
    const choices = this.table.choices;
    if (!choices || choices.values.length < 2) return "";
    this.buttons = ["", ...choices.values].map((value) => button(value || "all", "quiet", () => { this.choice = value; this.apply(); }, { "data-value": value, "aria-pressed": "false" }));
    return element("span", "group", this.buttons, { role: "group", "aria-label": choices.label });
  }

  apply() {
    const { rows, choices, find } = this.table;
    // What is searched is made once, with the first search.
    if (this.needle && !this.lower) this.lower = new Map(rows.map((row) => [row, find(row).toLowerCase()]));
    const words = this.needle.toLowerCase().split(/\s+/).filter(Boolean);
    const of = choices?.of || ((row) => row[choices?.key]);
    const filters = Object.entries(this.filters);
    const shown = rows.filter((row) => (!this.choice || of(row) === this.choice)
      && filters.every(([key, id]) => FILTERS[key].fits(row, id))
      && words.every((one) => this.lower.get(row).includes(one)));
    this.buttons?.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.value === this.choice)));
    this.grid.show(shown);
    this.count.textContent = shown.length === rows.length ? several(rows.length, "row", "rows") : `${group(shown.length)} of ${several(rows.length, "row", "rows")}`;
    const chips = filters.map(([key, id]) => element("span", "filter", [element("span", "", [`${key}: `, ...prose(FILTERS[key].told(id))]),
      button("Clear", "quiet", () => { delete this.filters[key]; this.apply(); this.input.focus(); }, { "aria-label": `Clear the filter by ${key}` })]));
    this.told.replaceChildren(this.count, ...chips);
  }
}

const views = new Map();
let current = "";
function view(name) {
  if (!views.has(name)) {
    const made = new View(name, tables[name]);
    views.set(name, made);
    byId("panels").append(made.panel);
  }
  return views.get(name);
}

function select(name) {
  const shown = view(name);
  current = name;
  for (const tab of byId("tabs").children) {
    const is = tab.dataset.name === name;
    tab.setAttribute("aria-selected", String(is));
    tab.tabIndex = is ? 0 : -1;
  }
  for (const one of views.values()) one.panel.hidden = one !== shown;
  if (shown.grid.drawn === undefined) shown.apply();
  else shown.grid.layout();
  try { history.replaceState(null, "", `#${name}`); } catch { /* Some viewers have no address. */ }
}

/** Another table, with nothing but this filter. */
function jump(name, filter) {
  if (byId("drawer").open) byId("drawer").close();
  const shown = view(name);
  const { risk: choice = "", ...filters } = filter;
  Object.assign(shown, { filters, choice, needle: "" });
  shown.input.value = "";
  shown.grid.drawn = null;
  select(name);
  shown.apply();
  byId("tables").scrollIntoView({ block: "start" });
  shown.grid.focus(0);
}

function showTabs() {
  const names = Object.keys(tables);
  const move = (event) => {
    const at = names.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + names.length, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(names[to % names.length]);
    byId(`tab-${current}`).focus();
  };
  for (const name of names) {
    const tab = button([tables[name].title, element("span", "count", group(tables[name].rows.length))], "", () => select(name), {
      role: "tab", id: `tab-${name}`, "data-name": name, "aria-controls": `panel-${name}`,
    });
    tab.addEventListener("keydown", move);
    byId("tabs").append(tab);
  }
  const asked = location.hash.slice(1);
  select(names.includes(asked) ? asked : names[0]);
}
