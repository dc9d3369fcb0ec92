// A door screen: shows the clock, looks every minute, keeps the last picture without a connection and says so.
const EVERY = 60_000;
const PATIENCE = 20_000;
const offline = document.querySelector("[data-offline]");
const ended = document.querySelector("[data-ended]");
let tag = null;
let seen = new Date();

const clock = (moment) =>
  new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" }).format(moment);

function tick() {
  const place = document.querySelector("[data-clock]");
  if (place) place.textContent = clock(new Date());
}

async function look() {
  try {
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(location.href, {
      headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status === 404) {
      ended.hidden = false;
      document.querySelector("[data-board]").hidden = true;
      return;
    }
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const board = page.querySelector("[data-board]");
      if (!board) throw new Error("no board");
      document.querySelector("[data-board]").replaceWith(document.adoptNode(board));
      tag = answer.headers.get("ETag");
      tick();
    }
    seen = new Date();
    offline.hidden = true;
    ended.hidden = true;
  } catch {
    offline.querySelector("[data-since]").textContent = clock(seen);
    offline.hidden = false;
  }
}

tick();
setInterval(tick, 5_000);
setInterval(look, EVERY);
addEventListener("online", look);
addEventListener("offline", look);
