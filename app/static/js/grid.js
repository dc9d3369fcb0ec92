// Chooses free periods on the timetable by mouse, touch or keys and leads to the booking form; all times come from the table itself.
// Without it each day head, row head and (on small boards) each free cell is a plain link.
const HELD = ["mine", "others", "waiting", "closed", "clash", "past"];
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let chosen = null; // { frame, line, from, to, anchor, open }
let drag = null; // { frame, line, anchor } while the mouse button is down

const frameOf = (element) => element.closest("[data-grid]");
const wordsOf = (frame) => (frame.words ??= JSON.parse(frame.dataset.words));
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (whole, key) => parts[key] ?? whole);
const held = (cell) => HELD.find((state) => cell.classList.contains(state));
const focusable = (cell) => cell.querySelector("a, span[tabindex]") || cell;

// The heads of a table: for each column its day, its period and its clock times.
function columnsOf(table) {
  if (table.columns_) return table.columns_;
  const days = [];
  for (const head of table.tHead.rows[0].querySelectorAll(".day")) {
    for (let n = 0; n < head.colSpan; n += 1) days.push(head);
  }
  const periods = table.tHead.rows[1] ? [...table.tHead.rows[1].cells] : [];
  table.columns_ = periods.map((head, index) => ({
    head: days[index],
    name: days[index].dataset.name,
    label: head.firstChild ? head.firstChild.textContent.trim() : "",
    start: head.dataset.start,
    end: head.dataset.end,
  }));
  return table.columns_;
}

// One row of a table, or one day of the phone's list, as cells in order.
function lineOf(element) {
  const row = element.closest("tr[data-unit]");
  if (!row) return chipsOf(element.closest("ul[data-unit]"));
  if (row.line) return row.line;
  const columns = columnsOf(row.closest("table"));
  const label = row.cells[0].firstChild.textContent.trim();
  const cells = [];
  let at = 0;
  for (const cell of row.cells) {
    if (cell.tagName !== "TD") continue;
    const first = columns[at];
    const last = columns[at + cell.colSpan - 1];
    if (first) {
      cells.push({
        element: cell, at, span: cell.colSpan, head: first.head, free: !held(cell),
        day: row.dataset.day ? later(row.dataset.day, Number(first.head.dataset.offset)) : first.head.dataset.day,
        name: row.dataset.day ? `${label} ${first.name}` : first.name,
        label: first.label, lastLabel: last.label, start: first.start, end: last.end,
      });
    }
    at += cell.colSpan;
  }
  row.line = { unit: row.dataset.unit, label: row.dataset.day ? "" : label, cells, row };
  return row.line;
}

function chipsOf(list) {
  if (!list) return null;
  list.line ??= {
    unit: list.dataset.unit, label: "", row: list,
    cells: [...list.children].map((item, at) => {
      const link = item.querySelector("a[data-start]");
      const own = link ? link.dataset : {};
      return {
        element: item, at, span: 1, head: list, free: Boolean(link), day: list.dataset.day, name: list.dataset.name,
        label: own.label, lastLabel: own.label, start: own.start, end: own.end,
      };
    }),
  };
  return list.line;
}

function later(day, offset) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + offset);
  return date.toISOString().slice(0, 10);
}

const instant = (day, time) => (time === "24:00" ? `${later(day, 1)}T00:00` : `${day}T${time}`);
const cellAt = (element) => element.closest("td, ul[data-unit] > li");

function indexOf(line, element) {
  return line ? line.cells.findIndex((cell) => cell.element === element) : -1;
}

// How far a choice can reach from its anchor towards a cell, and why it stops there.
function reach(frame, line, anchor, target) {
  const words = wordsOf(frame);
  const step = target < anchor ? -1 : 1;
  let end = anchor;
  while (end !== target) {
    const next = line.cells[end + step];
    if (next.head !== line.cells[anchor].head) return [end, words.edge];
    if (!next.free) {
      const what = next.element.textContent.trim() || words[held(next.element)] || words.others;
      return [end, fill(words.taken, { what })];
    }
    end += step;
  }
  return [end, ""];
}

function say(frame, text) {
  const place = frame.querySelector("[data-say]");
  if (place) place.textContent = text;
}

function letGo() {
  if (!chosen) return;
  for (const cell of chosen.line.cells) cell.element.removeAttribute("aria-selected");
  const bar = chosen.frame.querySelector("[data-pick]");
  if (bar) bar.hidden = true;
  document.body.classList.remove("picking");
  chosen = null;
}

function choose(frame, line, anchor, target, open) {
  const [end, why] = reach(frame, line, anchor, target);
  const from = Math.min(anchor, end);
  const to = Math.max(anchor, end);
  if (chosen && chosen.line !== line) letGo();
  chosen = { frame, line, anchor, from, to, open };
  line.cells.forEach((cell, at) => {
    if (at >= from && at <= to) cell.element.setAttribute("aria-selected", "true");
    else cell.element.removeAttribute("aria-selected");
  });
  show(why);
  return end;
}

