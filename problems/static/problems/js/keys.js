// Single keys on pages for reviewers. Everything can be done without them; the list of keys has a switch that turns them off.
"use strict";

{
  const root = document.documentElement;
  const STORED = "review-keys";
  const switches = document.querySelectorAll("[data-keys-switch]");
  const set = (on) => {
    if (on) delete root.dataset.keys;
    else root.dataset.keys = "off";
    for (const box of switches) box.checked = on;
  };
  try {
    set(localStorage.getItem(STORED) !== "off");
  } catch {
    set(true); // no storage: they work on this page
  }
  for (const box of switches) {
    box.addEventListener("change", () => {
      set(box.checked);
      try {
        if (box.checked) localStorage.removeItem(STORED);
        else localStorage.setItem(STORED, "off");
      } catch {
        // no storage: it holds for this page
      }
    });
  }

  const shown = (element) => Boolean(element && !element.disabled && element.getClientRects().length);
  const press = (selector) => {
    const button = [...document.querySelectorAll(selector)].find(shown);
    button?.click();
    if (button?.matches("summary")) (button.parentElement.querySelector("[open] select") ?? button).focus();
    return Boolean(button);
  };
  const typing = (target) =>
    target instanceof Element && target.closest('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]');
  const goes = (element) => {
    element.focus({ preventScroll: true });
    (element.closest("label") ?? element).scrollIntoView({ block: "nearest" });
    return true;
  };
  const step = (all, here, by) => {
    const at = all.indexOf(here);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
    return all[next];
  };

  // The queue: one row at a time
  const rows = [...document.querySelectorAll("[data-row]")];
  let row = null;
  const boxes = () => rows.map((each) => each.querySelector('input[type="checkbox"]')).filter(Boolean);
  const here = () => rows.find((each) => each.contains(document.activeElement)) ?? row;
  const counted = () => {
    const number = boxes().filter((box) => box.checked).length;
    for (const place of document.querySelectorAll("[data-selected]")) place.textContent = `${number} selected`;
    const all = document.querySelector("[data-all]");
    if (all) all.checked = number > 0 && number === boxes().length;
  };
  const inRow = (key) => {
    if (key === "j" || key === "k") {
      row = step(rows, here(), key === "j" ? 1 : -1);
      return row ? goes(row.querySelector("a")) : false;
    }
    const box = here()?.querySelector('input[type="checkbox"]');
    if (key === "x" && box) {
      box.click();
      return true;
    }
    if ("cadgtr".includes(key) && (box || boxes().some((each) => each.checked))) {
      if (box && !boxes().some((each) => each.checked)) box.click();
      return press(`[data-key="${key}"]`);
    }
    return false;
  };
  for (const box of boxes()) box.addEventListener("change", counted);
  const all = document.querySelector("[data-all]");
  all?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    counted();
  });
  counted();

  // The screen: one part at a time
  const parts = [...document.querySelectorAll(".decision > .part")].filter((each) => each.querySelector(".ruling"));
  let part = null;
  const chosen = (each) => each.querySelector(".ruling > .segment input:checked");
  const current = () =>
    parts.find((each) => each.contains(document.activeElement)) ?? part ?? parts.find((each) => !chosen(each)) ?? parts[0];
  const VERDICTS = { a: "accept", e: "edit", m: "move", d: "decline", r: "restrict", q: "ask" };
  const FIRST = {
    edit: ".for-change :is(textarea, select)",
    move: ".for-move input",
    decline: '.for-decline input[type="radio"]',
    restrict: ".for-words textarea",
    ask: ".for-words textarea",
  };
  const rules = (key) => {
    part = current();
    if (!part) return false;
    const verdict = VERDICTS[key];
    const radio = part.querySelector(`.ruling > .segment input[value="${verdict}"]`);
    if (radio) {
      if (!radio.checked) radio.click();
      goes((FIRST[verdict] && part.querySelector(FIRST[verdict])) || radio);
      return true;
    }
    if (verdict !== "restrict") return false;
    const accept = part.querySelector('.ruling > .segment input[value="accept"]'); // of a tag only its text is restricted
    const box = part.querySelector('.for-accept input[type="checkbox"]');
    if (!box) return false;
    if (!["accept", "edit", "move"].includes(chosen(part)?.value)) accept.click();
    if (!box.checked) box.click();
    goes(part.querySelector(".for-restrict :is(input, textarea)"));
    return true;
  };
  const inPart = (key) => {
    if (key === "j" || key === "k") {
      const at = parts.find((each) => each.contains(document.activeElement)) ?? part;
      part = step(parts, at, key === "j" ? 1 : -1);
      return goes(part.querySelector(".ruling > .segment input:checked") ?? part.querySelector(".ruling > .segment input"));
    }
    if (key === "t") return goes(document.getElementById("id_note"));
    return key in VERDICTS ? rules(key) : false;
  };

  const list = document.getElementById("keys");
  const shows = () => {
    if (!list) return false;
    list.open = !list.open;
    list.querySelector("summary").focus({ preventScroll: true });
    list.scrollIntoView({ block: "nearest" });
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (press("[data-send]")) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) {
      const left = parts.find((each) => each.contains(event.target)) ?? parts.at(-1);
      if (left) goes(chosen(left) ?? left.querySelector(".ruling > .segment input"));
      return;
    }
    if (event.key === "Enter" && rows.length && event.target.matches?.('[data-row] input[type="checkbox"]')) {
      event.preventDefault();
      here().querySelector("a").click();
      return;
    }
    if (root.dataset.keys === "off" || event.repeat && !"jk".includes(event.key) || typing(event.target)) return;
    const key = event.key.toLowerCase();
    const done =
      key === "?" ? shows() : (rows.length && inRow(key)) || (parts.length && inPart(key)) || (/^[a-z]$/.test(key) && press(`[data-key="${key}"]`));
    if (done) event.preventDefault();
  });
}
