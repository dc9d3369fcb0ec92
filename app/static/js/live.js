// Replaces one part of the page with the same part of the page it would have gone to; without it the links simply load.
let running = null;
let last = null; // the part replaced most lately, for the browser's Back
let waiting = 0;
let shown = location.pathname + location.search;

function target(selector) {
  return document.querySelector(selector);
}

export async function show(address, selector, { push = true, focus = null, reveal = false } = {}) {
  const old = target(selector);
  if (!old) { location.assign(address); return; }
  if (running) running.abort();
  running = new AbortController();
  last = selector;
  const held = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: running.signal, headers: { "X-Live": selector }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(selector);
    if (!answer.ok || !fresh) { location.assign(address); return; }
    old.replaceWith(document.adoptNode(fresh));
    if (page.title) document.title = page.title;
    if (push) history.pushState({ live: selector }, "", answer.url || address);
    shown = location.pathname + location.search;
    if (focus) again(fresh, focus);
    else if (held) document.getElementById(held)?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("live:replaced", { detail: fresh }));
    if (reveal) intoView(fresh);
  } catch (trouble) {
    if (trouble.name !== "AbortError") location.assign(address);
  }
}

// Puts the keyboard back on the control that was pressed, found by its words.
function again(fresh, words) {
  for (const link of fresh.querySelectorAll("a, button")) {
    if ((link.getAttribute("aria-label") || link.textContent.trim()) === words) { link.focus(); return; }
  }
}

const words = (element) => element && (element.getAttribute("aria-label") || element.textContent.trim());

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-live]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (!target(link.dataset.live)) return;
  event.preventDefault();
  show(link.href, link.dataset.live, { focus: words(link) });
});

// An answer that was asked for by a press must not begin outside the screen, above a long form or under it.
function intoView(part) {
  const { top } = part.getBoundingClientRect();
  if (top < 0 || top > innerHeight * 0.6) part.scrollIntoView({ block: "start" });
}

function send(form, reveal = false) {
  const address = new URL(form.action);
  address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
  show(address.href, form.dataset.live, { reveal });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form || form.method !== "get" || !target(form.dataset.live)) return;
  event.preventDefault();
  send(form, true);
});

// A choice shows at once; a date is typed in pieces, so it waits for the whole of it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form || form.method !== "get" || !target(form.dataset.live)) return;
  if (!event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => { if (form.isConnected) send(form); }, event.target.type === "date" ? 900 : 0);
});

addEventListener("popstate", () => {
  if (location.pathname + location.search === shown) return;
  if (last && target(last)) show(location.href, last, { push: false });
  else location.reload();
});