// "Tuesday, periods 3–4" and its clock times.
function describe() {
  const words = wordsOf(chosen.frame);
  const first = chosen.line.cells[chosen.from];
  const last = chosen.line.cells[chosen.to];
  const table = chosen.line.row.closest("table");
  const clock = `${first.start}–${last.end}`;
  if (table && table.classList.contains("grid-clock")) return [first.name, clock];
  const shape = first.label === last.lastLabel ? words.period : words.periods;
  return [fill(shape, { day: first.name, first: first.label, last: last.lastLabel }), clock];
}

function show(why) {
  const { frame, line, from, to } = chosen;
  const bar = frame.querySelector("[data-pick]");
  if (!bar) return;
  const [when, clock] = describe();
  const first = line.cells[from];
  bar.querySelector("[data-pick-name]").textContent = line.label;
  bar.querySelector("[data-pick-when]").textContent = when;
  bar.querySelector("[data-pick-clock]").textContent = clock;
  bar.querySelector("[data-pick-why]").textContent = why;
  const address = new URL(frame.dataset.book, location.href);
  address.searchParams.set("unit", line.unit);
  address.searchParams.set("start", instant(first.day, first.start));
  address.searchParams.set("end", instant(first.day, line.cells[to].end));
  bar.querySelector("[data-pick-link]").href = address.href;
  bar.hidden = false;
  document.body.classList.add("picking");
  say(frame, why || `${when} ${clock}`);
}

// A press of the mouse or a finger: the first one begins, a second one in the same row and day lengthens, the same one again lets go.
function press(frame, line, at) {
  const cell = line.cells[at];
  if (!cell.free) return;
  if (chosen && chosen.line === line) {
    if (chosen.from === at && chosen.to === at) { letGo(); say(frame, wordsOf(frame).cleared); return; }
    if (line.cells[chosen.anchor].head === cell.head && (at < chosen.from || at > chosen.to)) {
      choose(frame, line, chosen.anchor, at, false);
      return;
    }
  }
  choose(frame, line, at, at, false);
}

function onClick(event) {
  const frame = frameOf(event.target);
  if (!frame) return;
  if (event.target.closest("[data-pick-clear]")) {
    const back = chosen && chosen.line.cells[chosen.anchor].element;
    letGo();
    say(frame, wordsOf(frame).cleared);
    if (back) focusable(back).focus();
    return;
  }
  if (!frame.dataset.book || frame.dataset.grid === "month") return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const element = cellAt(event.target);
  if (!element || held(element)) return;
  const line = lineOf(element);
  const at = indexOf(line, element);
  if (at < 0 || !line.cells[at].free) return;
  event.preventDefault();
  press(frame, line, at);
  if (element.tagName === "TD") rove(frame, element, false);
}

function onPointerDown(event) {
  if (event.pointerType !== "mouse" || event.button !== 0) return;
  const element = event.target.closest("td");
  const frame = element && frameOf(element);
  if (!frame || !frame.dataset.book || frame.dataset.grid === "month") return;
  const line = lineOf(element);
  const at = indexOf(line, element);
  if (at >= 0 && line.cells[at].free) drag = { frame, line, anchor: at, moved: false };
}

function onPointerOver(event) {
  if (!drag) return;
  const element = event.target.closest("td");
  if (!element) return;
  const at = indexOf(drag.line, element);
  if (at < 0) { if (drag.moved && lineOf(element)) say(drag.frame, wordsOf(drag.frame).row); return; }
  if (at !== drag.anchor) drag.moved = true;
  if (drag.moved) choose(drag.frame, drag.line, drag.anchor, at, false);
}

// ---- keys ------------------------------------------------------------------------------------------------------

// One cell at a time stands in the tab order; it is named in full when it gets the focus.
function rove(frame, cell, focus = true) {
  const table = cell.closest("table");
  if (table.roving) table.roving.tabIndex = -1;
  const target = focusable(cell);
  if (cell.tagName === "TD" && !target.textContent.trim()) {
    const line = lineOf(cell);
    const found = line && line.cells[indexOf(line, cell)];
    if (found) {
      const words = wordsOf(frame);
      const state = words[held(cell) || "free"];
      target.setAttribute("aria-label", `${line.label} ${found.name} ${found.label} ${found.start}–${found.end} ${state}`.trim());
    }
  }
  target.tabIndex = 0;
  table.roving = target;
  if (focus) target.focus();
}

// The cell that stands over a column in another row.
function over(row, column) {
  let at = 0;
  for (const cell of row.cells) {
    if (cell.tagName !== "TD") continue;
    if (column < at + cell.colSpan) return cell;
    at += cell.colSpan;
  }
  return null;
}

function columnOf(cell) {
  let at = 0;
  for (const each of cell.parentElement.cells) {
    if (each === cell) return at;
    if (each.tagName === "TD") at += each.colSpan;
  }
  return at;
}

