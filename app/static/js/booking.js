// The booking form says while one fills it in whether the time is free; without this the Check button does the same.
import { periodsToTap, understood } from "./weeks.js";

const form = document.querySelector("form[data-booking]");
const verdict = () => document.getElementById("verdict");
let running = null;
let soon = 0;

async function judge() {
  if (running) running.abort();
  running = new AbortController();
  const old = verdict();
  old.setAttribute("aria-busy", "true");
  const body = new FormData(form);
  body.append("preview", "1");
  const asked = form.elements.when ? form.elements.when.value : "";
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: running.signal, headers: { "X-Live": "#verdict" }, credentials: "same-origin" });
    if (!answer.ok) { old.removeAttribute("aria-busy"); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("verdict");
    if (fresh) {
      verdict().replaceWith(document.adoptNode(fresh));
      understood(form, fresh, asked);
    }
  } catch (trouble) {
    if (trouble.name !== "AbortError") old.removeAttribute("aria-busy");
  }
}

function later(wait) {
  clearTimeout(soon);
  soon = setTimeout(judge, wait);
}

// The last period follows the first one when it would come before it, keeping as many periods as were chosen.
function follow(changed) {
  const first = form.elements.first;
  const last = form.elements.last;
  if (!first || !last || changed !== first) return;
  const length = Math.max(0, last.selectedIndex - (first.dataset.before ? Number(first.dataset.before) : 0));
  if (last.selectedIndex < first.selectedIndex) last.selectedIndex = Math.min(first.selectedIndex + length, last.length - 1);
  first.dataset.before = String(first.selectedIndex);
}

// A new date takes the weekday with it as long as only one weekday is ticked.
function weekday(changed) {
  const ticks = [...form.querySelectorAll('[name="weekday"]')];
  if (changed.name !== "day" || !changed.value || ticks.filter((tick) => tick.checked).length > 1) return;
  const day = String(new Date(`${changed.value}T12:00:00`).getDay() || 7);
  for (const tick of ticks) tick.checked = tick.value === day;
}

if (form) {
  if (form.elements.first) form.elements.first.dataset.before = String(form.elements.first.selectedIndex);
  const about = new Set(["title", "note", "purpose", "headcount", "holder"]);
  periodsToTap(form);
  form.addEventListener("change", (event) => {
    if (event.target.closest("[data-whose]")) { form.querySelector('[name="preview"]').click(); return; }
    follow(event.target);
    weekday(event.target);
    if (!about.has(event.target.name)) later(150);
  });
  form.addEventListener("input", (event) => {
    if (event.target.name && event.target.name.startsWith("quantity_")) later(500);
    if (event.target.name === "when") later(700);
  });
  const picks = form.querySelector("[data-picks]");
  if (picks) {
    picks.hidden = false;
    const now = Number(picks.dataset.thisWeek);
    picks.addEventListener("click", (event) => {
      const which = event.target.dataset.pickWeeks;
      if (!which) return;
      if (which === "none") form.querySelector('[name="week"]').focus();
      for (const tick of form.querySelectorAll('[name="week"]')) {
        const week = Number(tick.value);
        tick.checked = week >= now && (which === "all" || (which === "odd" && week % 2 === 1) || (which === "even" && week % 2 === 0));
      }
      later(0);
    });
  }
}
