/**
 * A table of which only the rows in view are in the document.
 * columns: { key, title, width, number, wide, value(row), cell(row) }; value is sorted by and downloaded.
 */
class Grid {
  constructor(options) {
    Object.assign(this, options);
    this.shown = this.rows;
    this.active = 0;
    this.sorted = { column: null, down: false };
    this.heads = element("div", "row heads", this.columns.map((column) => this.head(column)), { role: "row", "aria-rowindex": 1 });
    this.body = element("div", "body", [], { role: "rowgroup" });
    this.space = element("div", "space", this.body, { role: "presentation" });
    this.view = element("div", "view", this.space, { role: "presentation", tabindex: -1 });
    this.element = element("div", "grid", [element("div", "", this.heads, { role: "rowgroup" }), this.view], {
      role: "grid", "aria-label": this.label, "aria-colcount": this.columns.length,
    });
    this.view.addEventListener("scroll", () => this.draw(), { passive: true });
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (!row || event.target.closest("a")) return;
      this.active = Number(row.dataset.at);
      this.open(this.shown[this.active], this.active);
    });
    addEventListener("resize", () => this.layout());
  }

  head(column) {
    const act = button(column.title, "", () => this.sort(column));
    return element("div", `cell ${column.number ? "number" : ""} ${column.wide ? "wide" : ""}`, act, { role: "columnheader" });
  }

  sort(column) {
    const again = this.sorted.column === column;
    this.sorted = { column, down: again ? !this.sorted.down : Boolean(column.number) };
    this.show(this.shown);
  }

  show(rows) {
    const { column, down } = this.sorted;
    this.shown = rows;
    if (column) {
      const keyed = rows.map((row) => [column.value(row), row]);
      const compare = column.number ? (a, b) => a[0] - b[0] : (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
      keyed.sort(down ? (a, b) => compare(b, a) : compare);
      this.shown = keyed.map((pair) => pair[1]);
    }
    [...this.heads.children].forEach((head, index) => {
      if (this.columns[index] === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.active = 0;
    this.element.setAttribute("aria-rowcount", this.shown.length + 1);
    this.view.scrollTop = 0;
    this.layout();
  }

  layout() {
    const narrow = matchMedia("(max-width: 760px)").matches;
    const columns = this.columns.filter((column) => !(narrow && column.wide));
    this.height = narrow ? this.tall[1] : this.tall[0];
    this.element.style.setProperty("--columns", columns.map((column) => (narrow && column.narrow) || column.width).join(" "));
    this.element.style.setProperty("--height", `${this.height}px`);
    const whole = this.shown.length * this.height;
    this.space.style.height = `${whole}px`;
    this.view.style.height = `${Math.max(96, Math.min(whole, Math.max(320, innerHeight * 0.68)))}px`;
    this.drawn = null;
    this.draw();
  }

  draw() {
    if (!this.height || !this.element.isConnected) return;
    const first = Math.max(0, Math.floor(this.view.scrollTop / this.height) - 4);
    const last = Math.min(this.shown.length, Math.ceil((this.view.scrollTop + this.view.clientHeight) / this.height) + 4);
    if (this.drawn && this.drawn[0] === first && this.drawn[1] === last) return;
    const had = this.body.contains(document.activeElement);
    this.drawn = [first, last];
    const made = [];
    for (let at = first; at < last; at += 1) made.push(this.row(at));
    this.body.style.transform = `translateY(${first * this.height}px)`;
    this.body.replaceChildren(...made);
    if (!this.shown.length) this.body.append(element("p", "none", "Nothing fits. Clear the search or the filters."));
    // Somebody can always enter with the keyboard, wherever the list was scrolled to.
    if ((this.active < first || this.active >= last) && made.length) made[0].tabIndex = 0;
    if (had) this.body.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  row(at) {
    const row = this.shown[at];
    const cells = this.columns.map((column) => element("div", `cell ${column.number ? "number" : ""} ${column.wide ? "wide" : ""}`,
      column.cell ? column.cell(row) : element("span", "one", column.value(row)), { role: "gridcell" }));
    const made = element("div", "row", cells, { role: "row", "aria-rowindex": at + 2, "data-at": at });
    made.tabIndex = at === this.active ? 0 : -1;
    return made;
  }

  focus(at) {
    if (!this.shown.length) return;
    this.active = Math.max(0, Math.min(this.shown.length - 1, at));
    const top = this.active * this.height;
    if (top < this.view.scrollTop) this.view.scrollTop = top;
    const bottom = top + this.height - this.view.clientHeight;
    if (bottom > this.view.scrollTop) this.view.scrollTop = bottom;
    this.drawn = null;
    this.draw();
    this.body.querySelector(`[data-at="${this.active}"]`)?.focus({ preventScroll: true });
  }

  key(event) {
    const row = event.target.closest(".row");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Number(row.dataset.at);
    const page = Math.max(1, Math.floor(this.view.clientHeight / this.height) - 1);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.shown.length - 1 };
    if (event.key in moves) this.focus(moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && !event.target.closest("a")) {
      this.active = at;
      this.open(this.shown[at], at);
    } else return;
    event.preventDefault();
  }

  download(type) {
    const name = `${data.name}-${this.name}.${type}`;
    const columns = this.columns.concat(this.more || []);
    if (type === "csv") {
      const lines = [columns.map((column) => column.key).join(",")];
      for (const row of this.shown) lines.push(columns.map((column) => csvCell(column.value(row))).join(","));
      download(name, "text/csv;charset=utf-8", `${lines.join("\r\n")}\r\n`);
    } else {
      const rows = this.shown.map((row) => Object.fromEntries(columns.map((column) => [column.key, column.value(row)])));
      download(name, "application/json", `${JSON.stringify(rows, null, 1)}\n`);
    }
  }
}