function neighbour(cell, right, down) {
  const table = cell.closest("table");
  const rows = [...table.querySelectorAll("tr[data-unit]")];
  const row = cell.parentElement;
  if (row.parentElement.tagName === "THEAD") {
    const heads = [...row.querySelectorAll(".day")];
    if (right) return heads[heads.indexOf(cell) + right] || null;
    if (down < 0) return null;
    const before = heads.slice(0, heads.indexOf(cell)).reduce((sum, head) => sum + head.colSpan, 0);
    return rows.length ? over(rows[0], before) : null;
  }
  if (right) return right < 0 ? cell.previousElementSibling : cell.nextElementSibling;
  const next = rows[rows.indexOf(row) + down];
  if (cell.tagName === "TH") return next ? next.cells[0] : null;
  if (next) return over(next, table.column_ ?? columnOf(cell));
  if (down > 0) return null;
  const columns = columnsOf(table);
  const head = columns.length ? columns[columnOf(cell)].head : table.tHead.querySelectorAll(".day")[columnOf(cell)];
  return head && head.querySelector("a") ? head : null;
}

function onKeyDown(event) {
  const frame = frameOf(event.target);
  if (!frame) { if (event.key === "Escape") letGo(); return; }
  if (event.key === "Escape" && chosen) {
    const back = chosen.line.cells[chosen.anchor].element;
    letGo();
    say(frame, wordsOf(frame).cleared);
    focusable(back).focus();
    event.preventDefault();
    return;
  }
  const cell = event.target.closest("td, th");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const table = cell.closest("table");
  const open = chosen && chosen.open && chosen.line.row === cell.parentElement;
  if (STEPS[event.key] || event.key === "Home" || event.key === "End") {
    event.preventDefault();
    const [right, down] = STEPS[event.key] || [0, 0];
    if (open && right) {
      const { line, anchor } = chosen;
      const at = indexOf(line, cell) + right;
      if (!line.cells[at]) return;
      const end = choose(frame, line, anchor, at, true);
      rove(frame, line.cells[end].element);
      return;
    }
    if (open && down) { say(frame, wordsOf(frame).row); letGo(); }
    if (!down && cell.tagName === "TD") table.column_ = undefined;
    else if (down && cell.tagName === "TD") table.column_ ??= columnOf(cell);
    const row = cell.parentElement;
    const next = event.key === "Home" ? row.querySelector("td") : event.key === "End" ? row.lastElementChild : neighbour(cell, right, down);
    if (next && !next.classList.contains("corner")) rove(frame, next);
    return;
  }
  if ((event.key !== "Enter" && event.key !== " ") || cell.tagName !== "TD" || !frame.dataset.book) return;
  const line = lineOf(cell);
  const at = indexOf(line, cell);
  if (at < 0) return;
  if (!line.cells[at].free) {
    if (event.key === " ") {
      event.preventDefault();
      const what = cell.textContent.trim() || wordsOf(frame)[held(cell)];
      say(frame, fill(wordsOf(frame).taken, { what }));
    }
    return;
  }
  event.preventDefault();
  if (open) {
    chosen.open = false;
    const [when, clock] = describe();
    say(frame, fill(wordsOf(frame).chosen, { when: `${when} ${clock}` }));
    frame.querySelector("[data-pick-link]").focus();
  } else {
    choose(frame, line, at, at, true);
    const [when] = describe();
    say(frame, fill(wordsOf(frame).started, { when }));
  }
}

// ---- waking ------------------------------------------------------------------------------------------------------

let listening = false;

export function wake(part) {
  if (chosen && !chosen.frame.isConnected) { document.body.classList.remove("picking"); chosen = null; }
  for (const frame of part.querySelectorAll("[data-grid]")) {
    frame.querySelector(".grid-scroll")?.removeAttribute("tabindex");
    for (const table of frame.querySelectorAll("table.grid")) {
      table.setAttribute("role", "grid");
      table.classList.add("ready");
      for (const link of table.querySelectorAll("a")) link.tabIndex = -1;
      for (const cell of table.querySelectorAll("tbody td")) if (!cell.firstElementChild) cell.tabIndex = -1;
      const first = table.querySelector("tbody td:not([class]), tbody td[class='d']") || table.querySelector("tbody td") || table.querySelector("thead .day");
      if (first) rove(frame, first, false);
      const today = table.tHead.querySelector(".today");
      const scroll = table.closest(".grid-scroll");
      if (today && scroll && scroll.scrollWidth > scroll.clientWidth) {
        const unit = table.tHead.rows[0].cells[0].offsetWidth;
        const hidden = today.offsetLeft + today.offsetWidth > scroll.clientWidth;
        if (hidden) scroll.scrollLeft = today.offsetLeft - unit;
      }
    }
  }
  if (listening) return;
  listening = true;
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKeyDown);
  document.addEventListener("pointerdown", onPointerDown);
  document.addEventListener("pointerover", onPointerOver);
  document.addEventListener("pointerup", () => { drag = null; });
  document.addEventListener("dragstart", (event) => { if (drag) event.preventDefault(); });
}
