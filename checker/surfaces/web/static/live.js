// Keeps an open page true: refreshes it when the board changes, counts the ages on, and says so when it cannot.
(() => {
  "use strict";

  const SILENCE = 15000; // milliseconds without a sign of life before what is shown counts as stale
  const PAUSE = 1500; // at least between two refreshes

  const main = document.getElementById("main");
  const stale = document.getElementById("stale");
  const pulse = document.getElementById("pulse");
  const search = document.getElementById("q");
  let lastSign = Date.now();
  let lastRefresh = 0;
  let behindSince = 0; // since when refreshing has failed
  let skew = 0; // the server's clock minus ours
  let waiting = null;
  let running = false;
  let again = false;

  const part = () => main.querySelector(".part");
  const taken = () => Date.parse(part().dataset.now);
  const clock = (time) => new Date(time).toLocaleTimeString();

  function age(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
      if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`;
    }
    return `${seconds} s`;
  }

  function settle() {
    skew = taken() - Date.now();
    document.title = part().dataset.title;
    for (const button of main.querySelectorAll("[data-copy]")) button.hidden = false;
    tick();
  }

  function tick() {
    const now = Date.now() + skew;
    for (const time of main.querySelectorAll("time[data-age]")) {
      time.textContent = age(now - Date.parse(time.dateTime)) + time.dataset.age;
    }
    const lost = Math.max(Date.now() - lastSign, behindSince ? Date.now() - behindSince : 0);
    const isStale = lost > SILENCE;
    document.body.classList.toggle("is-stale", isStale);
    stale.hidden = !isStale;
    if (isStale) {
      stale.textContent = `No news for ${age(lost)}. This is how things were at ${clock(taken())}. Trying to reconnect.`;
      pulse.textContent = "Not live";
    } else {
      pulse.textContent = again && isBusy() ? "Paused while text is selected" : `Live, ${clock(taken())}`;
    }
  }

  function isBusy() {
    const selection = getSelection();
    return !selection.isCollapsed && main.contains(selection.anchorNode);
  }

  function refresh() {
    if (document.hidden || isBusy()) { again = true; return; }
    const due = lastRefresh + PAUSE - Date.now();
    if (running || waiting) { again = running; return; }
    if (due > 0) { waiting = setTimeout(() => { waiting = null; refresh(); }, due); return; }
    running = true;
    again = false;
    lastRefresh = Date.now();
    load()
      .then((loaded) => { behindSince = loaded ? 0 : behindSince || Date.now(); })
      .catch(() => { behindSince = behindSince || Date.now(); })
      .finally(() => { running = false; if (again) refresh(); });
  }

  async function load() {
    const url = new URL(location.href);
    url.searchParams.set("part", "");
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (answer.status === 404) location.reload(); // the probe was removed: say so
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".part");
    if (fresh) replace(fresh);
    return Boolean(fresh);
  }

  function replace(fresh) {
    const opened = new Map([...main.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    const focused = main.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    for (const one of fresh.querySelectorAll("details[id]")) {
      if (opened.has(one.id)) one.open = opened.get(one.id);
    }
    part().replaceWith(fresh);
    if (focused) main.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    settle();
  }

  async function copy(button) {
    const source = button.closest("figure").querySelector("pre");
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source); // without https a page may not write to the clipboard
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  main.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && search && !event.target.closest("input, textarea")) {
      event.preventDefault();
      search.focus();
    }
  });

  if (search) {
    let typing = null;
    search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        const url = new URL(location.href);
        url.searchParams.delete("page");
        if (search.value) url.searchParams.set("q", search.value); else url.searchParams.delete("q");
        history.replaceState(null, "", url);
        lastRefresh = 0;
        refresh();
      }, 200);
    });
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  document.addEventListener("selectionchange", () => { if (again && !isBusy()) refresh(); });

  function sign() {
    lastSign = Date.now();
    if (behindSince) refresh();
  }

  function connect() {
    const events = new EventSource(document.body.dataset.events);
    events.addEventListener("open", refresh); // what happened before is not told again
    events.addEventListener("alive", sign);
    events.addEventListener("board", () => { sign(); refresh(); });
    // A browser gives up for good on any answer but 200; a restart behind a proxy gives such answers for a while.
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
    });
  }

  connect();
  settle();
  setInterval(tick, 1000);
})();
