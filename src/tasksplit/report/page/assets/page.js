"use strict";
(() => {
  const root = document.documentElement;
  const THEMES = ["", "light", "dark"]; // "": as the system says
  const kept = {
    get: () => { try { return localStorage.getItem("tasksplit-theme") || ""; } catch { return ""; } },
    set: (theme) => { try { localStorage.setItem("tasksplit-theme", theme); } catch { /* a page from disk may have none */ } },
  };
  const wear = (theme) => { if (theme) root.dataset.theme = theme; else delete root.dataset.theme; };
  root.classList.add("js");
  wear(THEMES.includes(kept.get()) ? kept.get() : "");
  addEventListener("DOMContentLoaded", start);

  function start() {
    const $ = (id) => document.getElementById(id);
    const body = $("rows");
    const parts = $("parts");
    const search = $("search");
    const stage = $("stage");
    const order = $("order");
    const told = $("shown");
    const chosen = [...document.querySelectorAll("button[data-only]")];
    const handlers = [...parts.querySelectorAll(":scope > details.handler")].map((part) => {
      const groups = [...part.querySelectorAll("[data-group]")].map((group) => ({ group, text: found(group) }));
      const row = $("row-" + part.id.slice("handler-".length));
      return { part, row, groups, text: found(part), name: row.querySelector("a").textContent.toLowerCase() };
    });
    const ranked = handlers.slice();
    let at = "";

    function found(element) {
      return [...element.querySelectorAll("[data-find]")].map((one) => one.textContent).join("\n").toLowerCase();
    }

    function filter() {
      const only = new Set(chosen.filter((b) => b.ariaPressed === "true").map((b) => b.dataset.only));
      const words = search.value.trim().toLowerCase();
      let shown = 0;
      for (const { part, row, groups, text, name } of handlers) {
        const named = name.includes(words);
        const fits = (!only.size || only.has(part.dataset.decision)) && (!stage.value || stage.value === part.dataset.stage)
          && (named || text.includes(words));
        part.hidden = row.hidden = !fits;
        shown += fits;
        const some = !named && groups.some((one) => one.text.includes(words));
        for (const one of groups) one.group.hidden = some && !one.text.includes(words);
      }
      told.textContent = shown === handlers.length ? "" : `${shown} of ${handlers.length} handlers`;
      $("none").hidden = shown > 0;
    }

    function arrange() {
      const number = ({ part }) => Number(part.id.slice("handler-".length));
      const wanted = order.value === "declared" ? ranked.slice().sort((a, b) => number(a) - number(b)) : ranked;
      body.append(...wanted.map(({ row }) => row));
      parts.append(...wanted.map(({ part }) => part));
    }

    function write() {
      const state = new URLSearchParams();
      const only = chosen.filter((b) => b.ariaPressed === "true").map((b) => b.dataset.only).join(".");
      const open = handlers.filter(({ part }) => part.open).map(({ part }) => part.id.slice("handler-".length)).join(".");
      for (const [name, value] of Object.entries({ only, stage: stage.value, q: search.value, order: order.value, open, at })) {
        if (value) state.set(name, value);
      }
      const hash = state.size ? `#?${state}` : location.pathname + location.search;
      try { history.replaceState(null, "", hash); } catch { /* not everywhere from disk */ }
    }

    function read() {
      const hash = location.hash;
      if (hash && !hash.startsWith("#?")) return reveal($(hash.slice(1)));
      const state = new URLSearchParams(hash.slice(2));
      const only = (state.get("only") || "").split(".");
      for (const button of chosen) button.ariaPressed = String(only.includes(button.dataset.only));
      search.value = state.get("q") || "";
      stage.value = state.get("stage") || "";
      order.value = state.get("order") || "";
      if (stage.selectedIndex < 0) stage.value = "";
      if (order.selectedIndex < 0) order.value = "";
      const open = (state.get("open") || "").split(".");
      for (const { part } of handlers) if (open.includes(part.id.slice("handler-".length))) part.open = true;
      at = state.get("at") || "";
      arrange();
      filter();
      if (at) reveal($(at));
    }

    function reveal(target) {
      if (!target) return;
      const part = target.closest("details.handler");
      if (part && part.hidden) clear();
      for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
      target.scrollIntoView();
      const focused = target.tagName === "DETAILS" ? target.querySelector("summary") : target;
      focused.focus({ preventScroll: true });
      at = target.id;
    }

    function clear() {
      for (const button of chosen) button.ariaPressed = "false";
      search.value = stage.value = "";
      filter();
    }

    function toggle(button) {
      button.ariaPressed = String(button.ariaPressed !== "true");
      changed();
    }

    function changed() { filter(); write(); }

    function move(by) {
      const inParts = parts.contains(document.activeElement);
      const shown = handlers.map((one) => one.part).filter((part) => !part.hidden);
      const stops = inParts
        ? [...parts.querySelectorAll(":scope > details.handler")].filter((part) => shown.includes(part)).map((part) => part.querySelector("summary"))
        : [...body.querySelectorAll("tr:not([hidden]) th a")];
      const now = stops.findIndex((stop) => stop === document.activeElement || (inParts && stop.parentElement.contains(document.activeElement)));
      const next = stops[Math.max(0, Math.min(stops.length - 1, now < 0 ? 0 : now + by))];
      if (!next) return;
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: inParts ? "start" : "nearest" });
    }

    function open() {
      const part = document.activeElement.closest("details.handler");
      if (part) part.open = !part.open;
      else if (body.contains(document.activeElement)) document.activeElement.click();
    }

    const keys = {
      "/": () => search.focus(), j: () => move(1), k: () => move(-1), o: open, "?": () => $("keys").showModal(),
      f: () => toggle($("only-fail")), w: () => toggle($("only-wait")), p: () => toggle($("only-pass")),
      Escape: () => { clear(); write(); },
    };

    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
      if (event.target === search && event.key === "Escape") {
        event.preventDefault();
        search.value = "";
        search.blur();
        return changed();
      }
      if (event.target.matches("input, select, textarea") || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      const target = link && $(link.getAttribute("href").slice(1));
      if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      reveal(target);
      write();
    });
    for (const button of chosen) button.addEventListener("click", () => toggle(button));
    search.addEventListener("input", changed);
    stage.addEventListener("change", changed);
    order.addEventListener("change", () => { arrange(); write(); });
    $("expand").addEventListener("click", () => { for (const { part } of handlers) part.open = !part.hidden || part.open; });
    $("collapse").addEventListener("click", () => { for (const { part } of handlers) part.open = false; });
    $("theme").addEventListener("click", () => {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const next = (root.dataset.theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
      wear(next);
      kept.set(next);
    });
    $("help").addEventListener("click", keys["?"]);
    $("close").addEventListener("click", () => $("keys").close());
    parts.addEventListener("toggle", (event) => { if (event.target.parentElement === parts) write(); }, true);
    addEventListener("hashchange", read);
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open], .sides :is(.fold, .name) *)")]; // equal values stay folded
      for (const one of opened) one.open = true;
    });
    addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
    read();
  }
})();
